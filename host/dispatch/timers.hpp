// SPDX-License-Identifier: Apache-2.0
// Calls back at a moment. One thread for all that wait, and none while nothing does.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>

namespace tento::host {

class Timers {
 public:
  using Clock = std::chrono::steady_clock;
  using Id = std::uint64_t;

  Timers();
  // Nothing is called any more; waits for what is being called.
  ~Timers();
  Timers(const Timers&) = delete;
  Timers& operator=(const Timers&) = delete;

  // Calls `what` once, on the timers' thread, at that moment; `max()` = only if it is moved. It must be quick, and may
  // use the timers. While no thread can be made it waits for the next timer.
  Id at(Clock::time_point when, std::function<void()> what);
  // To an earlier moment; a later one, or one that was called already, changes nothing.
  void hasten(Id id, Clock::time_point when);
  // What is being called goes on.
  void cancel(Id id);

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace tento::host
