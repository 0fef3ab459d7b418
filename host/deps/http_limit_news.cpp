// SPDX-License-Identifier: Apache-2.0
// What the headers of an answer say about request budgets. Services differ in name and unit; nothing is trusted.
#include <date/date.h>

#include <array>
#include <charconv>
#include <chrono>
#include <sstream>

#include "host/deps/http_limiter.hpp"

namespace tento::host {
namespace {

std::string_view trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") + 1 - first);
}

// A whole number at the beginning of the text; what stands behind it (a fraction, `, 100;w=60`) is left aside.
std::optional<std::uint64_t> number(std::string_view text) {
  text = trimmed(text);
  std::uint64_t value = 0;
  const auto [at, ec] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (ec == std::errc::result_out_of_range) return UINT64_MAX;
  if (ec != std::errc() || at == text.data()) return std::nullopt;
  return value;
}

std::int64_t seconds_to_ms(std::uint64_t seconds) {
  return seconds > INT64_MAX / 1000 ? INT64_MAX : static_cast<std::int64_t>(seconds) * 1000;
}

// A moment is told in seconds from now, or as seconds or milliseconds since 1970.
std::int64_t until(std::uint64_t value, std::int64_t now_unix_ms) {
  constexpr std::uint64_t kSince1970 = 1'000'000'000, kInMs = 1'000'000'000'000;
  if (value < kSince1970) return seconds_to_ms(value);
  const std::int64_t at =
      value < kInMs ? seconds_to_ms(value)
                    : static_cast<std::int64_t>(std::min<std::uint64_t>(value, static_cast<std::uint64_t>(INT64_MAX)));
  return at - now_unix_ms;
}

// A date of RFC 9110 section 5.6.7, in the one form that is to be sent.
std::optional<std::int64_t> http_date(std::string_view text) {
  std::istringstream in{std::string(text)};
  date::sys_seconds at;
  in >> date::parse("%a, %d %b %Y %T GMT", at);
  if (in.fail()) return std::nullopt;
  return std::chrono::duration_cast<std::chrono::milliseconds>(at.time_since_epoch()).count();
}

std::optional<std::uint64_t> first_number(const http::Headers& headers, std::string_view last) {
  static constexpr std::array<std::string_view, 3> kPrefixes{"RateLimit-", "X-RateLimit-", "X-Rate-Limit-"};
  for (const std::string_view prefix : kPrefixes) {
    const auto value = http::find_header(headers, std::string(prefix) + std::string(last));
    if (!value) continue;
    if (const auto n = number(*value)) return n;
  }
  return std::nullopt;
}

// `"name";r=50;t=30`
std::optional<std::uint64_t> parameter(std::string_view field, std::string_view name) {
  for (std::size_t at = field.find(';'); at != std::string_view::npos; at = field.find(';', at)) {
    const std::string_view rest = trimmed(field.substr(++at));
    if (rest.starts_with(name)) return number(rest.substr(name.size()));
  }
  return std::nullopt;
}

}  // namespace

LimitNews limit_news(std::uint32_t status, const http::Headers& headers, std::int64_t now_unix_ms) {
  LimitNews news;
  news.limit = first_number(headers, "Limit");
  news.remaining = first_number(headers, "Remaining");
  if (const auto reset = first_number(headers, "Reset")) news.reset_ms = until(*reset, now_unix_ms);
  if (const auto field = http::find_header(headers, "RateLimit"); field && !news.remaining) {
    news.remaining = parameter(*field, "r=");
    if (const auto t = parameter(*field, "t=")) news.reset_ms = seconds_to_ms(*t);
  }
  if (status != 403 && status != 429 && status != 503) return news;
  if (const auto said = http::find_header(headers, "Retry-After")) {
    if (const auto at = http_date(trimmed(*said))) {
      news.retry_after_ms = std::max<std::int64_t>(*at - now_unix_ms, 0);
    } else if (const auto seconds = number(*said)) {
      news.retry_after_ms = seconds_to_ms(*seconds);
    }
  }
  return news;
}

}  // namespace tento::host
