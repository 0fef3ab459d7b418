// SPDX-License-Identifier: Apache-2.0
// Threads with stacks of a chosen size, by POSIX threads (std::thread has no say in it).
#include "host/base/workers.hpp"

#include <pthread.h>
#include <sys/resource.h>

#include <algorithm>
#include <condition_variable>
#include <csignal>
#include <cstring>
#include <deque>
#include <mutex>
#include <utility>
#include <vector>

namespace tento::host {

struct Workers::State {
  std::size_t most = 0;
  std::size_t stack_bytes = 0;
  std::chrono::milliseconds longest_idle{};
  int nice = 0;
  std::mutex mutex;
  std::condition_variable work;     // something to do, or the end
  std::condition_variable settled;  // a thread became free
  std::deque<std::function<void()>> tasks;
  std::size_t threads = 0;
  std::size_t idle = 0;
  bool ending = false;

  void loop() {
    // 0 is this thread, as Linux has it (sched(7)).
    if (nice != 0) ::setpriority(PRIO_PROCESS, 0, ::getpriority(PRIO_PROCESS, 0) + nice);
    std::unique_lock lock(mutex);
    for (;;) {
      const bool something = work.wait_for(lock, longest_idle, [this] { return ending || !tasks.empty(); });
      if (!something || tasks.empty()) break;
      auto task = std::move(tasks.front());
      tasks.pop_front();
      --idle;
      lock.unlock();
      task();
      task = nullptr;  // what it held goes before it counts as free
      lock.lock();
      ++idle;
      settled.notify_all();
    }
    --idle;
    --threads;
    settled.notify_all();
  }
};

namespace {

// Where a signal handler runs when a provider has used up the thread's own stack: it could say nothing otherwise.
class SignalStack {
 public:
  SignalStack() {
    stack_t before{};
    // A sanitizer gives its threads one of its own.
    if (::sigaltstack(nullptr, &before) != 0 || (before.ss_flags & SS_DISABLE) == 0) return;
    stack_t wanted{};
    bytes_.resize(std::size_t{32} << 10);
    wanted.ss_sp = bytes_.data();
    wanted.ss_size = bytes_.size();
    ::sigaltstack(&wanted, nullptr);
  }
  ~SignalStack() {
    if (bytes_.empty()) return;
    stack_t none{};
    none.ss_flags = SS_DISABLE;
    ::sigaltstack(&none, nullptr);
  }
  SignalStack(const SignalStack&) = delete;
  SignalStack& operator=(const SignalStack&) = delete;

 private:
  std::vector<char> bytes_;
};

// A thread owns a share of the state, so one that comes back late finds it.
void* start(void* argument) {
  const std::unique_ptr<std::function<void()>> body(static_cast<std::function<void()>*>(argument));
  const SignalStack room;
  (*body)();
  return nullptr;
}

int start_detached(std::size_t stack_bytes, std::function<void()> body) {
  pthread_attr_t attributes;
  if (const int error = pthread_attr_init(&attributes); error != 0) return error;
  pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
  int error = pthread_attr_setstacksize(&attributes, stack_bytes);
  auto argument = std::make_unique<std::function<void()>>(std::move(body));
  pthread_t thread{};
  if (error == 0) error = pthread_create(&thread, &attributes, &start, argument.get());
  if (error == 0) static_cast<void>(argument.release());  // the thread's from here on
  pthread_attr_destroy(&attributes);
  return error;
}

}  // namespace

Workers::Workers(std::size_t most, std::size_t stack_kib, std::chrono::milliseconds idle, int nice)
    : state_(std::make_shared<State>()) {
  state_->longest_idle = idle;
  state_->nice = nice;
  state_->most = std::max<std::size_t>(most, 1);
  state_->stack_bytes = std::max<std::size_t>(stack_kib, 64) * 1024;
}

Workers::~Workers() {
  std::unique_lock lock(state_->mutex);
  state_->ending = true;
  state_->work.notify_all();
  // Free threads are gone in a moment; stuck ones are not waited for.
  state_->settled.wait(lock, [this] { return state_->idle == 0; });
}

Result<void> Workers::run(std::function<void()> task) {
  const std::lock_guard lock(state_->mutex);
  state_->tasks.push_back(std::move(task));
  if (state_->idle < state_->tasks.size() && state_->threads < state_->most) {
    const int error = start_detached(state_->stack_bytes, [state = state_] { state->loop(); });
    if (error == 0) {
      ++state_->threads;
      ++state_->idle;
    } else if (state_->threads == 0) {
      state_->tasks.pop_back();
      return fail(ErrorCode::io, ErrorClass::transient, std::string("no thread can be made: ") + std::strerror(error));
    }
  }
  state_->work.notify_one();
  return {};
}

std::size_t Workers::threads() const {
  const std::lock_guard lock(state_->mutex);
  return state_->threads;
}

bool Workers::wait_idle(std::chrono::steady_clock::time_point until) {
  std::unique_lock lock(state_->mutex);
  return state_->settled.wait_until(lock, until,
                                    [this] { return state_->idle == state_->threads && state_->tasks.empty(); });
}

}  // namespace tento::host
