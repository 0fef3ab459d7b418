// SPDX-License-Identifier: Apache-2.0
// Signal handlers and exit handlers. In the former nothing but what POSIX calls async-signal-safe: texts are put
// together in an array and written at once.
#include "host/cli/last_words.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <csignal>
#include <cstddef>
#include <cstdlib>
#include <cstring>

#include "host/cli/exit.hpp"
#include "host/loader/at_work.hpp"
#include "host/loader/crash_record.hpp"

namespace tento::cli {
namespace {

struct Known {
  int number;
  const char* name;
};
constexpr std::array<Known, 6> crashes{{{SIGSEGV, "SIGSEGV"},
                                        {SIGBUS, "SIGBUS"},
                                        {SIGFPE, "SIGFPE"},
                                        {SIGILL, "SIGILL"},
                                        {SIGABRT, "SIGABRT"},
                                        {SIGSYS, "SIGSYS"}}};

std::atomic<bool> on_purpose{false};

// A text of a bounded length, cut where it is full.
class Words {
 public:
  Words& operator<<(const char* text) noexcept {
    const std::size_t size = std::min(std::strlen(text), sizeof bytes_ - size_);
    std::memcpy(bytes_ + size_, text, size);
    size_ += size;
    return *this;
  }
  void say() const noexcept {
    for (std::size_t done = 0; done < size_;) {
      const auto n = ::write(STDERR_FILENO, bytes_ + done, size_ - done);
      if (n <= 0) return;
      done += static_cast<std::size_t>(n);
    }
  }

 private:
  char bytes_[4096];
  std::size_t size_ = 0;
};

// For the next start.
void note(const char* how) noexcept {
  const auto* at = host::AtWork::here();
  if (at != nullptr && at->crash_record() != nullptr) host::note_crash(at->crash_record(), how, at->what());
}

void crashed(int number) {
  const char* name = "a signal";
  for (const Known& known : crashes)
    if (known.number == number) name = known.name;
  Words words;
  if (const auto* at = host::AtWork::here()) {
    words << "\ntento: the provider " << at->who() << " crashed (" << name << ") in " << at->what()
          << ", and the process with it; what was committed is kept\n  remedy: take its file out of the plugin folder, "
             "or put another build of it there, and tell its author\n";
  } else {
    words << "\ntento: crashed (" << name
          << ") outside of any call of a provider; what was committed is kept\n  remedy: start it again; if it stays, "
             "report it, and try without providers that start threads\n";
  }
  words.say();
  note(name);
  // The handler was for once: the signal does now what it would have done.
  ::raise(number);
}

void exited() {
  if (on_purpose.load()) return;
  Words words;
  if (const auto* at = host::AtWork::here()) {
    words << "\ntento: the provider " << at->who() << " called exit() in " << at->what()
          << ", which ends the whole process; what was committed is kept\n  remedy: take its file out of the plugin "
             "folder, or put another build of it there, and tell its author\n";
  } else {
    words << "\ntento: something in this process called exit() outside of any call of a provider; what was committed "
             "is kept\n  remedy: start it again; if it stays, look for a provider that starts threads\n";
  }
  words.say();
  note("exit()");
  ::_exit(exit_failed);
}

}  // namespace

void prepare_last_words() noexcept {
  std::atexit(&exited);
  std::at_quick_exit(&exited);
  for (const Known& known : crashes) {
    struct sigaction before {};
    // A sanitizer, or whoever watches this process, has its own way to say it.
    if (::sigaction(known.number, nullptr, &before) != 0 || before.sa_handler != SIG_DFL) continue;
    struct sigaction action {};
    action.sa_handler = &crashed;
    action.sa_flags = SA_ONSTACK | SA_NODEFER | static_cast<int>(SA_RESETHAND);
    sigemptyset(&action.sa_mask);
    ::sigaction(known.number, &action, nullptr);
  }
}

void leaving_on_purpose() noexcept {
  on_purpose = true;
}

}  // namespace tento::cli
