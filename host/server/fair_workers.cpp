// SPDX-License-Identifier: Apache-2.0
// A line for each caller.
#include "host/server/fair_workers.hpp"

#include <utility>

namespace tento::host::server {

FairWorkers::Taken FairWorkers::run(const std::string& caller, std::function<void()> task) {
  {
    const std::scoped_lock hold(mutex_);
    if (all_ >= bounds_.workers + bounds_.in_line) return Taken::full;
    auto& turns = turns_[caller];
    if (!caller.empty() && turns.running >= bounds_.workers_of_a_caller()) {
      if (turns.line.size() >= bounds_.in_line_of_a_caller()) return Taken::full;
      turns.line.push_back(std::move(task));
      ++all_;
      return Taken::yes;
    }
    ++turns.running;
    ++all_;
  }
  if (start(caller, std::move(task))) return Taken::yes;
  ended(caller);
  return Taken::no_thread;
}

Result<void> FairWorkers::start(const std::string& caller, std::function<void()> task) {
  return workers_.run([this, caller, task = std::move(task)]() mutable {
    std::exchange(task, nullptr)();
    ended(caller);
  });
}

// The turn goes to the next of the same caller, who stands behind those of others now.
void FairWorkers::ended(const std::string& caller) {
  for (;;) {
    std::function<void()> next;
    {
      const std::scoped_lock hold(mutex_);
      --all_;
      const auto at = turns_.find(caller);
      if (at->second.line.empty()) {
        if (--at->second.running == 0) turns_.erase(at);
        return;
      }
      next = std::move(at->second.line.front());
      at->second.line.pop_front();
    }
    if (start(caller, std::move(next))) return;
    // No thread can be had, and none is there: it ends unanswered, which its connection tells.
  }
}

}  // namespace tento::host::server
