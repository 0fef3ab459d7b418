// SPDX-License-Identifier: Apache-2.0
// Request budgets as token buckets, corrected by what the service says. Pure: it neither waits nor asks the time.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <tento/sdk/result.hpp>
#include <tento/sdk/transport.hpp>

#include "host/base/log.hpp"

namespace tento::host {

// One budget that a request counts against.
struct LimitUse {
  std::string key;               // who shares it: equal keys are one budget
  std::string name;              // as the provider calls it; for people
  std::uint64_t capacity = 0;    // units per window; 0 = no number is known, and only the service's word counts
  std::uint64_t window_ms = 0;   // at least 1 where there is a capacity
  std::uint64_t cost = 1;        // units this request takes
  bool told_by_headers = false;  // whether counting headers are about this one, when their limit tells no other
  bool reported = false;         // stands for what the provider reports (see Limiter::hold): headers never touch it
  friend bool operator==(const LimitUse&, const LimitUse&) = default;
};

// What an answer says about budgets; times are relative to the moment it was received.
struct RateLimitUpdate {
  std::optional<std::uint64_t> limit;          // units of the service's window
  std::optional<std::uint64_t> remaining;      // units left in it
  std::optional<std::int64_t> reset_ms;        // until that window ends
  std::optional<std::int64_t> retry_after_ms;  // when to come again
};
// Reads `RateLimit-*`, `X-RateLimit-*`, `X-Rate-Limit-*`, the `RateLimit` field, and `Retry-After` (seconds or a date,
// RFC 9110 section 10.2.3) where the status makes it one about us (403, 429, 503). What cannot be read is not said.
[[nodiscard]] RateLimitUpdate rate_limit_update(std::uint32_t status, const http::Headers& headers,
                                                std::int64_t now_unix_ms);

// Why nobody asks under a key for a while: the provider read it in an answer's body.
struct LimitReport {
  std::optional<std::int64_t> wait_ms;  // as the provider said; absent = a minute
  bool from_headers = false;            // the answer's headers said it, too: taken as it is, however often it comes
  std::string why;                      // for people
};
struct Held {
  std::int64_t wait_ms = 0;  // from now on
  std::string why;
};

// Any thread. All times are milliseconds of one steady clock.
class Limiter {
 public:
  using Log = std::function<void(const std::string&)>;

  // Takes the units of all budgets, or of none. Gives the moment from which on the request may go; fails with class
  // rate_limit and retry_after_ms when that is later than `until_ms`, and with invalid_argument when a cost is beyond
  // its capacity.
  Result<std::int64_t> take(const std::vector<LimitUse>& uses, std::int64_t now_ms, std::int64_t until_ms);
  // For one who waited: the moment until which the service wants silence, in case it said so meanwhile.
  [[nodiscard]] std::int64_t silent_until(const std::vector<LimitUse>& uses) const;
  // Gives units back that were taken for a request that was not sent.
  void give_back(const std::vector<LimitUse>& uses, std::int64_t now_ms);
  // Corrects the budgets of an answered request, downwards only: the service may be counting another one. Absurd values
  // are clamped, and `log` gets a line about them.
  void correct(const std::vector<LimitUse>& uses, const RateLimitUpdate& update, std::int64_t now_ms, const Log& log);

  // Nothing goes under this key for as long as the report says. What the provider only guesses doubles each time that
  // the service refuses again soon after a silence, up to an hour. Gives the wait.
  std::int64_t hold(const std::string& key, const LimitReport& report, std::int64_t now_ms);
  // Nothing, unless the key is held back.
  [[nodiscard]] std::optional<Held> held(const std::string& key, std::int64_t now_ms) const;
  // The service answered as usual: the next report is the first again.
  void calm(const std::string& key, std::int64_t now_ms);

 private:
  struct Bucket {
    double units = 0;               // below 0 when requests wait for it
    std::int64_t at_ms = 0;         // when `units` was so
    std::int64_t silent_until = 0;  // nothing goes before
    std::uint64_t capacity = 0;
    std::uint64_t window_ms = 0;
  };
  Bucket& bucket(const LimitUse& use, std::int64_t now_ms);
  struct Hold {
    std::int64_t until_ms = 0;
    std::int64_t length_ms = 0;
    int again = 0;  // reports that came soon after the silence before
    std::string why;
  };

  mutable std::mutex mutex_;
  std::map<std::string, Bucket, std::less<>> buckets_;
  std::map<std::string, Hold, std::less<>> holds_;
};

// The error of a request that a budget of the host does not let through.
inline constexpr std::string_view budget_tag = "budget_used_up";
[[nodiscard]] Error rate_limited(const std::string& name, std::int64_t wait_ms);

}  // namespace tento::host
