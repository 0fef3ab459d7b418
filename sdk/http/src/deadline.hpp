// SPDX-License-Identifier: Apache-2.0
// Bounds of every wait of an exchange: its deadline, its stop, and the timeout of one step.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <tento/sdk/result.hpp>

namespace tento::http::inner {

using Clock = std::chrono::steady_clock;

/// How often a stop is looked for while something is waited for.
inline constexpr std::chrono::milliseconds stop_interval{50};

/// One step of an exchange, as its errors tell it.
struct Step {
  std::string_view doing;                     ///< "waiting for the answer of"; the origin follows
  std::chrono::milliseconds timeout{};        ///< from when the waiting starts, or until `end`
  std::optional<Clock::time_point> end = {};  ///< when the whole step is over, however much comes meanwhile
  bool wait_first = false;                    ///< nothing can be there yet: reading before waiting would be in vain

  /// A step that ends `timeout` from now.
  static Step whole(std::string_view doing, std::chrono::milliseconds timeout, bool wait_first = false) {
    return {doing, timeout, Clock::now() + timeout, wait_first};
  }
};

/// When an exchange has to have ended, and whether it is told to stop. Used by one thread at a time.
class Deadline {
 public:
  Deadline(Clock::time_point end, std::function<bool()> stopped) : end_(end), stopped_(std::move(stopped)) {}

  /// The origin that errors name from here on; it must outlive the calls that follow.
  void set_origin(std::string_view origin) noexcept { origin_ = origin; }
  [[nodiscard]] std::string_view origin() const noexcept { return origin_; }

  /// An error once the deadline has passed or a stop is asked for.
  Result<void> check(const Step& step) const { return check(step, Clock::now()); }
  /// Whether a wait of stop_interval is within all bounds: then a blocking call of that length does for a first look.
  Result<bool> has_slice(const Step& step) const;
  /// Waits until poll(2) has something to tell of `fd`, in vain after the step's time.
  Result<void> wait(int fd, short events, const Step& step) const;
  /// Waits in slices: `slice(time)` waits so long and says whether what was waited for is there.
  Result<void> wait(const Step& step, const std::function<Result<bool>(std::chrono::milliseconds)>& slice) const;

 private:
  Result<void> check(const Step& step, Clock::time_point now) const;
  template <class Slice>
  Result<void> wait_sliced(const Step& step, Slice&& slice) const;

  Clock::time_point end_;
  std::function<bool()> stopped_;
  std::string_view origin_;
};

}  // namespace tento::http::inner
