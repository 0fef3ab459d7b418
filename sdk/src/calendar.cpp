// SPDX-License-Identifier: Apache-2.0
// Months to count with, and times from literals.
#include <tento/sdk/calendar.hpp>

#include <algorithm>
#include <chrono>
#include <stdexcept>

#include "digits.hpp"

namespace tento {
namespace {

constexpr int months_in_all = 10'000 * 12;

tl::unexpected<Error> invalid_month(std::string_view what, std::string_view tag, std::string_view text) {
  return fail(ErrorCode::invalid_argument, ErrorClass::provider,
              std::string(what) + ": " + quoted(text) + " is not a month, which is written YYYY-MM", std::string(tag));
}

template <class T>
T trusted(Result<T> parsed) {
  if (!parsed) throw std::invalid_argument("tento: " + parsed.error().message);
  return std::move(*parsed);
}

}  // namespace

YearMonth::YearMonth(Date date) noexcept
    : index_(std::clamp(static_cast<int>(date.year()) * 12 + static_cast<int>(static_cast<unsigned>(date.month())) - 1,
                        0, months_in_all - 1)) {}

Result<YearMonth> YearMonth::make(int year, unsigned month) {
  const auto text = [&] { return std::to_string(year) + "-" + std::to_string(month); };
  if (year < 0 || year > 9999) return invalid_month("Year Invalid", "year_invalid", text());
  if (month < 1 || month > 12) return invalid_month("Month Invalid", "month_invalid", text());
  return YearMonth(year * 12 + static_cast<int>(month) - 1);
}

Result<YearMonth> YearMonth::parse(std::string_view text) {
  const auto year = text.size() == 7 ? read_digits(text.substr(0, 4), 4) : std::nullopt;
  if (!year || text[4] != '-') return invalid_month("Year Invalid", "year_invalid", text);
  const auto month = read_digits(text.substr(5), 2);
  if (!month || *month < 1 || *month > 12) return invalid_month("Month Invalid", "month_invalid", text);
  return YearMonth(static_cast<int>(*year) * 12 + static_cast<int>(*month) - 1);
}

YearMonth YearMonth::succ() const noexcept {
  return YearMonth(std::min(index_ + 1, months_in_all - 1));
}

YearMonth YearMonth::pred() const noexcept {
  return YearMonth(std::max(index_ - 1, 0));
}

DayRange YearMonth::dates() const noexcept {
  const std::chrono::year_month first{std::chrono::year{year()}, std::chrono::month{month()}};
  return {first / 1, (first + std::chrono::months{1}) / 1};
}

PartialDate YearMonth::bucket() const noexcept {
  return *PartialDate::ym(year(), month());
}

std::string YearMonth::text() const {
  std::string out;
  append_padded(out, static_cast<unsigned>(year()), 4);
  out += '-';
  append_padded(out, month(), 2);
  return out;
}

Date naivedate(std::string_view text) {
  return trusted(PartialDate::parse("ymd-" + std::string(text))).start();
}

Instant utc_datetime(Date date) {
  if (!date.ok()) throw std::invalid_argument("tento: utc_datetime was given what is not a date");
  return std::chrono::sys_days{date};
}

Instant datetime(std::string_view text) {
  const auto instant = trusted(SemanticTime::parse(text)).instant();
  if (!instant) throw std::invalid_argument("tento: " + quoted(text) + " is not a time of RFC 3339");
  return *instant;
}

PartialDate partial_date(std::string_view text) {
  return trusted(PartialDate::parse(text));
}

SemanticTime semantic_time(std::string_view text) {
  return partial_date(text);
}

std::int64_t current_milliseconds() noexcept {
  using std::chrono::duration_cast;
  return duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch()).count();
}

}  // namespace tento
