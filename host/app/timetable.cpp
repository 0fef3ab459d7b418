// SPDX-License-Identifier: Apache-2.0
// Tasks that set their timer again after each call.
#include "host/app/timetable.hpp"

#include <utility>

#include "host/base/mutex.hpp"

namespace tento::host {

struct Timetable::Task {
  std::chrono::milliseconds period{};
  Mutex mutex;
  std::function<void()> what GUARDED_BY(mutex);  // null: its entry was dropped

  bool call() {
    const MutexLock lock(mutex);
    if (what) what();
    return what != nullptr;
  }
  void end() {
    const MutexLock lock(mutex);
    what = nullptr;
  }
};

Timetable::Entry Timetable::every(std::chrono::milliseconds period, std::function<void()> what) {
  auto task = std::make_shared<Task>();
  task->period = period;
  {
    const MutexLock lock(task->mutex);
    task->what = std::move(what);
  }
  wait_for(task);
  return {nullptr, [task](void*) { task->end(); }};
}

void Timetable::wait_for(const std::shared_ptr<Task>& task) {
  timers_.at(Timers::Clock::now() + task->period, [this, task] {
    if (task->call()) wait_for(task);
  });
}

}  // namespace tento::host
