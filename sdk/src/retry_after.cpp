// SPDX-License-Identifier: Apache-2.0
// Waits: three forms of date, two of waiting, and a fence around what services say.
#include <tento/sdk/retry_after.hpp>

#include <algorithm>
#include <array>
#include <limits>
#include <string>

#include "digits.hpp"

namespace tento::http {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::sys_days;

constexpr std::array<std::string_view, 12> month_names = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                          "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
constexpr std::array<std::string_view, 7> day_names = {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};
constexpr std::array<std::string_view, 7> long_day_names = {"Monday", "Tuesday",  "Wednesday", "Thursday",
                                                            "Friday", "Saturday", "Sunday"};

std::string_view trimmed(std::string_view text) noexcept {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

// Reads one date from left to right; `good` stays true as long as it is one.
struct DateReader {
  std::string_view rest;
  bool good = true;

  void text(std::string_view expected) noexcept {
    good = good && rest.starts_with(expected);
    if (good) rest.remove_prefix(expected.size());
  }
  unsigned number(std::size_t digits) noexcept {
    const auto n = rest.size() < digits ? std::nullopt : read_digits(rest.substr(0, digits), digits);
    good = good && n.has_value();
    if (!good) return 0;
    rest.remove_prefix(digits);
    return *n;
  }
  template <std::size_t N>
  unsigned one_of(const std::array<std::string_view, N>& words) noexcept {
    const auto at = std::find_if(words.begin(), words.end(), [this](auto word) { return rest.starts_with(word); });
    good = good && at != words.end();
    if (!good) return 0;
    rest.remove_prefix(at->size());
    return static_cast<unsigned>(at - words.begin());
  }
};

struct Parts {
  int year = 0;
  unsigned month = 0, day = 0, hour = 0, minute = 0, second = 0;
};

void read_clock(DateReader& in, Parts& out) noexcept {
  out.hour = in.number(2);
  in.text(":");
  out.minute = in.number(2);
  in.text(":");
  out.second = in.number(2);
}

std::optional<Parts> read_fixed(std::string_view text) noexcept {
  DateReader in{text};
  Parts out;
  static_cast<void>(in.one_of(day_names));
  in.text(", ");
  out.day = in.number(2);
  in.text(" ");
  out.month = in.one_of(month_names) + 1;
  in.text(" ");
  out.year = static_cast<int>(in.number(4));
  in.text(" ");
  read_clock(in, out);
  in.text(" GMT");
  return in.good && in.rest.empty() ? std::optional(out) : std::nullopt;
}

std::optional<Parts> read_rfc850(std::string_view text, Instant now) noexcept {
  DateReader in{text};
  Parts out;
  static_cast<void>(in.one_of(long_day_names));
  in.text(", ");
  out.day = in.number(2);
  in.text("-");
  out.month = in.one_of(month_names) + 1;
  in.text("-");
  const int year = static_cast<int>(in.number(2));
  in.text(" ");
  read_clock(in, out);
  in.text(" GMT");
  if (!in.good || !in.rest.empty()) return std::nullopt;
  const int this_year = static_cast<int>(Date{std::chrono::floor<std::chrono::days>(now)}.year());
  out.year = this_year - this_year % 100 + year;
  if (out.year > this_year + 50) out.year -= 100;
  if (out.year <= this_year - 50) out.year += 100;
  return out;
}

std::optional<Parts> read_asctime(std::string_view text) noexcept {
  DateReader in{text};
  Parts out;
  static_cast<void>(in.one_of(day_names));
  in.text(" ");
  out.month = in.one_of(month_names) + 1;
  in.text(" ");
  if (in.rest.starts_with(' ')) {
    in.text(" ");
    out.day = in.number(1);
  } else {
    out.day = in.number(2);
  }
  in.text(" ");
  read_clock(in, out);
  in.text(" ");
  out.year = static_cast<int>(in.number(4));
  return in.good && in.rest.empty() ? std::optional(out) : std::nullopt;
}

std::optional<std::int64_t> whole_number(std::string_view text) noexcept {
  if (text.empty() || text.size() > 18) return std::nullopt;
  std::int64_t out = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    out = out * 10 + (c - '0');
  }
  return out;
}

bool all_digits(std::string_view text) noexcept {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

void tell(const WaitRules& rules, std::string_view header, std::string_view value, std::string_view what) {
  if (rules.on_odd) rules.on_odd(std::string(header) + " is " + quoted(value) + ": " + std::string(what));
}

// A wait in milliseconds that may be anything, as one that is believed.
milliseconds fenced(std::int64_t ms, std::string_view header, std::string_view value, const WaitRules& rules) {
  if (ms > rules.longest.count()) {
    tell(rules, header, value,
         "longer than anybody means; " + std::to_string(rules.longest.count() / 1000) + " s are waited");
    return rules.longest;
  }
  return milliseconds(std::max(ms, rules.shortest.count()));
}

std::int64_t until(Instant at, Instant now) noexcept {
  return std::chrono::ceil<milliseconds>(at - now).count();
}

std::optional<Header> first_of(const Headers& headers, std::initializer_list<std::string_view> names) {
  for (const std::string_view name : names) {
    if (const auto value = find_header(headers, name)) return Header{std::string(name), std::string(trimmed(*value))};
  }
  return std::nullopt;
}

std::optional<milliseconds> reset_wait(const Header& reset, Instant now, const WaitRules& rules) {
  // Some services send fractions of seconds.
  const auto number = whole_number(std::string_view(reset.value).substr(0, reset.value.find('.')));
  if (!number) {
    tell(rules, reset.name, reset.value, "neither seconds nor a time; it is passed over");
    return std::nullopt;
  }
  constexpr std::int64_t least_epoch_s = 1'000'000'000, least_epoch_ms = 100'000'000'000,
                         least_epoch_us = 100'000'000'000'000;
  if (*number < least_epoch_s) return fenced(*number * 1000, reset.name, reset.value, rules);
  std::int64_t at_ms = *number;
  if (*number < least_epoch_ms) {
    at_ms = *number * 1000;
  } else if (*number >= least_epoch_us) {
    at_ms = *number / 1000;
    tell(rules, reset.name, reset.value, "taken as microseconds since 1970");
  } else {
    tell(rules, reset.name, reset.value, "taken as milliseconds since 1970");
  }
  const std::int64_t now_ms = std::chrono::floor<milliseconds>(now.time_since_epoch()).count();
  return fenced(at_ms - now_ms, reset.name, reset.value, rules);
}

}  // namespace

std::optional<Instant> parse_http_date(std::string_view text, Instant now) {
  std::optional<Parts> parts = read_fixed(text);
  if (!parts) parts = read_rfc850(text, now);
  if (!parts) parts = read_asctime(text);
  if (!parts) return std::nullopt;
  const Date date{std::chrono::year{parts->year}, std::chrono::month{parts->month}, std::chrono::day{parts->day}};
  if (!date.ok() || parts->hour > 23 || parts->minute > 59 || parts->second > 60) return std::nullopt;
  return Instant(sys_days{date}) + std::chrono::hours(parts->hour) + std::chrono::minutes(parts->minute) +
         seconds(std::min(parts->second, 59u));
}

Instant answered_at(const Headers& headers, Instant fallback) {
  const auto date = find_header(headers, "Date");
  return date ? parse_http_date(trimmed(*date), fallback).value_or(fallback) : fallback;
}

std::optional<milliseconds> retry_after(const Headers& headers, Instant now, const WaitRules& rules) {
  const auto header = find_header(headers, "Retry-After");
  if (!header) return std::nullopt;
  const std::string_view value = trimmed(*header);
  if (all_digits(value)) {
    const auto number = whole_number(value);
    constexpr std::int64_t longest_retry_s = std::numeric_limits<std::int64_t>::max() / 1000;
    return fenced(number && *number < longest_retry_s ? *number * 1000 : std::numeric_limits<std::int64_t>::max(),
                  "Retry-After", value, rules);
  }
  const Instant from = answered_at(headers, now);
  if (const auto at = parse_http_date(value, from)) return fenced(until(*at, from), "Retry-After", value, rules);
  tell(rules, "Retry-After", value, "neither seconds nor a date; it is passed over");
  return std::nullopt;
}

Budget request_budget(const Headers& headers, Instant now, const WaitRules& rules) {
  Budget out;
  if (const auto left = first_of(headers, {"X-RateLimit-Remaining", "RateLimit-Remaining", "X-Rate-Limit-Remaining"})) {
    if (const auto number = whole_number(left->value)) out.remaining = static_cast<std::uint64_t>(*number);
  }
  if (const auto reset = first_of(headers, {"X-RateLimit-Reset", "RateLimit-Reset", "X-Rate-Limit-Reset"})) {
    // A reset is told with every answer; only one that matters is worth a word.
    WaitRules quiet = rules;
    if (!out.used_up()) quiet.on_odd = {};
    out.wait = reset_wait(*reset, answered_at(headers, now), quiet);
  }
  return out;
}

}  // namespace tento::http
