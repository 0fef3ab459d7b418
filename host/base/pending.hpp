// SPDX-License-Identifier: Apache-2.0
// A result that somebody else brings about: whoever wants it is woken, and holds no thread meanwhile.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string_view>
#include <utility>

#include <tento/sdk/result.hpp>

namespace tento::host {

// The tag of what was cancelled.
inline constexpr std::string_view interrupted_tag = "interrupted";

template <class T>
class Pending {
 public:
  using Moment = std::chrono::steady_clock::time_point;
  Pending() = default;
  Pending(const Pending&) = delete;
  Pending& operator=(const Pending&) = delete;
  virtual ~Pending() = default;
  // Once, before anything else. `wake` is called from any thread when resume() may come further; it is quick, and calls
  // nothing here. It may be called once more after this is gone.
  virtual void start(std::function<void()> wake) = 0;
  // Goes on as far as it can without waiting. Nothing: it still waits. From its deadline on it says what there is: a
  // `now` that is far ahead ends it at once. Not by two threads at a time, and not again once there was a result.
  virtual std::optional<Result<T>> resume(Moment now) = 0;
  // Any thread: whoever wanted it has gone. It wakes, and resume() ends it.
  virtual void cancel() = 0;
  // When to resume() although nothing woke it.
  [[nodiscard]] virtual Moment deadline() const = 0;
};

// The same result made into another.
template <class To, class From>
class MappedPending final : public Pending<To> {
 public:
  using Map = std::function<Result<To>(Result<From>)>;
  MappedPending(std::shared_ptr<Pending<From>> first, Map map) : first_(std::move(first)), map_(std::move(map)) {}
  void start(std::function<void()> wake) override { first_->start(std::move(wake)); }
  std::optional<Result<To>> resume(typename Pending<To>::Moment now) override {
    auto done = first_->resume(now);
    if (!done) return std::nullopt;
    return map_(std::move(*done));
  }
  void cancel() override { first_->cancel(); }
  [[nodiscard]] typename Pending<To>::Moment deadline() const override { return first_->deadline(); }

 private:
  const std::shared_ptr<Pending<From>> first_;
  const Map map_;
};

// For whoever has a thread to spare: blocks until it is there.
template <class T>
Result<T> await(Pending<T>& pending) {
  struct Bell {
    std::mutex mutex;
    std::condition_variable changed;
    bool rung = false;
  };
  const auto bell = std::make_shared<Bell>();
  pending.start([bell] {
    const std::scoped_lock lock(bell->mutex);
    bell->rung = true;
    bell->changed.notify_all();
  });
  for (;;) {
    if (auto done = pending.resume(std::chrono::steady_clock::now())) return std::move(*done);
    std::unique_lock lock(bell->mutex);
    bell->changed.wait_until(lock, pending.deadline(), [&bell] { return bell->rung; });
    bell->rung = false;
  }
}

}  // namespace tento::host
