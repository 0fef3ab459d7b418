// SPDX-License-Identifier: Apache-2.0
// Interrupts taken by a thread of their own, so that no handler runs inside other code.
#pragma once

#include <functional>
#include <memory>

namespace tento::cli {

// The first SIGINT or SIGTERM does what was set for it, else ends the process; the second always ends it. Make it
// before any other thread, so that they all inherit the blocked signals. Lives until the process ends.
class Signals {
 public:
  Signals();
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;
  void on_interrupt(std::function<void()> what);
  // SIGHUP; without anything set it ends the process, as it does by default.
  void on_hangup(std::function<void()> what);

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace tento::cli
