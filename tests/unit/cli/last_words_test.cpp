// SPDX-License-Identifier: Apache-2.0
// A provider that ends the process: which one, in what, and with which status. Each in a process of its own.
#include <sys/wait.h>
#include <unistd.h>

#include <climits>
#include <csignal>
#include <cstdlib>

#include "host/cli/exit.hpp"
#include "host/cli/last_words.hpp"
#include "tests/unit/support/scripted.hpp"

using namespace tento;
using namespace tento::host;
using namespace tento::host::testing;

namespace {

struct Ended {
  int status = 0;
  std::string said;
};

// Runs it in a child of this process, which has one thread so far, and reads what that writes to standard error.
Ended in_a_child(const std::function<void()>& doing) {
  int pipe[2];
  REQUIRE(::pipe(pipe) == 0);
  const auto child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    ::dup2(pipe[1], STDERR_FILENO);
    ::close(pipe[0]);
    ::close(pipe[1]);
    for (const int number : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGSYS}) ::signal(number, SIG_DFL);
    cli::prepare_last_words();
    doing();
    ::_exit(99);
  }
  ::close(pipe[1]);
  Ended ended;
  char buffer[512];
  for (ssize_t n = 0; (n = ::read(pipe[0], buffer, sizeof buffer)) > 0;)
    ended.said.append(buffer, static_cast<std::size_t>(n));
  ::close(pipe[0]);
  REQUIRE(::waitpid(child, &ended.status, 0) == child);
  return ended;
}

Ended in_a_sync(const std::function<void()>& doing) {
  return in_a_child([&doing] {
    HostOfOne host;
    host.slots.sync = [&doing](auto...) {
      doing();
      return slot_ok;
    };
    static_cast<void>(host.dispatcher->sync(host.target(), "viewport", {}, {}));
    ::_exit(98);
  });
}

constexpr const char* sync_place = "in sync of `:~demo:me:items`, stage `viewport`";

// Deeper than any stack; the address it hands on keeps the compiler from making a loop of it.
[[maybe_unused]] int dig(volatile char* above, int depth) {
  volatile char here[4096];
  here[0] = *above;
  return depth == 0 ? here[0] : dig(here, depth - 1) + here[0];
}

}  // namespace

TEST_CASE("a provider that calls exit(0) does not make a success of the command") {
  for (void (*leave)(int) : {&std::exit, &std::quick_exit}) {
    const auto ended = in_a_sync([leave] { leave(0); });
    REQUIRE(WIFEXITED(ended.status));
    CHECK(WEXITSTATUS(ended.status) == cli::exit_failed);
    CHECK(ended.said.find(std::string("tento: the provider demo called exit() ") + sync_place) != std::string::npos);
    CHECK(ended.said.find("remedy: ") != std::string::npos);
  }
  const auto elsewhere = in_a_child([] { std::exit(0); });
  CHECK(WEXITSTATUS(elsewhere.status) == cli::exit_failed);
  CHECK(elsewhere.said.find("outside of any call of a provider") != std::string::npos);
  const auto on_purpose = in_a_child([] {
    cli::leaving_on_purpose();
    std::exit(7);
  });
  CHECK(WEXITSTATUS(on_purpose.status) == 7);
  CHECK(on_purpose.said.empty());
}

// Sanitizers say of crashes what they say, and their frames are too large for this.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define WITH_A_SANITIZER
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define WITH_A_SANITIZER
#endif
#endif
#ifndef WITH_A_SANITIZER
TEST_CASE("a provider that crashes is named before the process dies of it") {
  for (const int number : {SIGSEGV, SIGABRT, SIGFPE}) {
    CAPTURE(number);
    const auto ended = in_a_sync([number] { ::raise(number); });
    REQUIRE(WIFSIGNALED(ended.status));
    CHECK(WTERMSIG(ended.status) == number);
    CHECK(ended.said.find("tento: the provider demo crashed (SIG") != std::string::npos);
    CHECK(ended.said.find(sync_place) != std::string::npos);
  }
  // Its stack is used up: there is another to say it on.
  const auto deep = in_a_sync([] {
    volatile char top = 1;
    static_cast<void>(dig(&top, INT_MAX));
  });
  REQUIRE(WIFSIGNALED(deep.status));
  CHECK(deep.said.find(std::string("tento: the provider demo crashed (SIGSEGV) ") + sync_place) != std::string::npos);
  const auto own = in_a_child([] { ::raise(SIGSEGV); });
  CHECK(WTERMSIG(own.status) == SIGSEGV);
  CHECK(own.said.find("outside of any call of a provider") != std::string::npos);
}
#endif
