// SPDX-License-Identifier: Apache-2.0
// Serves until a signal ends it; a hangup makes it read its configuration again.
#include "host/cli/serve.hpp"

#include <condition_variable>
#include <memory>

#include "host/app/serving.hpp"
#include "host/base/mutex.hpp"

namespace tento::cli {
namespace {

constexpr std::chrono::seconds drain_time{30};

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
  TENTO_TRY_ASSIGN(const auto serving, host::Serving::start(app));
  const auto requests = std::make_shared<Requests>();
  signals.on_interrupt([requests] { requests->make(Requests::Kind::end); });
  signals.on_hangup([requests] { requests->make(Requests::Kind::reload); });
  // Whoever reads this may end it at once.
  out.write("listening on " + serving->public_url() + "\n");
  out.flush();
  while (requests->wait() == Requests::Kind::reload) serving->reload(load());
  serving->end(drain_time);
  return {};
}

}  // namespace tento::cli
