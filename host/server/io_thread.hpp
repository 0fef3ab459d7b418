// SPDX-License-Identifier: Apache-2.0
// A thread of the server with the connections that live on it, and what they share.
#pragma once

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <exception>
#include <functional>
#include <mutex>
#include <new>
#include <optional>
#include <string>
#include <thread>
#include <unordered_set>

#include "host/base/log.hpp"
#include "host/server/byte_budget.hpp"
#include "host/server/fair_workers.hpp"
#include "host/server/server.hpp"

namespace tento::host::server {

// What the thread does with a connection; all on that thread.
class Tracked {
 public:
  virtual ~Tracked() = default;
  // Closes it if its deadline has passed; gives memory back if it has been idle.
  virtual void sweep(Moment now) = 0;
  // Closes it if it is idle; else its present answer is its last.
  virtual void drain() = 0;
  virtual void cut() = 0;
  // Since when it waits for a request; absent while it has one.
  [[nodiscard]] virtual std::optional<Moment> idle_since() const = 0;
};

// What operations are written for: as much as a thread has where nobody says anything.
inline constexpr std::size_t worker_stack_kib = 8192;

// Common to all threads of a server.
struct Shared {
  Limits limits;
  Handler& handler;
  std::function<Moment()> now;
  Log log;
  FairWorkers workers;
  std::atomic<std::size_t> connections{0};
  std::atomic<bool> draining{false};
  std::atomic<bool> said_full{false};  // that connections are closed for want of room; not for each of them
  ByteBudget bodies{limits.bodies};
  ByteBudget answers{ByteBudget::answers};  // whose clients have not taken them yet

  Shared(const ServerOptions& options, Handler& h)
      : limits(options.limits),
        handler(h),
        now(options.now),
        log(options.log),
        workers({options.limits.workers, options.limits.waiting}, worker_stack_kib) {}

  void say(LogLevel level, const std::string& text) const {
    if (log) log(level, text);
  }
  // Runs something of one request: what it throws is said, and goes no further. Whether it threw nothing.
  template <class Work>
  bool guarded(const char* what, Work&& work) const {
    try {
      work();
      return true;
    } catch (const std::bad_alloc&) {
      say_failed(what, "there was no memory for it");
    } catch (const std::exception& e) {
      say_failed(what, e.what());
    }
    return false;
  }

  void connection_began() { ++connections; }
  void connection_ended() {
    if (--connections > 0) return;
    const std::scoped_lock hold(lock_);
    all_ended_.notify_all();
  }
  // False: there still are some at `until`.
  bool wait_until_all_ended(Moment until) {
    std::unique_lock hold(lock_);
    return all_ended_.wait_until(hold, until, [this] { return connections == 0; });
  }

 private:
  // Where there is no memory for saying it, it is not said.
  void say_failed(const char* what, const char* why) const noexcept;

  std::mutex lock_;
  std::condition_variable all_ended_;
};

class IoThread {
 public:
  explicit IoThread(Shared& shared)
      : shared_(shared), context_(1), sweeper_(context_), guard_(context_.get_executor()) {}
  [[nodiscard]] boost::asio::io_context& context() { return context_; }
  [[nodiscard]] Shared& shared() { return shared_; }
  void start();
  // Of any thread.
  // Since when the connection of this thread that has been idle for longest is, as far as the last look at all of them
  // told; the end of all times where none is.
  [[nodiscard]] Moment oldest_idle() const { return Moment(Moment::duration(oldest_idle_)); }
  void drain();
  void cut();  // returns once that was done
  void end();  // what is still there is cut, and run out
  void join();

  // On this thread.
  // Whether there is room for one more connection: where there is none, the one that is idle for longest is closed.
  bool make_room();
  void add(Tracked* connection);
  void remove(Tracked* connection);
  // Of any thread: runs something on this one soon. Of what comes for thousands of connections at once a few go in a
  // turn, and others are served in between.
  void soon(std::function<void()> what);
  // A function that has this thread do that, called from any thread; of calls before it has done so, one counts.
  // `soon`: it is one of thousands, and has time.
  std::function<void()> waker(std::function<void()> what, bool soon);
  // The value of a Date field (RFC 9110, 6.6.1), made once a second.
  const std::string& date();

 private:
  void sweep_later();
  void make_records();
  void run_some();
  void cut_all();

  Shared& shared_;
  // Outlives the context, whose last handlers may hold connections.
  std::unordered_set<Tracked*> connections_;
  boost::asio::io_context context_;
  boost::asio::steady_timer sweeper_;
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> guard_;
  std::atomic<Moment::rep> oldest_idle_{Moment::max().time_since_epoch().count()};
  std::size_t records_ = 0;  // of descriptors that were made in rows
  std::string date_;
  std::time_t date_at_ = 0;
  bool sweeping_ = false, ended_ = false;
  std::mutex soon_lock_;
  std::deque<std::function<void()>> soon_;  // while it is not empty, a turn of it is on its way
  std::thread thread_;
};

}  // namespace tento::host::server
