// SPDX-License-Identifier: Apache-2.0
// Who wants to hear of commits.
#pragma once

#include <list>
#include <memory>
#include <mutex>
#include <span>
#include <utility>

#include "host/store/cell_store.hpp"

namespace tento::host::sqlite {

class Listeners {
 public:
  // The subscription keeps the list, so it may outlive the store.
  static Subscription add(const std::shared_ptr<Listeners>& to, CommitListener listener) {
    const std::lock_guard lock(to->mutex_);
    const auto at = to->all_.insert(to->all_.end(), std::move(listener));
    return Subscription(std::shared_ptr<void>(nullptr, [to, at](void*) {
      const std::lock_guard ending(to->mutex_);  // also waits for a call that runs
      to->all_.erase(at);
    }));
  }
  void tell(std::span<const CommitNews> news) {
    const std::lock_guard lock(mutex_);
    for (const auto& listener : all_)
      for (const auto& one : news) listener(one);
  }

 private:
  std::mutex mutex_;
  std::list<CommitListener> all_;
};

}  // namespace tento::host::sqlite
