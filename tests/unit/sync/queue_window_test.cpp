// SPDX-License-Identifier: Apache-2.0
// The part of a long queue that is held in memory, and a worker whose job was given to another.
#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <mutex>
#include <string>

#include "host/store/outcome.hpp"
#include "host/store/store.hpp"
#include "host/sync/recorder.hpp"
#include "host/sync/rescuer.hpp"
#include "tests/unit/sync/fake_dispatcher.hpp"

using namespace tento;
using namespace tento::host;
using namespace tento::host::testing;

TEST_CASE("of a long queue in the store a window is held, and the rest follows as it drains") {
  SyncFixture f;
  constexpr int rows = 30;
  {
    const auto orchestrator = f.orchestrator();
    for (int i = 2; i < 2 + rows; ++i) {
      const auto key = ":~x:a:things" + std::to_string(i);
      must(orchestrator->enqueue(f.add_target(key, f.make_row(static_cast<std::uint8_t>(i), key)), ""));
    }
  }
  REQUIRE(f.jobs_left() == 3 * rows);
  f.queued_in_memory = 4;
  Latch begun, go;
  std::atomic<int> resolved_at_start{0};
  f.dispatcher.resolved = 0;
  f.dispatcher.on_sync = [&](auto&&...) {
    if (resolved_at_start == 0) resolved_at_start = f.dispatcher.resolved.load();
    begun.open();
    go.wait();
    return SyncOutcome{};
  };
  const auto orchestrator = f.orchestrator(1);
  must(orchestrator->start());
  REQUIRE(begun.wait());
  // A window of each class, and the viewport stages that the backfill of it waits for.
  CHECK(resolved_at_start <= 4 * 4);
  go.open();
  REQUIRE(eventually([&f] { return f.jobs_left() == 0; }));
  const std::lock_guard lock(f.dispatcher.mutex);
  auto order = f.dispatcher.order;
  CHECK(order.size() == 3 * rows);
  for (int i = 2; i < 2 + rows; ++i) {
    const auto at = [&](const std::string& stage) {
      const auto found = std::find(order.begin(), order.end(), ":~x:a:things" + std::to_string(i) + "/" + stage);
      REQUIRE(found != order.end());
      return found - order.begin();
    };
    CHECK(at("viewport") < at("backfill"));
  }
  std::sort(order.begin(), order.end());
  CHECK(std::adjacent_find(order.begin(), order.end()) == order.end());
}

namespace {

constexpr std::int64_t an_hour_us = std::int64_t{3600} * 1'000'000;

class AnHourLater final : public RetryPolicy {
 public:
  std::optional<std::int64_t> next_attempt_us(const RunRecord&, std::int32_t, std::int64_t now_us) const override {
    return now_us + an_hour_us;
  }
};

// Rows whose jobs are in the store before the host starts, and a service that is down for all of them but the last.
struct LongQueue : SyncFixture {
  static constexpr int rows = 7;
  std::atomic<bool> down{true};

  explicit LongQueue(const std::string& stage) {
    const auto before = orchestrator();
    for (int i = 2; i < 2 + rows; ++i) {
      const auto key = ":~x:a:things" + std::to_string(i);
      // Each of another account: one whose service is down is left alone as a whole.
      const auto id = make_row(static_cast<std::uint8_t>(i), key, "a" + std::to_string(i));
      must(before->enqueue(add_target(key, id), stage));
    }
    queued_in_memory = 2;
    retry = std::make_shared<AnHourLater>();
    dispatcher.on_sync = [this](const Target& t, const std::string&, const CallOptions&) -> Result<SyncOutcome> {
      if (!down || t.row.lookup_key == ":~x:a:things" + std::to_string(1 + rows)) return SyncOutcome{};
      return fail(upstream_error());
    };
  }
  bool comes_down_to(std::uint64_t jobs) {
    return eventually([this, jobs] { return jobs_left() == jobs; });
  }
};

}  // namespace

