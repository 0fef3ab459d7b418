// SPDX-License-Identifier: Apache-2.0
// Workers for requests: whoever asks for much at once waits for itself, and keeps nobody else waiting.
#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "host/base/workers.hpp"

namespace tento::host::server {

// Thread-safe.
class FairWorkers {
 public:
  struct Bounds {
    std::size_t workers;  // at work at once
    std::size_t in_line;  // and that many more wait for one
    // Of one caller three quarters of either: the rest is for the others.
    [[nodiscard]] std::size_t workers_of_a_caller() const { return workers - workers / 4; }
    [[nodiscard]] std::size_t in_line_of_a_caller() const { return in_line - in_line / 4; }
  };
  FairWorkers(const Bounds& bounds, std::size_t stack_kib) : bounds_(bounds), workers_(bounds.workers, stack_kib) {}

  enum class Taken { yes, full, no_thread };
  // Runs a task of that caller; an empty one is bounded with all others alone. `full`: there are too many.
  Taken run(const std::string& caller, std::function<void()> task);
  // Goes on with something that was taken before.
  Result<void> go_on(std::function<void()> task) { return workers_.run(std::move(task)); }
  bool wait_idle(std::chrono::steady_clock::time_point until) { return workers_.wait_idle(until); }

 private:
  struct Turns {
    std::size_t running = 0;
    std::deque<std::function<void()>> line;
  };
  Result<void> start(const std::string& caller, std::function<void()> task);
  void ended(const std::string& caller);

  const Bounds bounds_;
  Workers workers_;
  std::mutex mutex_;  // guards what follows
  std::size_t all_ = 0;
  std::map<std::string, Turns> turns_;
};

}  // namespace tento::host::server
