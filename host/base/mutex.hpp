// SPDX-License-Identifier: Apache-2.0
// A mutex whose use the compiler checks; see thread_annotations.hpp.
#pragma once

#include <condition_variable>
#include <mutex>

#include "host/base/thread_annotations.hpp"

namespace tento::host {

class CAPABILITY("mutex") Mutex {
 public:
  Mutex() = default;
  Mutex(const Mutex&) = delete;
  Mutex& operator=(const Mutex&) = delete;

 private:
  friend class MutexLock;
  std::mutex mutex_;
};

// Holds a mutex while it lives, but for the times between unlock() and lock().
class SCOPED_CAPABILITY MutexLock {
 public:
  explicit MutexLock(Mutex& mutex) ACQUIRE(mutex) : lock_(mutex.mutex_) {}
  ~MutexLock() RELEASE() {}  // NOLINT(*-use-equals-default): the annotation needs a body
  MutexLock(const MutexLock&) = delete;
  MutexLock& operator=(const MutexLock&) = delete;

  void lock() ACQUIRE() { lock_.lock(); }
  void unlock() RELEASE() { lock_.unlock(); }
  // Waits until it is notified; the mutex is free meanwhile, and held on return. May wake without a cause.
  void wait(std::condition_variable& changed) { changed.wait(lock_); }
  // The lock itself, for Clock::wait_until.
  [[nodiscard]] std::unique_lock<std::mutex>& native() { return lock_; }

 private:
  std::unique_lock<std::mutex> lock_;
};

}  // namespace tento::host
