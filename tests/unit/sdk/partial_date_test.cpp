// SPDX-License-Identifier: Apache-2.0
// Calendar buckets: every form, every refusal, and round trips over centuries of days and weeks.
#include <doctest/doctest.h>

#include <ostream>
#include <stdexcept>
#include <string>
#include <tento/sdk/calendar.hpp>
#include <tento/sdk/time.hpp>

using namespace tento;
using std::chrono::days;
using std::chrono::sys_days;

namespace {

Date date(int y, unsigned m, unsigned d) {
  return Date{std::chrono::year{y}, std::chrono::month{m}, std::chrono::day{d}};
}
PartialDate bucket_of(std::string_view text) {
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
    const PartialDate p = bucket_of(row.text);
    CHECK(p.text() == row.padded);
    CHECK(p == bucket_of(row.padded));
    CHECK(iso(p.start()) == row.start);
    CHECK(iso(p.end()) == row.end);
  }
  CHECK(bucket_of("ymd-9999-12-31").end() == date(10000, 1, 1));
  CHECK(bucket_of("y-9999").end() == date(10000, 1, 1));
  CHECK(bucket_of("ym-9999-12").end() == date(10000, 1, 1));
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

TEST_CASE("partial date: ISO weeks as another implementation reckons them") {
  // Long years of 1600 to 1999 (the calendar repeats after 400 years), and days with their ISO year and week; both from
  // Python's datetime.isocalendar.
  const int long_years[] = {1604, 1609, 1615, 1620, 1626, 1632, 1637, 1643, 1648, 1654, 1660, 1665, 1671, 1676, 1682,
                            1688, 1693, 1699, 1705, 1711, 1716, 1722, 1728, 1733, 1739, 1744, 1750, 1756, 1761, 1767,
                            1772, 1778, 1784, 1789, 1795, 1801, 1807, 1812, 1818, 1824, 1829, 1835, 1840, 1846, 1852,
                            1857, 1863, 1868, 1874, 1880, 1885, 1891, 1896, 1903, 1908, 1914, 1920, 1925, 1931, 1936,
                            1942, 1948, 1953, 1959, 1964, 1970, 1976, 1981, 1987, 1992, 1998};
  std::size_t at = 0;
  for (int year = 1600; year < 2000; ++year) {
    const bool is_long = at < std::size(long_years) && long_years[at] == year;
    if (is_long) ++at;
    CAPTURE(year);
    CHECK(PartialDate::yw(year, 53).has_value() == is_long);
    CHECK(PartialDate::yw(year + 400, 53).has_value() == is_long);
    CHECK(PartialDate::yw(year + 8000, 53).has_value() == is_long);
  }
  struct Row {
    const char* day;
    const char* week;
  };
  const Row rows[] = {
      {"ymd-0001-01-01", "yw-0001-01"}, {"ymd-0001-12-31", "yw-0002-01"}, {"ymd-0030-04-04", "yw-0030-14"},
      {"ymd-0088-12-19", "yw-0088-51"}, {"ymd-0215-04-11", "yw-0215-15"}, {"ymd-0476-07-15", "yw-0476-29"},
      {"ymd-0850-06-02", "yw-0850-22"}, {"ymd-1179-01-12", "yw-1179-02"}, {"ymd-1671-07-04", "yw-1671-27"},
      {"ymd-1855-08-01", "yw-1855-31"}, {"ymd-1970-03-26", "yw-1970-13"}, {"ymd-2000-03-15", "yw-2000-11"},
      {"ymd-2004-01-01", "yw-2004-01"}, {"ymd-2004-05-15", "yw-2004-20"}, {"ymd-2004-12-31", "yw-2004-53"},
      {"ymd-2005-01-01", "yw-2004-53"}, {"ymd-2005-02-03", "yw-2005-05"}, {"ymd-2005-12-31", "yw-2005-52"},
      {"ymd-2008-01-01", "yw-2008-01"}, {"ymd-2008-06-18", "yw-2008-25"}, {"ymd-2008-12-31", "yw-2009-01"},
      {"ymd-2009-01-01", "yw-2009-01"}, {"ymd-2009-06-04", "yw-2009-23"}, {"ymd-2009-12-31", "yw-2009-53"},
      {"ymd-2010-01-01", "yw-2009-53"}, {"ymd-2010-12-31", "yw-2010-52"}, {"ymd-2015-01-01", "yw-2015-01"},
      {"ymd-2015-11-05", "yw-2015-45"}, {"ymd-2015-12-31", "yw-2015-53"}, {"ymd-2016-01-01", "yw-2015-53"},
      {"ymd-2016-10-27", "yw-2016-43"}, {"ymd-2016-12-31", "yw-2016-52"}, {"ymd-2020-01-01", "yw-2020-01"},
      {"ymd-2020-01-02", "yw-2020-01"}, {"ymd-2020-12-31", "yw-2020-53"}, {"ymd-2021-01-01", "yw-2020-53"},
      {"ymd-2021-11-02", "yw-2021-44"}, {"ymd-2021-12-31", "yw-2021-52"}, {"ymd-2024-12-13", "yw-2024-50"},
      {"ymd-2026-01-01", "yw-2026-01"}, {"ymd-2026-12-29", "yw-2026-53"}, {"ymd-2026-12-31", "yw-2026-53"},
      {"ymd-2076-06-22", "yw-2076-26"}, {"ymd-2167-02-03", "yw-2167-06"}, {"ymd-2274-06-08", "yw-2274-24"},
      {"ymd-2570-07-01", "yw-2570-26"}, {"ymd-2615-06-06", "yw-2615-23"}, {"ymd-2718-09-04", "yw-2718-36"},
      {"ymd-2728-12-22", "yw-2728-51"}, {"ymd-2984-06-10", "yw-2984-24"}, {"ymd-3259-04-05", "yw-3259-14"},
      {"ymd-3356-09-03", "yw-3356-36"}, {"ymd-3432-08-29", "yw-3432-35"}, {"ymd-3531-12-27", "yw-3531-52"},
      {"ymd-3551-04-01", "yw-3551-13"}, {"ymd-4040-01-30", "yw-4040-05"}, {"ymd-4081-05-12", "yw-4081-20"},
      {"ymd-4086-01-12", "yw-4086-02"}, {"ymd-4186-07-03", "yw-4186-27"}, {"ymd-4580-07-25", "yw-4580-30"},
      {"ymd-4740-01-10", "yw-4740-02"}, {"ymd-5139-10-09", "yw-5139-41"}, {"ymd-5875-08-03", "yw-5875-31"},
      {"ymd-6092-07-06", "yw-6092-27"}, {"ymd-6239-07-12", "yw-6239-28"}, {"ymd-6381-10-24", "yw-6381-43"},
      {"ymd-6688-01-05", "yw-6688-01"}, {"ymd-7289-08-20", "yw-7289-33"}, {"ymd-7629-01-24", "yw-7629-04"},
      {"ymd-7686-12-29", "yw-7686-52"}, {"ymd-8685-04-03", "yw-8685-14"}, {"ymd-8835-11-16", "yw-8835-46"},
      {"ymd-8909-04-11", "yw-8909-15"}, {"ymd-9404-03-01", "yw-9404-09"}, {"ymd-9998-01-01", "yw-9998-01"},
      {"ymd-9998-12-31", "yw-9998-53"}};
  for (const Row& row : rows) {
    CAPTURE(row.day);
    CHECK(PartialDate::week_of(bucket_of(row.day).start())->text() == row.week);
  }
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

TEST_CASE("as_ymdw gives what from_ymdw takes") {
  for (const char* text : {"y-2026", "ym-2026-04", "yw-2026-53", "ymd-2024-02-29", "ymd-0000-01-01"}) {
    CAPTURE(text);
    const PartialDate bucket = tento::partial_date(text);
    const auto parts = bucket.as_ymdw();
    CHECK(*PartialDate::from_ymdw(parts.year, parts.month, parts.week, parts.day) == bucket);
  }
  CHECK(tento::partial_date("ymd-2026-04-29").as_ymdw() == PartialDate::Ymdw{2026, 4u, {}, 29u});
  CHECK(tento::partial_date("yw-2026-09").as_ymdw() == PartialDate::Ymdw{2026, {}, 9u, {}});
  CHECK(tento::partial_date("y-2026").as_ymdw() == PartialDate::Ymdw{2026, {}, {}, {}});
}

TEST_CASE("days_between is half-open, and empty where it runs backwards or has no date") {
  const auto count = [](const char* from, const char* to) {
    std::size_t seen = 0;
    for (const tento::Date day : tento::days_between(tento::naivedate(from), tento::naivedate(to))) {
      CHECK(day.ok());
      ++seen;
    }
    CHECK(seen == tento::days_between(tento::naivedate(from), tento::naivedate(to)).size());
    return seen;
  };
  CHECK(count("2024-02-28", "2024-03-01") == 2);
  CHECK(count("2026-12-31", "2027-01-01") == 1);
  CHECK(count("2026-04-29", "2026-04-29") == 0);
  CHECK(count("2026-04-29", "2026-04-28") == 0);
  const tento::Date none = tento::naivedate("2026-02-01").year() / 2 / 30;
  CHECK(tento::days_between(none, tento::naivedate("2026-04-29")).empty());
  CHECK(tento::days_between(tento::naivedate("2026-01-29"), none).empty());
}

TEST_CASE("YearMonth counts in months") {
  using tento::YearMonth;
  const YearMonth month = *YearMonth::parse("2026-12");
  CHECK(month.text() == "2026-12");
  CHECK(month.succ().text() == "2027-01");
  CHECK(month.pred().text() == "2026-11");
  CHECK(month.succ().pred() == month);
  CHECK(month < month.succ());
  CHECK(month.bucket().text() == "ym-2026-12");
  CHECK(month.dates().size() == 31);
  CHECK(YearMonth::make(2024, 2)->dates().size() == 29);
  CHECK(YearMonth(tento::naivedate("2026-04-29")).text() == "2026-04");
  CHECK(YearMonth::make(0, 1)->pred().text() == "0000-01");
  CHECK(YearMonth::make(9999, 12)->succ().text() == "9999-12");
  for (const char* text :
       {"", "2026", "2026-4", "2026-13", "2026-00", "26-04", "2026/04", "2026-04-01", "-026-04", "2026-0x"}) {
    CAPTURE(text);
    const auto parsed = YearMonth::parse(text);
    REQUIRE_FALSE(parsed);
    CHECK(parsed.error().message.find("is not a month, which is written YYYY-MM") != std::string::npos);
  }
  CHECK(YearMonth::make(10000, 1).error().tag == "year_invalid");
  CHECK(YearMonth::make(2026, 0).error().tag == "month_invalid");
}

TEST_CASE("times from literals, which throw what is not one") {
  CHECK(tento::PartialDate::ymd(tento::naivedate("2026-04-29")).text() == "ymd-2026-04-29");
  CHECK(tento::SemanticTime(tento::utc_datetime(tento::naivedate("2026-04-29"))).text() == "2026-04-29T00:00:00+00:00");
  CHECK(tento::datetime("2026-04-29T12:00:00+02:00") == tento::datetime("2026-04-29T10:00:00Z"));
  CHECK(tento::semantic_time("yw-2026-18").text() == "yw-2026-18");
  CHECK_THROWS_AS((void)tento::naivedate("2026-02-30"), std::invalid_argument);
  CHECK_THROWS_AS((void)tento::datetime("ymd-2026-04-29"), std::invalid_argument);
  CHECK_THROWS_AS((void)tento::partial_date("nonsense"), std::invalid_argument);
  CHECK_THROWS_AS((void)tento::semantic_time("2026-04-29T10:00:00Z"), std::invalid_argument);
  CHECK(tento::current_milliseconds() > 1'700'000'000'000);
}
