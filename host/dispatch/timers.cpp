// SPDX-License-Identifier: Apache-2.0
// A thread that sleeps until the next moment, made when there is one.
#include "host/dispatch/timers.hpp"

#include <condition_variable>
#include <map>
#include <mutex>
#include <system_error>
#include <thread>
#include <unordered_map>
#include <utility>

namespace tento::host {

struct Timers::State {
  using Queue = std::multimap<Clock::time_point, std::pair<Id, std::function<void()>>>;

  std::mutex mutex;
  std::condition_variable changed;
  Queue queue;
  std::unordered_map<Id, Queue::iterator> by_id;
  Id last = 0;
  bool threaded = false;
  std::thread::id runner;
  bool ending = false;

  // Until nothing waits for a moment, and a little longer: a busy host would make a thread for every call.
  void loop() {
    constexpr std::chrono::seconds idle{10};
    std::unique_lock lock(mutex);
    runner = std::this_thread::get_id();
    while (!ending) {
      if (queue.empty() || queue.begin()->first == Clock::time_point::max()) {
        if (changed.wait_for(lock, idle) == std::cv_status::timeout &&
            (queue.empty() || queue.begin()->first == Clock::time_point::max()))
          break;
        continue;
      }
      const auto first = queue.begin();
      // A copy: the entry may be cancelled during the wait, which looks at the moment once more when it is over.
      if (const auto when = first->first; when > Clock::now()) {
        changed.wait_until(lock, when);
        continue;
      }
      auto what = std::move(first->second.second);
      by_id.erase(first->second.first);
      queue.erase(first);
      lock.unlock();
      what();
      what = nullptr;
      lock.lock();
    }
    threaded = false;
    changed.notify_all();
  }
  // Under the mutex. Where no thread can be made now, the next timer tries again.
  static void awake(const std::shared_ptr<State>& state) {
    state->changed.notify_all();
    if (state->threaded || state->queue.begin()->first == Clock::time_point::max()) return;
    try {
      std::thread([state] { state->loop(); }).detach();
      state->threaded = true;
    } catch (const std::system_error&) {  // NOLINT(bugprone-empty-catch): said above
    }
  }
};

Timers::Timers() : state_(std::make_shared<State>()) {}

Timers::~Timers() {
  std::unique_lock lock(state_->mutex);
  state_->ending = true;
  state_->changed.notify_all();
  // What is called may hold the last share of who owns the timers.
  if (state_->threaded && state_->runner == std::this_thread::get_id()) return;
  state_->changed.wait(lock, [this] { return !state_->threaded; });
}

Timers::Id Timers::at(Clock::time_point when, std::function<void()> what) {
  const std::lock_guard lock(state_->mutex);
  const Id id = ++state_->last;
  state_->by_id.emplace(id, state_->queue.emplace(when, std::pair(id, std::move(what))));
  State::awake(state_);
  return id;
}

void Timers::hasten(Id id, Clock::time_point when) {
  const std::lock_guard lock(state_->mutex);
  const auto found = state_->by_id.find(id);
  if (found == state_->by_id.end() || found->second->first <= when) return;
  auto entry = std::move(found->second->second);
  state_->queue.erase(found->second);
  found->second = state_->queue.emplace(when, std::move(entry));
  State::awake(state_);
}

void Timers::cancel(Id id) {
  std::function<void()> dropped;  // what it holds goes outside the lock
  const std::lock_guard lock(state_->mutex);
  const auto found = state_->by_id.find(id);
  if (found == state_->by_id.end()) return;
  dropped = std::move(found->second->second.second);
  state_->queue.erase(found->second);
  state_->by_id.erase(found);
  state_->changed.notify_all();
}

}  // namespace tento::host
