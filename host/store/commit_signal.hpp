// SPDX-License-Identifier: Apache-2.0
// Wakes who waits for commits of this process. Who commits does nothing for them but to raise it.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <stop_token>

#include "host/base/mutex.hpp"

namespace tento::host {

class CommitSignal {
 public:
  // How often it was raised. What was committed behind a look that followed this makes wait() return.
  [[nodiscard]] std::uint64_t count() {
    const MutexLock lock(mutex_);
    return count_;
  }
  void raise() {
    const MutexLock lock(mutex_);
    ++count_;
    raised_.notify_all();
  }
  // Until it was raised again, the time has come, or a stop is asked for.
  void wait(std::uint64_t seen, std::chrono::steady_clock::time_point until, const std::stop_token& stop) {
    const std::stop_callback on_stop(stop, [this] {
      const MutexLock lock(mutex_);
      raised_.notify_all();
    });
    MutexLock lock(mutex_);
    while (count_ == seen && !stop.stop_requested() && std::chrono::steady_clock::now() < until)
      raised_.wait_until(lock.native(), until);
  }

 private:
  Mutex mutex_;
  std::condition_variable raised_;
  std::uint64_t count_ GUARDED_BY(mutex_) = 0;
};

}  // namespace tento::host
