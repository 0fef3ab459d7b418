// SPDX-License-Identifier: Apache-2.0
// Serves until a signal ends it; a hangup makes it read its configuration again.
#include "host/cli/serve.hpp"

#include <malloc.h>
#include <unistd.h>

#include <chrono>
#include <condition_variable>
#include <memory>
#include <string_view>
#include <thread>

#include "host/app/serving.hpp"
#include "host/base/mutex.hpp"
#include "host/cli/exit.hpp"

namespace tento::cli {
namespace {

// From the signal to the end of the process, and what of that answers under way may take.
constexpr std::chrono::seconds longest_end{28};
constexpr std::chrono::seconds drain_time{15};

// Ends the process when its orderly end takes too long, whatever holds it: the store is safe at any moment.
void end_at_last() {
  std::thread([] {
    std::this_thread::sleep_for(longest_end);
    static constexpr std::string_view text = "tento: something did not end in time, and is cut\n";
    static_cast<void>(::write(STDERR_FILENO, text.data(), text.size()) < 0);
    ::_exit(exit_ok);
  }).detach();
}

// Every thread would have an arena of its own otherwise, and none gives back what another needs; and where the C
// library has seen large buffers it takes the next ones from an arena, too, which then has holes.
void take_memory_from_few_places() {
  constexpr int arenas = 2, large_bytes = 256 * 1024, kept_bytes = 1024 * 1024;
  ::mallopt(M_ARENA_MAX, arenas);
  ::mallopt(M_MMAP_THRESHOLD, large_bytes);
  ::mallopt(M_TRIM_THRESHOLD, kept_bytes);
}

// What the signals' thread tells this one.
class Requests {
 public:
  enum class Kind { reload, end };

  void make(Kind kind) {
    const host::MutexLock lock(mutex_);
    (kind == Kind::end ? end_ : reload_) = true;
    made_.notify_all();
  }
  // The end comes before everything else.
  Kind wait() {
    host::MutexLock lock(mutex_);
    while (!end_ && !reload_) lock.wait(made_);
    if (end_) return Kind::end;
    reload_ = false;
    return Kind::reload;
  }

 private:
  host::Mutex mutex_;
  std::condition_variable made_;
  bool end_ GUARDED_BY(mutex_) = false;
  bool reload_ GUARDED_BY(mutex_) = false;
};

}  // namespace

Result<void> serve(host::App& app, Signals& signals, TextOut& out, const std::function<Result<host::Config>()>& load) {
  take_memory_from_few_places();
  TENTO_TRY_ASSIGN(const auto serving, host::Serving::start(app));
  const auto requests = std::make_shared<Requests>();
  signals.on_interrupt([requests] { requests->make(Requests::Kind::end); });
  signals.on_hangup([requests] { requests->make(Requests::Kind::reload); });
  // Whoever reads this may end it at once.
  out.write("listening on " + serving->public_url() + "\n");
  out.flush();
  while (requests->wait() == Requests::Kind::reload) serving->reload(load());
  end_at_last();
  serving->end(drain_time);
  return {};
}

}  // namespace tento::cli
