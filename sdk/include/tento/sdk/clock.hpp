// SPDX-License-Identifier: Apache-2.0
/// @file clock.hpp
/// Time through a seam: code that asks a `Clock` can be tested and replayed.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>

#include "time.hpp"

namespace tento {

/// Where the time comes from. Implementations may be asked by many threads at once.
class Clock {
 public:
  virtual ~Clock() = default;
  /// The time of day: may jump. For what is stored and shown.
  [[nodiscard]] virtual Instant now() const = 0;
  /// Nanoseconds of a clock that never jumps (CLOCK_MONOTONIC). For deadlines and durations.
  [[nodiscard]] virtual std::int64_t monotonic_ns() const = 0;
};

/// The machine's clocks.
class SystemClock final : public Clock {
 public:
  [[nodiscard]] Instant now() const override {
    return std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now());
  }
  [[nodiscard]] std::int64_t monotonic_ns() const override {
    return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::steady_clock::now().time_since_epoch())
        .count();
  }
};

/// A clock that stands still until it is moved. Both of its times move together.
class ManualClock final : public Clock {
 public:
  /// Stands at `start`.
  explicit ManualClock(Instant start = Instant{}) noexcept : now_us_(start.time_since_epoch().count()) {}
  [[nodiscard]] Instant now() const override { return Instant{std::chrono::microseconds{now_us_.load()}}; }
  [[nodiscard]] std::int64_t monotonic_ns() const override { return monotonic_us_.load() * 1000; }
  /// Moves both times on.
  void advance(std::chrono::microseconds by) noexcept {
    now_us_ += by.count();
    monotonic_us_ += by.count();
  }
  /// Sets the time of day, as an administrator might: the monotonic time stays.
  void set(Instant to) noexcept { now_us_ = to.time_since_epoch().count(); }

 private:
  std::atomic<std::int64_t> now_us_;
  std::atomic<std::int64_t> monotonic_us_{1'000'000};
};

}  // namespace tento
