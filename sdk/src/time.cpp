// SPDX-License-Identifier: Apache-2.0
// Calendar buckets: making, parsing, printing, their first and last days, and runs of them.
#include <tento/sdk/time.hpp>

#include <algorithm>

#include "digits.hpp"

namespace tento {
namespace {

using std::chrono::days;
using std::chrono::sys_days;

constexpr int last_year = 9999;

Date date_of(int year, unsigned month, unsigned day) noexcept {
  return Date{std::chrono::year{year}, std::chrono::month{month}, std::chrono::day{day}};
}

// ISO 8601: week 1 is the one with the fourth of January; weeks begin on Monday.
sys_days first_monday(int iso_year) noexcept {
  const sys_days fourth = date_of(iso_year, 1, 4);
  return fourth - (std::chrono::weekday{fourth} - std::chrono::Monday);
}

unsigned weeks_in(int iso_year) noexcept {
  return static_cast<unsigned>((first_monday(iso_year + 1) - first_monday(iso_year)).count() / 7);
}

tl::unexpected<Error> invalid_date_text(std::string_view what, std::string_view tag, const std::string& detail) {
  std::string message(what);
  if (!detail.empty()) message.append(": ").append(detail);
  return fail(ErrorCode::invalid_data, ErrorClass::provider, std::move(message), std::string(tag));
}

tl::unexpected<Error> year_invalid(std::string_view part) {
  return invalid_date_text("Year Invalid", "year_invalid", quoted(part) + " is not a year from 0 to 9999");
}
tl::unexpected<Error> month_invalid(std::string_view part) {
  return invalid_date_text("Month Invalid", "month_invalid", quoted(part) + " is not a month from 1 to 12");
}
tl::unexpected<Error> week_invalid(std::string_view part, int year) {
  return invalid_date_text("Week Invalid", "week_invalid",
                           quoted(part) + " is not a week from 1 to " + std::to_string(weeks_in(year)) +
                               ", the last ISO week of " + std::to_string(year));
}
tl::unexpected<Error> day_invalid(std::string_view part) {
  return invalid_date_text("Day Invalid", "day_invalid", quoted(part) + " is not a day of one or two digits");
}
tl::unexpected<Error> date_invalid(int year, unsigned month, unsigned day) {
  return invalid_date_text("invalid date", "invalid_date",
                           "there is no day " + std::to_string(day) + " in month " + std::to_string(month) +
                               " of the year " + std::to_string(year));
}
tl::unexpected<Error> type_invalid(std::string_view text) {
  return invalid_date_text("Invalid type, expected one of (y, ym, ymd, yw)", "invalid_type",
                           quoted(text) + " is not of the form y-2026, ym-2026-04, ymd-2026-04-29 or yw-2026-09");
}

// The parts of `text` between hyphens; 0 when there are more than four.
std::size_t split_date(std::string_view text, std::string_view (&parts)[4]) noexcept {
  std::size_t count = 0;
  for (;;) {
    if (count == 4) return 0;
    const std::size_t hyphen = text.find('-');
    parts[count++] = text.substr(0, hyphen);
    if (hyphen == std::string_view::npos) return count;
    text.remove_prefix(hyphen + 1);
  }
}

using Pairs = std::vector<std::pair<PartialDate, PartialDate>>;

bool runs_backwards(Date from, Date to) noexcept {
  return !from.ok() || !to.ok() || sys_days{to} < sys_days{from};
}

// A year that may safely be iterated over: whatever lies outside is left out of the result anyway.
int clamp_year(std::chrono::year year) noexcept {
  return std::clamp(static_cast<int>(year), -1, last_year + 1);
}

}  // namespace

Result<PartialDate> PartialDate::y(int year) {
  if (year < 0 || year > last_year) return year_invalid(std::to_string(year));
  PartialDate out;
  out.kind_ = Kind::year;
  out.year_ = year;
  return out;
}

Result<PartialDate> PartialDate::ym(int year, unsigned month) {
  if (year < 0 || year > last_year) return year_invalid(std::to_string(year));
  if (month < 1 || month > 12) return month_invalid(std::to_string(month));
  PartialDate out;
  out.kind_ = Kind::month;
  out.year_ = year;
  out.month_ = static_cast<std::uint8_t>(month);
  return out;
}

Result<PartialDate> PartialDate::yw(int iso_year, unsigned week) {
  if (iso_year < 0 || iso_year > last_year) return year_invalid(std::to_string(iso_year));
  if (week < 1 || week > 53 || week > weeks_in(iso_year)) return week_invalid(std::to_string(week), iso_year);
  PartialDate out;
  out.kind_ = Kind::week;
  out.year_ = iso_year;
  out.week_ = static_cast<std::uint8_t>(week);
  return out;
}

Result<PartialDate> PartialDate::ymd(int year, unsigned month, unsigned day) {
  if (year < 0 || year > last_year) return year_invalid(std::to_string(year));
  // std::chrono::month and day hold a byte only, so that greater numbers have to be refused here.
  if (month > 12 || day > 31 || !date_of(year, month, day).ok()) return date_invalid(year, month, day);
  return ymd(date_of(year, month, day));
}

PartialDate PartialDate::ymd(Date date) noexcept {
  int year = static_cast<int>(date.year());
  unsigned month = std::clamp(static_cast<unsigned>(date.month()), 1u, 12u);
  unsigned day = std::max(static_cast<unsigned>(date.day()), 1u);
  if (year < 0) {
    year = 0, month = 1, day = 1;
  } else if (year > last_year) {
    year = last_year, month = 12, day = 31;
  }
  const auto last = static_cast<unsigned>(std::chrono::year_month_day_last{
      std::chrono::year{year}, std::chrono::month_day_last{std::chrono::month{
                                   month}}}.day());
  PartialDate out;
  out.kind_ = Kind::day;
  out.year_ = year;
  out.month_ = static_cast<std::uint8_t>(month);
  out.day_ = static_cast<std::uint8_t>(std::min(day, last));
  return out;
}

Result<PartialDate> PartialDate::week_of(Date date) {
  if (!date.ok()) return invalid_date_text("invalid date", "invalid_date", "there is no such day");
  const sys_days day{date};
  int year = static_cast<int>(date.year());
  if (day < first_monday(year)) {
    --year;
  } else if (day >= first_monday(year + 1)) {
    ++year;
  }
  return yw(year, static_cast<unsigned>((day - first_monday(year)).count() / 7) + 1);
}

Result<PartialDate> PartialDate::parse(std::string_view text) {
  std::string_view parts[4];
  const std::size_t count = split_date(text, parts);
  const std::string_view tag = parts[0];
  const bool known =
      (tag == "y" && count == 2) || ((tag == "ym" || tag == "yw") && count == 3) || (tag == "ymd" && count == 4);
  if (!known) return type_invalid(text);

  const std::optional<unsigned> year = read_digits(parts[1], 4);
  if (!year) return year_invalid(parts[1]);
  const int y_number = static_cast<int>(*year);
  if (tag == "y") return y(y_number);

  const std::optional<unsigned> second = read_digits(parts[2], 2);
  if (tag == "yw") {
    if (!second) return week_invalid(parts[2], y_number);
    return yw(y_number, *second);
  }
  if (!second) return month_invalid(parts[2]);
  if (tag == "ym") return ym(y_number, *second);

  const std::optional<unsigned> day = read_digits(parts[3], 2);
  if (!day) return day_invalid(parts[3]);
  return ymd(y_number, *second, *day);
}

Result<PartialDate> PartialDate::from_ymdw(int year, std::optional<unsigned> month, std::optional<unsigned> week,
                                           std::optional<unsigned> day) {
  if (week) return yw(year, *week);
  if (day && !month) return invalid_date_text("no month", "no_month", "a day needs its month");
  if (day) return ymd(year, *month, *day);
  if (month) return ym(year, *month);
  return y(year);
}

PartialDate::Ymdw PartialDate::as_ymdw() const noexcept {
  Ymdw out;
  out.year = year_;
  if (month_ != 0) out.month = month_;
  if (week_ != 0) out.week = week_;
  if (day_ != 0) out.day = day_;
  return out;
}

Date PartialDate::start() const noexcept {
  switch (kind_) {
    case Kind::year:
      return date_of(year_, 1, 1);
    case Kind::month:
      return date_of(year_, month_, 1);
    case Kind::week:
      return first_monday(year_) + days{7 * (week_ - 1)};
    case Kind::day:
      break;
  }
  return date_of(year_, month_, day_);
}

Date PartialDate::end() const noexcept {
  switch (kind_) {
    case Kind::year:
      return date_of(year_ + 1, 1, 1);
    case Kind::month:
      return month_ == 12 ? date_of(year_ + 1, 1, 1) : date_of(year_, month_ + 1u, 1);
    case Kind::week:
      return sys_days{start()} + days{7};
    case Kind::day:
      break;
  }
  return sys_days{start()} + days{1};
}

std::string PartialDate::text() const {
  std::string out;
  switch (kind_) {
    case Kind::year:
      return "y-" + std::to_string(year_);
    case Kind::month:
      out = "ym-";
      break;
    case Kind::week:
      out = "yw-";
      break;
    case Kind::day:
      out = "ymd-";
      break;
  }
  append_padded(out, static_cast<unsigned>(year_), 4);
  out += '-';
  append_padded(out, kind_ == Kind::week ? week_ : month_, 2);
  if (kind_ == Kind::day) {
    out += '-';
    append_padded(out, day_, 2);
  }
  return out;
}

std::int64_t days_since_epoch(Date date) noexcept {
  return sys_days{date}.time_since_epoch().count();
}

Pairs iter_weeks(Date from, Date to) {
  Pairs out;
  if (runs_backwards(from, to)) return out;
  const sys_days lowest = std::max<sys_days>(from, first_monday(0));
  const sys_days last = std::min<sys_days>(to, first_monday(last_year + 1));
  sys_days monday = lowest - (std::chrono::weekday{lowest} - std::chrono::Monday);
  for (; monday <= last; monday += days{7}) {
    const Result<PartialDate> week = PartialDate::week_of(monday);
    const Result<PartialDate> next = PartialDate::week_of(monday + days{7});
    if (!week || !next) break;
    out.emplace_back(*week, *next);
  }
  return out;
}

Pairs iter_months(Date from, Date to) {
  Pairs out;
  if (runs_backwards(from, to)) return out;
  const auto index = [](Date d) {
    return clamp_year(d.year()) * 12 + static_cast<int>(static_cast<unsigned>(d.month())) - 1;
  };
  const auto month = [](int i) { return PartialDate::ym(i / 12, static_cast<unsigned>(i % 12) + 1); };
  for (int i = std::max(index(from), 0); i <= std::min(index(to), last_year * 12 + 10); ++i) {
    out.emplace_back(*month(i), *month(i + 1));
  }
  return out;
}

Pairs iter_years(Date from, Date to) {
  Pairs out;
  if (runs_backwards(from, to)) return out;
  for (int i = std::max(clamp_year(from.year()), 0); i <= std::min(clamp_year(to.year()), last_year - 1); ++i) {
    out.emplace_back(*PartialDate::y(i), *PartialDate::y(i + 1));
  }
  return out;
}

Result<Span> wearable_window_for_stage(std::string_view stage, Date today) {
  const sys_days end = sys_days{today} + days{1};
  const auto window = [end](int first, int last) {
    return Span{PartialDate::ymd(Date{end - days{first}}), PartialDate::ymd(Date{end - days{last}})};
  };
  if (stage == "stage1") return window(7, 0);
  if (stage == "stage2") return window(28, 7);
  if (stage == "stage3" || stage == "backfill") return window(393, 28);
  if (stage == "viewport") return window(28, 0);
  return fail(ErrorCode::invalid_argument, ErrorClass::internal,
              "unknown stage " + quoted(stage) + ", expected one of (stage1, stage2, stage3, viewport, backfill)",
              "unknown_stage");
}

}  // namespace tento
