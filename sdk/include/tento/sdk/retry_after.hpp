// SPDX-License-Identifier: Apache-2.0
/// @file retry_after.hpp
/// How long a service asks to be left alone: `Retry-After` (RFC 9110 section 10.2.3), and the reset times that go with
/// request budgets. What no service can mean is clamped, and somebody is told.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string_view>

#include "time.hpp"
#include "transport.hpp"

namespace tento::http {

/// What waits are believed.
struct WaitRules {
  std::chrono::milliseconds shortest{1'000};      ///< a wait that is over already, or shorter, becomes this
  std::chrono::milliseconds longest{86'400'000};  ///< a longer one becomes this
  /// Told of each value that was clamped to `longest` or made no sense, in plain words, without anything secret. May be
  /// empty. Called by the thread that asks.
  std::function<void(std::string_view)> on_odd = {};
};

/// A date as HTTP writes it (RFC 9110 section 5.6.7): `Sun, 06 Nov 1994 08:49:37 GMT`, and the obsolete forms
/// `Sunday, 06-Nov-94 08:49:37 GMT` and `Sun Nov  6 08:49:37 1994`. A year of two digits is the one that lies at most
/// 50 years after `now`. Nothing for anything else; the name of the day is not compared with the date.
[[nodiscard]] std::optional<Instant> parse_http_date(std::string_view text, Instant now);

/// The time at which the service answered, by its `Date` header; `fallback` where it has none. Waits that are told as a
/// time of day are measured from it, so that a wrong clock on either side does not matter.
[[nodiscard]] Instant answered_at(const Headers& headers, Instant fallback);

/// The wait of a `Retry-After` header, in seconds or until a date; nothing when there is none or it makes no sense.
[[nodiscard]] std::optional<std::chrono::milliseconds> retry_after(const Headers& headers, Instant now,
                                                                   const WaitRules& rules = {});

/// What an answer says of a request budget: `X-RateLimit-Remaining`, `RateLimit-Remaining` or `X-Rate-Limit-Remaining`
/// and the same with `Reset`.
struct Budget {
  std::optional<std::uint64_t> remaining;         ///< requests left
  std::optional<std::chrono::milliseconds> wait;  ///< until it is full again
  /// Whether it is known to be used up.
  [[nodiscard]] bool used_up() const noexcept { return remaining == std::uint64_t{0}; }
};

/// Reads it. A reset below 10^9 is seconds from now on, else it is a time: seconds since 1970, or milliseconds or
/// microseconds where it is so large that nothing else makes sense.
[[nodiscard]] Budget request_budget(const Headers& headers, Instant now, const WaitRules& rules = {});

}  // namespace tento::http
