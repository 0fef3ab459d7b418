// SPDX-License-Identifier: Apache-2.0
// Calendar buckets: every form, every refusal, and round trips over centuries of days and weeks.
#include <doctest/doctest.h>

#include <ostream>
#include <string>
#include <tento/sdk/time.hpp>

using namespace tento;
using std::chrono::days;
using std::chrono::sys_days;

namespace {

Date date(int y, unsigned m, unsigned d) {
  return Date{std::chrono::year{y}, std::chrono::month{m}, std::chrono::day{d}};
}
PartialDate must(std::string_view text) {
  const auto parsed = PartialDate::parse(text);
  REQUIRE_MESSAGE(parsed.has_value(), std::string(text));
  return *parsed;
}
std::string iso(Date d) {
  return PartialDate::ymd(d).text().substr(4);
}
std::string names(const std::vector<std::pair<PartialDate, PartialDate>>& pairs) {
  std::string out;
  for (const auto& [bucket, next] : pairs) {
    CHECK(bucket.end() == next.start());
    out += (out.empty() ? "" : " ") + bucket.text();
  }
  return out;
}

}  // namespace

TEST_CASE("partial date: both paddings parse to one value, printed padded") {
  struct Row {
    const char* text;
    const char* padded;
    const char* start;
    const char* end;
  };
  const Row rows[] = {
      {"y-2026", "y-2026", "2026-01-01", "2027-01-01"},
      {"y-7", "y-7", "0007-01-01", "0008-01-01"},
      {"y-0007", "y-7", "0007-01-01", "0008-01-01"},
      {"y-0", "y-0", "0000-01-01", "0001-01-01"},
      {"ym-2026-4", "ym-2026-04", "2026-04-01", "2026-05-01"},
      {"ym-2026-04", "ym-2026-04", "2026-04-01", "2026-05-01"},
      {"ym-2026-12", "ym-2026-12", "2026-12-01", "2027-01-01"},
      {"ym-26-2", "ym-0026-02", "0026-02-01", "0026-03-01"},
      {"yw-2026-9", "yw-2026-09", "2026-02-23", "2026-03-02"},
      {"yw-2026-09", "yw-2026-09", "2026-02-23", "2026-03-02"},
      {"yw-2026-1", "yw-2026-01", "2025-12-29", "2026-01-05"},
      {"yw-2026-53", "yw-2026-53", "2026-12-28", "2027-01-04"},
      {"yw-2025-52", "yw-2025-52", "2025-12-22", "2025-12-29"},
      {"yw-0-1", "yw-0000-01", "0000-01-03", "0000-01-10"},
      {"ymd-2026-4-29", "ymd-2026-04-29", "2026-04-29", "2026-04-30"},
      {"ymd-2026-04-29", "ymd-2026-04-29", "2026-04-29", "2026-04-30"},
      {"ymd-2024-2-29", "ymd-2024-02-29", "2024-02-29", "2024-03-01"},
      {"ymd-2000-02-29", "ymd-2000-02-29", "2000-02-29", "2000-03-01"},
      {"ymd-9-1-2", "ymd-0009-01-02", "0009-01-02", "0009-01-03"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.text);
    const PartialDate p = must(row.text);
    CHECK(p.text() == row.padded);
    CHECK(p == must(row.padded));
    CHECK(iso(p.start()) == row.start);
    CHECK(iso(p.end()) == row.end);
  }
  CHECK(must("ymd-9999-12-31").end() == date(10000, 1, 1));
  CHECK(must("y-9999").end() == date(10000, 1, 1));
  CHECK(must("ym-9999-12").end() == date(10000, 1, 1));
}

