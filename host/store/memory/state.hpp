// SPDX-License-Identifier: Apache-2.0
// What the openings of one store in memory share: the tables under a mutex, the clock, and who is told of commits.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "host/base/mutex.hpp"
#include "host/store/listeners.hpp"
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
  // Runs `body(Data&, std::vector<CommitEvent>&)`, which gives a Result, as one transaction: where it fails it must not
  // have changed anything. Listeners are told of the events behind it, in the order of the transactions.
  template <class Body>
  auto write(Body&& body) {
    const MutexLock order(writers_);
    std::vector<CommitEvent> events;
    auto done = [&] {
      const MutexLock lock(mutex_);
      return body(data_, events);
    }();
    if (!done) return done;
    ++version_;
    if (!events.empty()) listeners_->tell(events);
    return done;
  }

  [[nodiscard]] Subscription subscribe(CommitListener listener) {
    return Listeners<CommitEvent>::add(listeners_, std::move(listener));
  }
  [[nodiscard]] std::uint64_t version() const { return version_; }
  void access_changed() { ++access_generation_; }
  [[nodiscard]] std::uint64_t access_generation() const { return access_generation_; }
  [[nodiscard]] std::int64_t now_us() const { return now_unix_us_(); }
  [[nodiscard]] const std::string& new_user_zone() const { return new_user_zone_; }

 private:
  std::function<std::int64_t()> now_unix_us_;
  std::string new_user_zone_;
  std::atomic<std::uint64_t> version_{0};
  std::atomic<std::uint64_t> access_generation_{0};
  std::shared_ptr<Listeners<CommitEvent>> listeners_ = std::make_shared<Listeners<CommitEvent>>();
  Mutex writers_;  // held through the telling, so that listeners may read but commits keep their order
  Mutex mutex_;    // of the tables
  Data data_ GUARDED_BY(mutex_);
};

}  // namespace tento::host::memory
