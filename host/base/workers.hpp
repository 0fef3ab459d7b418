// SPDX-License-Identifier: Apache-2.0
// Threads for work that may wait: made when they are needed, one task from start to end on each, gone when they have
// had none for a while.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>

#include <tento/sdk/result.hpp>

namespace tento::host {

class Workers {
 public:
  // `idle`: how long a thread without work stays. `nice`: by how much the scheduler of the system prefers the threads
  // of others; 0 to 19.
  Workers(std::size_t most, std::size_t stack_kib, std::chrono::milliseconds idle = std::chrono::seconds(10),
          int nice = 0);
  // Threads without work end; one that is stuck in a provider keeps what it needs and is left behind.
  ~Workers();
  Workers(const Workers&) = delete;
  Workers& operator=(const Workers&) = delete;

  // Runs the task on a thread that is free, a new one, or, when there are as many as there may be, the next to be free.
  // The task throws nothing. An error when no thread can be made and none exists.
  Result<void> run(std::function<void()> task);
  // How many threads there are, busy and free.
  [[nodiscard]] std::size_t threads() const;
  // Waits until every thread is free; false at the deadline.
  bool wait_idle(std::chrono::steady_clock::time_point until);

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace tento::host
