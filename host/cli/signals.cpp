// SPDX-License-Identifier: Apache-2.0
// Waits for interrupts on a thread of its own.
#include "host/cli/signals.hpp"

#include <unistd.h>

#include <csignal>
#include <mutex>
#include <string_view>
#include <thread>

#include "host/cli/exit.hpp"

namespace tento::cli {

namespace {

// By the plain call: whatever else writes may be what is stuck.
void say_ended_at_once() {
  static constexpr std::string_view text = "tento: a second signal: ended at once\n";
  static_cast<void>(::write(STDERR_FILENO, text.data(), text.size()) < 0);
}

}  // namespace

struct Signals::State {
  std::mutex lock;
  std::function<void()> what;
  std::function<void()> hangup;
};

Signals::Signals() : state_(std::make_shared<State>()) {
  ::signal(SIGPIPE, SIG_IGN);  // a closed reader shows as EPIPE
  ::signal(SIGXFSZ, SIG_IGN);  // a file that may not grow shows as EFBIG
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
      if (again || !what) {
        if (again) say_ended_at_once();
        ::_exit(128 + got);
      }
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
