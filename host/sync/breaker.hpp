// SPDX-License-Identifier: Apache-2.0
// A circuit breaker an account: after some failures in a row its jobs are not begun for a while, so that a service that
// is down is not asked by each of them. Not for two threads at once.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <unordered_map>

#include <tento/sdk/result.hpp>

namespace tento::host {

inline constexpr std::string_view breaker_tag = "service_down";

class Breaker {
 public:
  // Failures in a row that open it, and for how long: twice as long each time it was closed in vain.
  static constexpr int failures_to_open = 5;
  static constexpr std::int64_t shortest_us = std::int64_t{60} * 1'000'000;
  static constexpr std::int64_t longest_us = std::int64_t{3600} * 1'000'000;

  // Gives the moment until which it is open from now on; 0 = it is not.
  std::int64_t failed(const std::string& account, ErrorClass error_class, std::int64_t now_us) {
    // Only what the service did says something of the service.
    if (error_class != ErrorClass::transient && error_class != ErrorClass::provider) return open_until(account, now_us);
    auto& state = accounts_[account];
    if (++state.failures < failures_to_open) return 0;
    if (state.until_us > now_us) return state.until_us;
    state.until_us = now_us + state.next_us;
    state.next_us = std::min(2 * state.next_us, longest_us);
    return state.until_us;
  }
  void ended_well(const std::string& account) { accounts_.erase(account); }
  // 0 = it is closed. Opened by a clock that was ahead, it does not stay open for as long as that.
  [[nodiscard]] std::int64_t open_until(const std::string& account, std::int64_t now_us) const {
    const auto found = accounts_.find(account);
    if (found == accounts_.end() || found->second.until_us <= now_us) return 0;
    return found->second.until_us - now_us > longest_us ? 0 : found->second.until_us;
  }

 private:
  struct State {
    int failures = 0;
    std::int64_t until_us = 0;
    std::int64_t next_us = shortest_us;
  };
  std::unordered_map<std::string, State> accounts_;  // of those that failed since they last did well
};

}  // namespace tento::host
