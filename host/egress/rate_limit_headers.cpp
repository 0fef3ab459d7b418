// SPDX-License-Identifier: Apache-2.0
// What the headers of an answer say about request budgets: what the SDK's helpers read, and what they leave out.
#include <algorithm>
#include <charconv>
#include <chrono>
#include <tento/sdk/retry_after.hpp>

#include "host/egress/limiter.hpp"

namespace tento::host {
namespace {

// A whole number at the beginning of the text, after blanks; what stands behind it (`100;w=60`) is left aside.
std::optional<std::uint64_t> number(std::string_view text) {
  text.remove_prefix(std::min(text.find_first_not_of(" \t"), text.size()));
  std::uint64_t value = 0;
  const auto [at, ec] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (ec == std::errc::result_out_of_range) return UINT64_MAX;
  if (ec != std::errc() || at == text.data()) return std::nullopt;
  return value;
}

std::optional<std::uint64_t> limit_of(const http::Headers& headers) {
  for (const char* name : {"X-RateLimit-Limit", "RateLimit-Limit", "X-Rate-Limit-Limit"}) {
    if (const auto value = http::find_header(headers, name)) return number(*value);
  }
  return std::nullopt;
}

// A parameter of the field `RateLimit: "name";r=50;t=30`.
std::optional<std::uint64_t> parameter(std::string_view field, std::string_view name) {
  for (std::size_t at = field.find(';'); at != std::string_view::npos; at = field.find(';', at)) {
    std::string_view rest = field.substr(++at);
    rest.remove_prefix(std::min(rest.find_first_not_of(" \t"), rest.size()));
    if (rest.starts_with(name)) return number(rest.substr(name.size()));
  }
  return std::nullopt;
}

std::optional<std::int64_t> count(std::optional<std::chrono::milliseconds> wait) {
  if (!wait) return std::nullopt;
  return std::int64_t{wait->count()};
}

}  // namespace

RateLimitUpdate rate_limit_update(std::uint32_t status, const http::Headers& headers, std::int64_t now_unix_ms) {
  const Instant now{std::chrono::milliseconds(now_unix_ms)};
  // Taken as they are: the limiter knows better than a fixed bound what is absurd.
  http::WaitRules as_said;
  as_said.shortest = std::chrono::milliseconds::zero();
  as_said.longest = std::chrono::milliseconds::max();
  const http::Budget budget = http::request_budget(headers, now, as_said);
  RateLimitUpdate update;
  update.limit = limit_of(headers);
  update.remaining = budget.remaining;
  update.reset_ms = count(budget.wait);
  if (const auto field = http::find_header(headers, "RateLimit"); field && !update.remaining) {
    update.remaining = parameter(*field, "r=");
    if (const auto t = parameter(*field, "t="); t && *t <= INT64_MAX / 1000) {
      update.reset_ms = static_cast<std::int64_t>(*t) * 1000;
    }
  }
  if (status == 403 || status == 429 || status == 503) {
    update.retry_after_ms = count(http::retry_after(headers, now, as_said));
  }
  return update;
}

}  // namespace tento::host