TEST_CASE("jobs that wait for a later time do not hold back those behind them, and run when it has come") {
  LongQueue f("live");
  const auto orchestrator = f.orchestrator(1);
  must(orchestrator->start());
  REQUIRE(f.comes_down_to(f.rows - 1));
  f.down = false;
  f.now += an_hour_us;
  // Whatever ends has the queue looked at.
  must(orchestrator->wait(must(orchestrator->enqueue(f.target(), "live")), longest_wait_ms, nullptr));
  CHECK(f.comes_down_to(0));
}

TEST_CASE("stages whose prerequisites wait for a later time do not hold back others either") {
  LongQueue f("backfill");
  const auto orchestrator = f.orchestrator(1);
  must(orchestrator->start());
  REQUIRE(f.comes_down_to(2 * (f.rows - 1)));
  f.down = false;
  f.now += an_hour_us;
  must(orchestrator->wait(must(orchestrator->enqueue(f.target(), "live")), longest_wait_ms, nullptr));
  REQUIRE(f.comes_down_to(0));
  for (int i = 2; i < 2 + f.rows; ++i) {
    const auto row = f.target(":~x:a:things" + std::to_string(i)).row.id;
    CHECK(must(f.store->runs().ended_well(row, "viewport")));
    CHECK(must(f.store->runs().ended_well(row, "backfill")));
  }
}

TEST_CASE("what was asked for has a bound of each user and of all; what is queued already is joined beyond it") {
  SyncFixture f;
  f.asked = {4, 6};
  Latch go;
  f.dispatcher.on_sync = [&](auto&&...) {
    go.wait();
    return SyncOutcome{};
  };
  const auto other_user = must(f.store->users().add("other", "UTC"));
  const auto add = [&f](std::uint8_t number, const UserRecord& owner) -> Target& {
    const auto key = ":~x:a:things" + std::to_string(number);
    auto& target = f.add_target(key, f.make_row(number, key));
    target.owner.id = owner.id;
    return target;
  };
  auto& second = add(2, f.owner);
  auto& others = add(3, other_user);
  const auto orchestrator = f.orchestrator(1);
  must(orchestrator->start());
  const auto jobs = must(orchestrator->enqueue(f.target(), ""));
  REQUIRE(jobs.size() == 3);
  const auto refused = orchestrator->enqueue(second, "");
  REQUIRE_FALSE(refused);
  CHECK(refused.error().tag == "too_many_jobs");
  CHECK(refused.error().error_class == ErrorClass::rate_limit);
  CHECK(f.jobs_left() == 3);
  const auto fourth = must(orchestrator->enqueue(second, "live"));
  CHECK(must(orchestrator->enqueue(f.target(), "")).size() == 3);
  CHECK_FALSE(orchestrator->enqueue(second, "viewport"));
  // Of another user there is room, until all have none.
  const auto of_others = must(orchestrator->enqueue(others, "backfill"));
  REQUIRE(of_others.size() == 2);
  CHECK(orchestrator->enqueue(others, "live").error().message.find("at most 6") != std::string::npos);
  go.open();
  must(orchestrator->wait(jobs, longest_wait_ms, nullptr));
  must(orchestrator->wait(fourth, longest_wait_ms, nullptr));
  CHECK(eventually([&] { return orchestrator->enqueue(second, "").has_value(); }));
}

