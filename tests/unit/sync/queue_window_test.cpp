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
  const auto loaded = must(rescuer.load({TENTO_STAGE_BACKFILL, 0, 1}));
  REQUIRE(loaded.jobs.size() == 1);
  CHECK(loaded.jobs[0]->record.id == jobs[1].id);
  CHECK(loaded.last == jobs[1].id);
  CHECK(loaded.more);
  REQUIRE(loaded.prerequisites.size() == 1);
  CHECK(loaded.prerequisites[0]->record.id == jobs[0].id);
  const auto behind = must(rescuer.load({TENTO_STAGE_BACKFILL, jobs[1].id, 1}));
  CHECK(behind.jobs.empty());
  CHECK_FALSE(behind.more);
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
  must(orchestrator->wait(must(orchestrator->enqueue(f.target(), "live")), patience_ms, nullptr));
  CHECK(f.read() == "a@1=1");
  CHECK(f.jobs_left() == 0);
  CHECK(must(f.store->runs().latest(f.row, "live"))->status == RunStatus::ok);
  CHECK(must(f.store->rows().coverage(f.row)).empty());
}