TEST_CASE("partial date: what is refused, with the contract's text") {
  struct Row {
    const char* text;
    const char* message;
    const char* tag;
  };
  const Row rows[] = {
      {"y-", "Year Invalid", "year_invalid"},
      {"y-x", "Year Invalid", "year_invalid"},
      {"y-20x6", "Year Invalid", "year_invalid"},
      {"y-+202", "Year Invalid", "year_invalid"},
      {"y- 202", "Year Invalid", "year_invalid"},
      {"y-10000", "Year Invalid", "year_invalid"},
      {"y-02026", "Year Invalid", "year_invalid"},
      {"ym--4", "Year Invalid", "year_invalid"},
      {"ym-2026-", "Month Invalid", "month_invalid"},
      {"ym-2026-x", "Month Invalid", "month_invalid"},
      {"ym-2026-0", "Month Invalid", "month_invalid"},
      {"ym-2026-00", "Month Invalid", "month_invalid"},
      {"ym-2026-13", "Month Invalid", "month_invalid"},
      {"ym-2026-004", "Month Invalid", "month_invalid"},
      {"ymd-2026-x-1", "Month Invalid", "month_invalid"},
      {"ymd-2026-4-", "Day Invalid", "day_invalid"},
      {"ymd-2026-4-x", "Day Invalid", "day_invalid"},
      {"ymd-2026-4-029", "Day Invalid", "day_invalid"},
      {"ymd-2026-4-31", "invalid date", "invalid_date"},
      {"ymd-2026-2-29", "invalid date", "invalid_date"},
      {"ymd-1900-2-29", "invalid date", "invalid_date"},
      {"ymd-2026-4-0", "invalid date", "invalid_date"},
      {"ymd-2026-13-1", "invalid date", "invalid_date"},
      {"ymd-2026-0-1", "invalid date", "invalid_date"},
      {"yw-2026-", "Week Invalid", "week_invalid"},
      {"yw-2026-x", "Week Invalid", "week_invalid"},
      {"yw-2026-0", "Week Invalid", "week_invalid"},
      {"yw-2026-54", "Week Invalid", "week_invalid"},
      {"yw-2025-53", "Week Invalid", "week_invalid"},
      {"", "Invalid type, expected one of (y, ym, ymd, yw)", "invalid_type"},
      {"-", "Invalid type, expected one of (y, ym, ymd, yw)", "invalid_type"},
      {"y", "Invalid type, expected one of (y, ym, ymd, yw)", "invalid_type"},
      {"y-2026-4", "Invalid type, expected one of (y, ym, ymd, yw)", "invalid_type"},
      {"y--5", "Invalid type, expected one of (y, ym, ymd, yw)", "invalid_type"},
      {"ym-2026", "Invalid type, expected one of (y, ym, ymd, yw)", "invalid_type"},
      {"yw-2026", "Invalid type, expected one of (y, ym, ymd, yw)", "invalid_type"},
      {"ymd-2026-4", "Invalid type, expected one of (y, ym, ymd, yw)", "invalid_type"},
      {"ymd-2026-4-29-", "Invalid type, expected one of (y, ym, ymd, yw)", "invalid_type"},
      {"YMD-2026-4-29", "Invalid type, expected one of (y, ym, ymd, yw)", "invalid_type"},
      {"md-2026-4-29", "Invalid type, expected one of (y, ym, ymd, yw)", "invalid_type"},
      {"2026-04-29", "Invalid type, expected one of (y, ym, ymd, yw)", "invalid_type"},
      {" ymd-2026-4-29", "Invalid type, expected one of (y, ym, ymd, yw)", "invalid_type"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.text);
    const auto parsed = PartialDate::parse(row.text);
    REQUIRE_FALSE(parsed.has_value());
    CHECK(parsed.error().message.starts_with(row.message));
    CHECK(parsed.error().tag == row.tag);
    CHECK(parsed.error().code == ErrorCode::invalid_data);
  }
  CHECK(PartialDate::parse(std::string_view("y-2026\0", 7)).error().message ==
        "Year Invalid: `2026\\x00` is not a year from 0 to 9999");
  CHECK(PartialDate::parse("yw-2025-53").error().message ==
        "Week Invalid: `53` is not a week from 1 to 52, the last ISO week of 2025");
  CHECK(PartialDate::parse(std::string(1000000, 'y')).error().message.size() < 300);
}

TEST_CASE("partial date: makers check what the parser checks") {
  CHECK(PartialDate::y(-1).error().tag == "year_invalid");
  CHECK(PartialDate::y(10000).error().tag == "year_invalid");
  CHECK(PartialDate::ym(10000, 1).error().tag == "year_invalid");
  CHECK(PartialDate::yw(-1, 1).error().tag == "year_invalid");
  CHECK(PartialDate::ymd(10000, 1, 1).error().tag == "year_invalid");
  CHECK(PartialDate::ym(2026, 257).error().tag == "month_invalid");
  CHECK(PartialDate::yw(2026, 4294967295u).error().tag == "week_invalid");
  CHECK(PartialDate::ymd(2026, 257, 1).error().tag == "invalid_date");
  CHECK(PartialDate::ymd(2026, 1, 257).error().tag == "invalid_date");
  CHECK(PartialDate::from_ymdw(2026, 4, 9, 29)->text() == "yw-2026-09");
  CHECK(PartialDate::from_ymdw(2026, 4, {}, 29)->text() == "ymd-2026-04-29");
  CHECK(PartialDate::from_ymdw(2026, 4, {}, {})->text() == "ym-2026-04");
  CHECK(PartialDate::from_ymdw(2026, {}, {}, {})->text() == "y-2026");
  CHECK(PartialDate::from_ymdw(2026, {}, {}, 29).error().message.starts_with("no month"));
  // The maker that cannot fail takes the nearest day that is one.
  CHECK(PartialDate::ymd(date(2026, 2, 31)).text() == "ymd-2026-02-28");
  CHECK(PartialDate::ymd(date(2026, 0, 0)).text() == "ymd-2026-01-01");
  CHECK(PartialDate::ymd(date(2026, 99, 255)).text() == "ymd-2026-12-31");
  CHECK(PartialDate::ymd(date(-1, 6, 6)).text() == "ymd-0000-01-01");
  CHECK(PartialDate::ymd(date(10000, 1, 1)).text() == "ymd-9999-12-31");
}

