// SPDX-License-Identifier: Apache-2.0
// How whoever began a call has a say in it while it runs: cancel it, or ask it to yield.
#pragma once

#include <atomic>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <utility>

namespace tento::host {

// Shared by the caller and the call. Any thread.
class CallControl {
 public:
  CallControl() = default;
  CallControl(const CallControl&) = delete;
  CallControl& operator=(const CallControl&) = delete;

  void cancel() {
    cancelled_.store(true);
    const std::lock_guard lock(listening_->mutex);
    for (const auto& told : listening_->all) told();
  }
  [[nodiscard]] bool cancelled() const noexcept { return cancelled_.load(std::memory_order_relaxed); }
  // Calls `told` when it is cancelled, and now when it was already; until the result is destroyed, which waits for a
  // call of it. `told` is quick, and does not end what it listens with.
  [[nodiscard]] std::shared_ptr<void> on_cancel(std::function<void()> told) {
    const std::lock_guard lock(listening_->mutex);
    if (cancelled_.load()) told();
    const auto at = listening_->all.insert(listening_->all.end(), std::move(told));
    return {nullptr, [listening = listening_, at](void*) {
              const std::lock_guard ending(listening->mutex);
              listening->all.erase(at);
            }};
  }

  std::atomic<bool> yield{false};
  std::atomic<bool> moved{false};  // a sign of life since this was looked at: cells, progress, an answer of a service

 private:
  struct Listening {
    std::mutex mutex;
    std::list<std::function<void()>> all;
  };
  std::atomic<bool> cancelled_{false};
  std::shared_ptr<Listening> listening_ = std::make_shared<Listening>();
};

}  // namespace tento::host
