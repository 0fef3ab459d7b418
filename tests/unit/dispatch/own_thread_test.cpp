// SPDX-License-Identifier: Apache-2.0
// Calls on their caller's own thread: one thread for each, and somebody else goes on when the provider keeps it.
#include <doctest/doctest.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>

#include "host/base/workers.hpp"
#include "host/dispatch/timers.hpp"
#include "tests/unit/support/scripted.hpp"

using namespace tento;
using namespace tento::host;
using namespace tento::host::testing;

namespace {

// What another thread is told, waited for.
template <class T>
class Told {
 public:
  void tell(T value) {
    const std::lock_guard lock(mutex_);
    value_ = std::move(value);
    thread_ = std::this_thread::get_id();
    ++times_;
    changed_.notify_all();
  }
  std::optional<T> wait() {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, std::chrono::minutes(2), [this] { return value_.has_value(); });
    return value_;
  }
  std::thread::id thread() {
    const std::lock_guard lock(mutex_);
    return thread_;
  }
  int times() {
    const std::lock_guard lock(mutex_);
    return times_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::optional<T> value_;
  std::thread::id thread_;
  int times_ = 0;
};

CallOptions on_own_thread(std::int64_t deadline_ms, const std::shared_ptr<Told<Error>>& told) {
  CallOptions options;
  options.deadline_ms = deadline_ms;
  options.on_given_up = [told](const Error& error) { told->tell(error); };
  return options;
}

constexpr std::int64_t long_ms = 120'000;

}  // namespace

TEST_CASE("a call that may be given up runs on its caller's own thread, and its answer is the caller's") {
  HostOfOne host;
  const Target target = host.target();
  const auto told = std::make_shared<Told<Error>>();
  std::thread::id in_slot;
  host.slots.sync = [&](tento_client*, const tento_sync_ctx*, tento_sync_result* result, tento_error*) {
    in_slot = std::this_thread::get_id();
    result->seen = 3;
    return slot_ok;
  };
  CHECK(host.dispatcher->sync(target, "viewport", {}, on_own_thread(long_ms, told))->seen == 3);
  CHECK(in_slot == std::this_thread::get_id());
  host.slots.stage_range = [&](const tento_row_ctx*, tento_str, const tento_semantic_time*, tento_span*, tento_error*) {
    in_slot = {};
    in_slot = std::this_thread::get_id();
    return slot_ok;
  };
  in_slot = {};
  using namespace std::chrono;
  const Date today = 2026y / April / 29d;
  CHECK(host.dispatcher->stage_range(target, "viewport", today, {}, on_own_thread(long_ms, told)));
  CHECK(in_slot == std::this_thread::get_id());
  host.slots.sync = [](auto...) -> tento_status { throw std::runtime_error("out of sync"); };
  CHECK(host.dispatcher->sync(target, "viewport", {}, on_own_thread(long_ms, told)).error().code ==
        ErrorCode::exception);
  CHECK(told->times() == 0);
}

TEST_CASE("past its deadline somebody else goes on with it, and the thread that comes back has nothing more to do") {
  HostOfOne host;
  const Target target = host.target();
  const auto told = std::make_shared<Told<Error>>();
  std::atomic<bool> go{false};
  std::atomic<tento_status> late_write{slot_ok};
  host.slots.sync = [&](tento_client*, const tento_sync_ctx* ctx, tento_sync_result*, tento_error* err) {
    while (!go) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    const auto store = backend(ctx->at->call);
    const std::vector<tento_cell> cells = {cell("late", day(3))};
    const auto batch = batch_of(cells);
    late_write = store->persist_cells(store.self, ctx->at->call, ctx->at->row_id, &batch, err);
    return slot_ok;
  };
  SyncOutcome landed;
  landed.seen = 7;
  std::optional<Result<SyncOutcome>> came_back;
  std::thread caller([&] {
    auto options = on_own_thread(60, told);
    options.landed = &landed;
    came_back = host.dispatcher->sync(target, "viewport", {}, options);
  });
  const auto error = told->wait();
  REQUIRE(error);
  CHECK(error->tag == "deadline_exceeded");
  CHECK(landed.seen == 0);  // filled before it was told
  CHECK(told->thread() != caller.get_id());
  go = true;
  caller.join();
  REQUIRE(came_back);
  REQUIRE_FALSE(*came_back);
  CHECK(came_back->error().tag == given_up_tag);
  CHECK(late_write == TENTO_STOPPED);
  CHECK(host.ids(target).empty());
  CHECK(host.logged("came back after its caller had gone"));
  CHECK(told->times() == 1);
  CHECK(host.dispatcher->shutdown(5000));
}

TEST_CASE("a cancel, or the end of the host, gives up a call whose provider does not look") {
  HostOfOne host;
  const Target target = host.target();
  std::atomic<bool> go{false}, inside{false};
  host.slots.sync = [&](auto...) {
    inside = true;
    while (!go) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    return slot_ok;
  };
  for (const bool by_cancel : {true, false}) {
    CAPTURE(by_cancel);
    const auto told = std::make_shared<Told<Error>>();
    inside = go = false;
    auto options = on_own_thread(long_ms, told);
    options.control = std::make_shared<CallControl>();
    std::thread caller([&] { CHECK_FALSE(host.dispatcher->sync(target, "viewport", {}, options)); });
    REQUIRE(eventually([&] { return inside.load(); }));
    if (by_cancel) {
      options.control->cancel();
    } else {
      CHECK_FALSE(host.dispatcher->shutdown(1));
    }
    const auto error = told->wait();
    REQUIRE(error);
    CHECK(error->stopped);
    go = true;
    caller.join();
  }
  CHECK(host.dispatcher->shutdown(5000));
}

TEST_CASE("threads are made when there is work, and go when there is none for a while") {
  Workers workers(4, 256, std::chrono::milliseconds(1));
  CHECK(workers.threads() == 0);
  std::atomic<int> done{0};
  std::atomic<bool> go{false};
  for (int i = 0; i < 3; ++i) {
    REQUIRE(workers.run([&] {
      while (!go) std::this_thread::sleep_for(std::chrono::milliseconds(1));
      ++done;
    }));
  }
  CHECK(workers.threads() == 3);
  go = true;
  CHECK(eventually([&] { return workers.threads() == 0; }));
  CHECK(done == 3);
  REQUIRE(workers.run([&] { ++done; }));
  CHECK(eventually([&] { return done == 4; }));
}

TEST_CASE("timers call in the order of their moments, earlier when hastened, and never what was cancelled") {
  std::mutex mutex;
  std::vector<int> called;
  Told<int> last;
  Timers timers;
  const auto call = [&](int what) {
    return [&, what] {
      const std::lock_guard lock(mutex);
      called.push_back(what);
    };
  };
  const auto now = Timers::Clock::now();
  using std::chrono::hours, std::chrono::milliseconds;
  const auto never = timers.at(now + milliseconds(1), call(1));
  timers.cancel(never);
  const auto hastened = timers.at(Timers::Clock::time_point::max(), call(2));
  timers.at(now + milliseconds(3), call(3));
  timers.at(now + hours(1), call(4));
  timers.hasten(hastened, now + milliseconds(2));
  timers.hasten(hastened, now + hours(2));
  timers.at(now + milliseconds(5), [&] { last.tell(5); });
  CHECK(last.wait() == 5);
  const std::lock_guard lock(mutex);
  // What was due at once may have gone before it was cancelled; nothing else may differ.
  std::erase(called, 1);
  CHECK(called == std::vector<int>{2, 3});
}
