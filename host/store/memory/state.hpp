// SPDX-License-Identifier: Apache-2.0
// What the openings of one store in memory share: the tables under a mutex, the clock, and what wakes who waits for
// commits.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <type_traits>
#include <utility>

#include "host/base/mutex.hpp"
#include "host/store/commit_signal.hpp"
#include "host/store/memory/data.hpp"

namespace tento::host::memory {

class State {
 public:
  explicit State(const StoreConfig& config);

  // Runs `body(const Data&)` while nobody writes.
  template <class Body>
  auto read(Body&& body) {
    const MutexLock lock(mutex_);
    return body(std::as_const(data_));
  }
  // Runs `body(Data&)`, which gives a Result, as one transaction: where it fails it must not have changed anything.
  template <class Body>
  auto write(Body&& body) {
    auto done = [&] {
      const MutexLock lock(mutex_);
      return body(data_);
    }();
    if (done) commits_.raise();
    return done;
  }

  [[nodiscard]] CommitSignal& commits() { return commits_; }
  [[nodiscard]] std::int64_t now_us() const { return now_unix_us_(); }
  [[nodiscard]] const std::string& new_user_zone() const { return new_user_zone_; }

 private:
  std::function<std::int64_t()> now_unix_us_;
  std::string new_user_zone_;
  CommitSignal commits_;
  Mutex mutex_;
  Data data_ GUARDED_BY(mutex_);
};

}  // namespace tento::host::memory
