// SPDX-License-Identifier: Apache-2.0
// What a running app does again and again.
#pragma once

#include <chrono>
#include <functional>
#include <memory>

#include "host/dispatch/timers.hpp"

namespace tento::host {

// One thread for all of it, and none while nothing is on it. Any thread.
class Timetable {
 public:
  // Ends the task when it is dropped, which waits for a call under way; not by the task itself.
  using Entry = std::shared_ptr<void>;

  // Calls `what` each time that so much time has passed. It may wait for the disk and for nothing slower, since the
  // other tasks wait for it.
  [[nodiscard]] Entry every(std::chrono::milliseconds period, std::function<void()> what);

 private:
  struct Task;
  void wait_for(const std::shared_ptr<Task>& task);

  Timers timers_;
};

}  // namespace tento::host