TEST_CASE("a stage behind the window does not run when the one that it waits for failed before it was loaded") {
  SyncFixture f;
  constexpr int rows = 6;
  {
    const auto orchestrator = f.orchestrator();
    for (int i = 2; i < 2 + rows; ++i) {
      const auto key = ":~x:a:things" + std::to_string(i);
      must(orchestrator->enqueue(f.add_target(key, f.make_row(static_cast<std::uint8_t>(i), key)), "backfill"));
    }
  }
  f.queued_in_memory = 2;
  // The first two go well, so that their second stages fill the window while the others' first stages fail.
  f.dispatcher.on_sync = [](const Target& target, const std::string&, const CallOptions&) -> Result<SyncOutcome> {
    if (target.row.lookup_key <= ":~x:a:things3") return SyncOutcome{};
    return fail(ErrorCode::unspecified, ErrorClass::provider, "the service is broken");
  };
  const auto orchestrator = f.orchestrator(1);
  must(orchestrator->start());
  REQUIRE(eventually([&f] { return f.jobs_left() == 0; }));
  {
    const std::lock_guard lock(f.dispatcher.mutex);
    CHECK(f.dispatcher.order.size() == rows + 2);
  }
  std::size_t told = 0;
  for (const auto& run : must(f.store->runs().of_user(f.owner.id, 100)))
    if (run.stage == "backfill" && run.error && run.error->tag == "stage_before_failed") ++told;
  CHECK(told == rows - 2);
}

TEST_CASE("what a job of the window waits for is loaded with it, wherever it stands in the queue") {
  SyncFixture f;
  const auto jobs = must(f.orchestrator()->enqueue(f.target(), "backfill"));
  REQUIRE(jobs.size() == 2);
  Recorder recorder(*f.store, {});
  Rescuer rescuer(*f.store, f.dispatcher, recorder, {});
  const auto loaded = must(rescuer.load({TENTO_STAGE_BACKFILL, {}, 1}, f.now));
  REQUIRE(loaded.jobs.size() == 1);
  CHECK(loaded.jobs[0]->record.id == jobs[1].id);
  CHECK(loaded.last == JobPosition{0, jobs[1].id});
  CHECK(loaded.due_us == 0);
  REQUIRE(loaded.prerequisites.size() == 1);
  CHECK(loaded.prerequisites[0]->record.id == jobs[0].id);
  const auto behind = must(rescuer.load({TENTO_STAGE_BACKFILL, loaded.last, 1}, f.now));
  CHECK(behind.jobs.empty());
  CHECK_FALSE(behind.due_us);
}

TEST_CASE("what a worker writes for a job that was given to another is refused, and the other's end stands") {
  SyncFixture f;
  f.dispatcher.on_sync = [&f](const Target&, const std::string&, const CallOptions& call) -> Result<SyncOutcome> {
    REQUIRE(call.lease);
    RowCommit commit;
    const std::array cells{cell("a", 1, "1")};
    commit.row = f.row;
    commit.cells = std::span<const CellInput>(cells);
    commit.fence = call.lease;
    CHECK(must(f.store->cells().commit(commit)).added == 1);
    // It stands still until its lease is over and another worker has run the job to its end.
    f.now += std::int64_t{11} * 60 * 1'000'000;
    CHECK(must(f.store->jobs().rescue()) == 1);
    ClaimRequest request;
    request.job = call.lease->job;
    request.run.stage = "live";
    const auto other = must(f.store->jobs().claim("other", {&request, 1}, 60'000'000)).front();
    REQUIRE(other.state == ClaimState::claimed);
    const std::array late{cell("a", 1, "late"), cell("b", 2, "late")};
    commit.cells = std::span<const CellInput>(late);
    const auto refused = f.store->cells().commit(commit);
    CHECK(outcome_of(refused) == StoreOutcome::fenced);
    JobEnd end{other.lease, other.run, {}};
    end.run.status = RunStatus::ok;
    CHECK(must(f.store->jobs().complete({&end, 1})).front() == LeaseOutcome::done);
    return fail(refused.error());
  };
  const auto orchestrator = f.orchestrator();
  must(orchestrator->start());
  must(orchestrator->wait(must(orchestrator->enqueue(f.target(), "live")), longest_wait_ms, nullptr));
  CHECK(f.read() == "a@1=1");
  CHECK(f.jobs_left() == 0);
  CHECK(must(f.store->runs().latest(f.row, "live"))->status == RunStatus::ok);
  CHECK(must(f.store->rows().coverage(f.row)).empty());
}
