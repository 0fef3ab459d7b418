// SPDX-License-Identifier: Apache-2.0
// Runs connections, and looks after their deadlines a few times a second: a timer for each would cost more than it
// saves.
#include "host/server/io_thread.hpp"

#include <fcntl.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <ctime>
#include <future>
#include <utility>
#include <vector>

namespace tento::host::server {

namespace {
constexpr std::chrono::milliseconds sweep_every{250};
constexpr int tasks_in_a_turn = 16;
}  // namespace

void Shared::say_failed(const char* what, const char* why) const noexcept {
  try {
    say(LogLevel::error, std::string(what) + " ended early: " + why);
  } catch (...) {  // NOLINT(bugprone-empty-catch): nothing can be said
  }
}

void IoThread::start() {
  // What one connection throws costs that connection: it is closed where nothing else holds it.
  thread_ = std::thread([this] {
    while (!shared_.guarded("a connection", [this] { context_.run(); })) {
    }
  });
}

void IoThread::sweep_later() {
  sweeper_.expires_after(sweep_every);
  sweeper_.async_wait([this](const boost::system::error_code& error) {
    if (error) return;
    const auto now = shared_.now();
    const std::vector<Tracked*> all(connections_.begin(), connections_.end());
    auto oldest = Moment::max();
    for (Tracked* each : all) {
      if (!connections_.contains(each)) continue;
      each->sweep(now);
      if (connections_.contains(each)) oldest = std::min(oldest, each->idle_since().value_or(Moment::max()));
    }
    oldest_idle_ = oldest.time_since_epoch().count();
    sweeping_ = !connections_.empty();
    if (sweeping_) sweep_later();
  });
}

void IoThread::soon(std::function<void()> what) {
  {
    const std::scoped_lock hold(soon_lock_);
    soon_.push_back(std::move(what));
    if (soon_.size() > 1) return;
  }
  boost::asio::post(context_, [this] { run_some(); });
}

std::function<void()> IoThread::waker(std::function<void()> what, bool soon) {
  return [this, soon, what = std::move(what), woken = std::make_shared<std::atomic<bool>>(false)] {
    if (woken->exchange(true)) return;
    auto once = [what, woken] {
      *woken = false;
      what();
    };
    if (soon) return this->soon(std::move(once));
    boost::asio::post(context_, std::move(once));
  };
}

void IoThread::run_some() {
  // Also where one of them throws the rest is run.
  struct Rest {
    IoThread& thread;
    ~Rest() {
      thread.shared_.guarded("what a connection is told", [&t = thread] {
        const std::scoped_lock hold(t.soon_lock_);
        if (!t.soon_.empty()) boost::asio::post(t.context_, [&t] { t.run_some(); });
      });
    }
  } const rest{*this};
  for (int i = 0; i < tasks_in_a_turn; ++i) {
    std::function<void()> what;
    {
      const std::scoped_lock hold(soon_lock_);
      if (soon_.empty()) return;
      what = std::move(soon_.front());
      soon_.pop_front();
    }
    what();
  }
}

void IoThread::drain() {
  boost::asio::post(context_, [this] {
    const std::vector<Tracked*> all(connections_.begin(), connections_.end());
    for (Tracked* each : all)
      if (connections_.contains(each)) each->drain();
  });
}

void IoThread::cut_all() {
  const std::vector<Tracked*> all(connections_.begin(), connections_.end());
  for (Tracked* each : all)
    if (connections_.contains(each)) each->cut();
}

void IoThread::cut() {
  std::promise<void> done;
  auto when_done = done.get_future();
  boost::asio::post(context_, [this, &done] {
    cut_all();
    done.set_value();
  });
  when_done.wait();
}

void IoThread::end() {
  boost::asio::post(context_, [this] {
    ended_ = true;
    sweeper_.cancel();
    cut_all();
    guard_.reset();
  });
}

void IoThread::join() {
  if (thread_.joinable()) thread_.join();
}

bool IoThread::make_room() {
  const std::size_t most = shared_.limits.connections;
  if (shared_.connections < most) {
    if (shared_.connections < most / 2) shared_.said_full = false;
    return true;
  }
  if (!shared_.said_full.exchange(true))
    shared_.say(LogLevel::warn, "there are " + std::to_string(most) +
                                    " connections, which is as many as may be: the oldest idle ones are closed");
  Tracked* oldest = nullptr;
  for (Tracked* each : connections_)
    if (each->idle_since() && (oldest == nullptr || *each->idle_since() < *oldest->idle_since())) oldest = each;
  if (oldest == nullptr) return false;
  oldest->cut();
  return true;
}

// The reactor keeps a small record of each descriptor for ever. Where they are made one by one, beside what belongs to
// a connection, each holds a page of memory when the connections have gone; so they are made in rows.
void IoThread::make_records() {
  // So many descriptors are held meanwhile, of those that the limit of connections leaves to others.
  const std::size_t row = std::clamp<std::size_t>(shared_.limits.connections / 16, 1, 256);
  std::vector<boost::asio::posix::stream_descriptor> some;
  some.reserve(row);
  const int any = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  for (std::size_t i = 0; i < row; ++i) {
    const int copy = ::fcntl(any, F_DUPFD_CLOEXEC, 0);
    if (copy < 0) break;  // then there will not be that many connections either
    some.emplace_back(context_, copy);
  }
  if (any >= 0) ::close(any);
  records_ += row;
}

void IoThread::add(Tracked* connection) {
  connections_.insert(connection);
  if (connections_.size() > records_) make_records();
  shared_.connection_began();
  // A server that nobody is connected to does not wake up.
  if (!std::exchange(sweeping_, true) && !ended_) sweep_later();
}

void IoThread::remove(Tracked* connection) {
  if (connections_.erase(connection) > 0) shared_.connection_ended();
}

const std::string& IoThread::date() {
  const std::time_t now = std::time(nullptr);
  if (now != date_at_) {
    date_at_ = now;
    std::tm parts{};
    gmtime_r(&now, &parts);
    char text[40];
    date_.assign(text, std::strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S GMT", &parts));
  }
  return date_;
}

}  // namespace tento::host::server
