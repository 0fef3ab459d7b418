// SPDX-License-Identifier: Apache-2.0
// Waits for interrupts on a thread of its own.
#include "host/cli/signals.hpp"

#include <unistd.h>

#include <csignal>
#include <mutex>
#include <thread>

#include "host/cli/exit.hpp"

namespace tento::cli {

struct Signals::State {
  std::mutex lock;
  std::function<void()> what;
  std::function<void()> hangup;
};

Signals::Signals() : state_(std::make_shared<State>()) {
  ::signal(SIGPIPE, SIG_IGN);  // a closed reader shows as EPIPE
  sigset_t wanted;
  sigemptyset(&wanted);
  sigaddset(&wanted, SIGINT);
  sigaddset(&wanted, SIGTERM);
  sigaddset(&wanted, SIGHUP);
  pthread_sigmask(SIG_BLOCK, &wanted, nullptr);
  std::thread([state = state_, wanted] {
    int got = 0;
    bool again = false;
    while (sigwait(&wanted, &got) == 0) {
      std::function<void()> what;
      {
        const std::scoped_lock hold(state->lock);
        what = got == SIGHUP ? state->hangup : state->what;
      }
      if (got == SIGHUP && what) {
        what();
        continue;
      }
      if (again || !what) ::_exit(128 + got);
      again = true;
      what();
    }
  }).detach();
}

void Signals::on_hangup(std::function<void()> what) {
  const std::scoped_lock hold(state_->lock);
  state_->hangup = std::move(what);
}

void Signals::on_interrupt(std::function<void()> what) {
  const std::scoped_lock hold(state_->lock);
  state_->what = std::move(what);
}

}  // namespace tento::cli
