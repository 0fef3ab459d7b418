// SPDX-License-Identifier: Apache-2.0
// Who wants to hear of something.
#pragma once

#include <functional>
#include <list>
#include <memory>
#include <span>
#include <utility>

#include "host/base/mutex.hpp"

namespace tento::host {

// Ends when it is destroyed; from then on the listener is not called. May outlive who tells.
class Subscription {
 public:
  Subscription() = default;
  explicit Subscription(std::shared_ptr<void> end) : end_(std::move(end)) {}

 private:
  std::shared_ptr<void> end_;
};

template <class Event>
class Listeners {
 public:
  // The subscription keeps the list, so it may outlive who tells.
  static Subscription add(const std::shared_ptr<Listeners>& to, std::function<void(const Event&)> listener) {
    const MutexLock lock(to->mutex_);
    const auto at = to->all_.insert(to->all_.end(), std::move(listener));
    return Subscription(std::shared_ptr<void>(nullptr, [to, at](void*) {
      const MutexLock ending(to->mutex_);  // also waits for a call that runs
      to->all_.erase(at);
    }));
  }
  void tell(std::span<const Event> events) {
    const MutexLock lock(mutex_);
    for (const auto& listener : all_)
      for (const auto& event : events) listener(event);
  }
  void tell(const Event& event) { tell(std::span(&event, 1)); }

 private:
  Mutex mutex_;
  std::list<std::function<void(const Event&)>> all_ GUARDED_BY(mutex_);
};

}  // namespace tento::host
