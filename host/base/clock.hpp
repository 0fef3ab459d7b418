// SPDX-License-Identifier: Apache-2.0
// Time, behind a seam: whoever decides by time is given a clock, so that tests move it instead of waiting.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>

namespace tento::host {

class Clock {
 public:
  using Steady = std::chrono::steady_clock::time_point;

  virtual ~Clock() = default;
  // Microseconds since 1970-01-01 UTC. May jump: the operator, or a network service, sets it.
  [[nodiscard]] virtual std::int64_t now_us() const = 0;
  // Never falls; says nothing about the date. For deadlines and durations.
  [[nodiscard]] virtual Steady steady() const = 0;
  // Waits until it is notified or `at` has come, as std::condition_variable::wait_until does; may wake without a cause.
  // False when the time had come. `lock` is held on return.
  virtual bool wait_until(std::condition_variable& changed, std::unique_lock<std::mutex>& lock, Steady at) = 0;
};

// The machine's. It has no state, so every instance is the same clock.
class SystemClock final : public Clock {
 public:
  [[nodiscard]] std::int64_t now_us() const override {
    using std::chrono::duration_cast, std::chrono::microseconds, std::chrono::system_clock;
    return duration_cast<microseconds>(system_clock::now().time_since_epoch()).count();
  }
  [[nodiscard]] Steady steady() const override { return std::chrono::steady_clock::now(); }
  bool wait_until(std::condition_variable& changed, std::unique_lock<std::mutex>& lock, Steady at) override {
    return changed.wait_until(lock, at) == std::cv_status::no_timeout;
  }
};

// The machine's date and time, for parts that only stamp what they write.
[[nodiscard]] inline std::int64_t unix_now_us() {
  return SystemClock{}.now_us();
}

}  // namespace tento::host