TEST_CASE("partial date: every day of the years 0 to 9999 keeps its meaning through text, week, month and year") {
  sys_days day = date(0, 1, 1);
  const sys_days past = date(10000, 1, 1);
  std::size_t wrong = 0;
  for (; day < past; day += days{1}) {
    const Date d{day};
    const PartialDate bucket = PartialDate::ymd(d);
    if (bucket.start() != d || sys_days{bucket.end()} != day + days{1}) ++wrong;
    // The whole text round trip is dear; every 7th day (another weekday each year) still is half a million of them.
    if (day.time_since_epoch().count() % 7 == 0) {
      const auto again = PartialDate::parse(bucket.text());
      if (!again || *again != bucket) ++wrong;
    }
    const auto week = PartialDate::week_of(d);
    if (!week) {
      if (day >= sys_days{date(0, 1, 3)}) ++wrong;  // only the first two days belong to the ISO year -1
    } else if (day < sys_days{week->start()} || day >= sys_days{week->end()} ||
               std::chrono::weekday{sys_days{week->start()}} != std::chrono::Monday) {
      ++wrong;
    }
  }
  CHECK(wrong == 0);
}

TEST_CASE("partial date: weeks of all ISO years adjoin, and have 53 of them in 71 years of 400") {
  int long_years = 0;
  sys_days expected = date(0, 1, 3);
  for (int year = 0; year <= 9999; ++year) {
    for (unsigned week = 1; week <= 53; ++week) {
      const auto made = PartialDate::yw(year, week);
      if (!made) {
        REQUIRE(week == 53);
        continue;
      }
      if (week == 53 && year < 400) ++long_years;
      REQUIRE(sys_days{made->start()} == expected);
      expected = made->end();
      REQUIRE(PartialDate::week_of(made->start()) == *made);
    }
  }
  CHECK(long_years == 71);
}

TEST_CASE("partial date: runs of buckets") {
  CHECK(names(iter_weeks(date(2025, 5, 5), date(2025, 5, 19))) == "yw-2025-19 yw-2025-20 yw-2025-21");
  CHECK(names(iter_weeks(date(2025, 12, 29), date(2026, 1, 12))) == "yw-2026-01 yw-2026-02 yw-2026-03");
  CHECK(names(iter_weeks(date(2025, 5, 11), date(2025, 5, 18))) == "yw-2025-19 yw-2025-20");
  CHECK(iter_months(date(2025, 5, 15), date(2025, 8, 15)).size() == 4);
  CHECK(names(iter_months(date(2025, 11, 30), date(2026, 2, 1))) == "ym-2025-11 ym-2025-12 ym-2026-01 ym-2026-02");
  CHECK(iter_years(date(2023, 5, 15), date(2025, 12, 15)).size() == 3);
  CHECK(names(iter_years(date(2023, 5, 15), date(2026, 1, 1))) == "y-2023 y-2024 y-2025 y-2026");
  CHECK(iter_weeks(date(2026, 1, 2), date(2026, 1, 1)).empty());
  CHECK(iter_months(date(2026, 1, 2), date(2026, 1, 1)).empty());
  CHECK(iter_years(date(2026, 1, 2), date(2026, 1, 1)).empty());
  CHECK(iter_weeks(date(2026, 2, 30), date(2026, 12, 1)).empty());
  CHECK(iter_years(date(2026, 2, 1), date(2026, 2, 30)).empty());
  // At the ends of what a bucket can say.
  CHECK(names(iter_weeks(date(0, 1, 1), date(0, 1, 10))) == "yw-0000-01 yw-0000-02");
  CHECK(names(iter_years(date(9998, 1, 1), date(9999, 12, 31))) == "y-9998");
  CHECK(names(iter_months(date(9999, 10, 9), date(9999, 12, 31))) == "ym-9999-10 ym-9999-11");
  CHECK(names(iter_weeks(date(9999, 12, 20), date(9999, 12, 31))) == "yw-9999-51");
  CHECK(iter_years(date(-32000, 1, 1), date(32000, 1, 1)).size() == 9999);
  CHECK(iter_weeks(date(-32000, 1, 1), date(-31000, 1, 1)).empty());
  CHECK(iter_weeks(date(31000, 1, 1), date(32000, 1, 1)).empty());
  CHECK(iter_months(date(31000, 1, 1), date(32000, 1, 1)).empty());
}

TEST_CASE("wearable windows: half open, ending after today") {
  const Date today = date(2026, 3, 1);
  const auto text = [today](std::string_view stage) {
    const auto span = wearable_window_for_stage(stage, today);
    REQUIRE(span.has_value());
    return span->from->text() + " " + span->to->text();
  };
  CHECK(text("stage1") == "ymd-2026-02-23 ymd-2026-03-02");
  CHECK(text("stage2") == "ymd-2026-02-02 ymd-2026-02-23");
  CHECK(text("stage3") == "ymd-2025-02-02 ymd-2026-02-02");
  CHECK(text("viewport") == "ymd-2026-02-02 ymd-2026-03-02");
  CHECK(text("backfill") == text("stage3"));
  for (const char* bad : {"", "stage4", "Stage1", "stage1 ", "live"}) {
    CAPTURE(bad);
    const auto span = wearable_window_for_stage(bad, today);
    REQUIRE_FALSE(span.has_value());
    CHECK(span.error().code == ErrorCode::invalid_argument);
  }
}
