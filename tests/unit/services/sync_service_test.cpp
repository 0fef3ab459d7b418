// SPDX-License-Identifier: Apache-2.0
// Syncs as values: the runs that were asked for, those that readers had queued, and a wait that is taken back.
#include "host/services/sync_service.hpp"

#include <atomic>
#include <future>

#include "host/services/row_writes.hpp"
#include "tests/unit/support/scripted.hpp"

using namespace tento;
using namespace tento::host;
using namespace tento::host::testing;

namespace {

constexpr std::int64_t long_enough_ms = 600'000;

struct SyncWorld : HostOfOne {
  std::unique_ptr<Orchestrator> orchestrator;
  std::unique_ptr<SyncService> service;
  int started = 0;

  SyncWorld() {
    slots.sync = [](auto...) { return slot_ok; };
    OrchestratorOptions options;
    options.now_unix_us = [] { return std::int64_t{1'777'000'000'000'000}; };
    orchestrator = make_orchestrator(*store, *dispatcher, std::move(options));
    service = std::make_unique<SyncService>(*store, *dispatcher, *orchestrator, [this]() -> Result<void> {
      return started++ == 0 ? orchestrator->start() : Result<void>();
    });
  }
  ~SyncWorld() { orchestrator->stop(); }
};

}  // namespace

TEST_CASE("a sync of all stages gives their runs in order, and starts the workers") {
  SyncWorld w;
  std::string moved;
  SyncWait wait{.timeout_ms = long_enough_ms};
  wait.on_move = [&moved](const RunRecord& run, bool own) {
    if (own && run.status == RunStatus::ok) (moved += run.stage) += ' ';
  };
  const auto result = await(**w.service->sync(w.target(), "", {}, false, wait));
  REQUIRE(result);
  REQUIRE(result->runs.size() == 3);
  CHECK(result->runs[0].stage == "viewport");
  CHECK(result->runs[2].stage == "everything");
  CHECK(moved.find("viewport ") != std::string::npos);
  CHECK_FALSE(any_under_way(result->runs));
  CHECK_FALSE(error_of_runs(result->runs, false));
  CHECK(w.started == 1);
}

TEST_CASE("a stage that is not one is refused, and queues nothing") {
  SyncWorld w;
  const auto result = w.service->sync(w.target(), "nonsense", {}, false, {.timeout_ms = long_enough_ms});
  REQUIRE_FALSE(result);
  CHECK(result.error().code == ErrorCode::invalid_argument);
  CHECK(w.started == 0);
  CHECK(w.store->jobs().counts()->empty());
}

TEST_CASE("what readers had queued of other rows runs along where it is asked for, and only there") {
  for (const bool along : {false, true}) {
    SyncWorld w;
    const auto other = w.target(":~demo:me:lists:a");
    REQUIRE(w.orchestrator->before_read(other, {}));
    const auto result = await(**w.service->sync(w.target(), "viewport", {}, along, {.timeout_ms = long_enough_ms}));
    REQUIRE(result);
    CHECK(result->runs.size() == 1);
    REQUIRE(result->also_ran.size() == (along ? 1U : 0U));
    if (along) CHECK(result->also_ran[0].lookup_key == ":~demo:me:lists:a");
  }
}

TEST_CASE("a wait that is cancelled ends as interrupted, and stops the run that nobody else wants") {
  SyncWorld w;
  w.slots.sync = [&](tento_client*, const tento_sync_ctx* ctx, tento_sync_result*, tento_error*) {
    while (ctx->at->call->check(ctx->at->call) == TENTO_CHECK_GO) {
    }
    return tento_status{TENTO_STOPPED};
  };
  PendingSync sync;
  JobRecord job;
  SyncWait wait{.timeout_ms = long_enough_ms};
  wait.on_move = [&](const RunRecord& run, bool) {
    job.id = run.job;
    job.row = run.row;
    sync->cancel();
  };
  sync = *w.service->sync(w.target(), "viewport", {}, false, wait);
  const auto result = await(*sync);
  REQUIRE_FALSE(result);
  CHECK(result.error().tag == interrupted_tag);
  const auto runs = w.orchestrator->wait({job}, long_enough_ms, nullptr);
  REQUIRE(runs);
  CHECK(runs->at(0).status == RunStatus::stopped);
}

TEST_CASE("a wait that is to end at once says what is under way, and the run goes on") {
  SyncWorld w;
  std::promise<void> begun;
  w.slots.sync = [&](tento_client*, const tento_sync_ctx* ctx, tento_sync_result*, tento_error*) {
    begun.set_value();
    while (ctx->at->call->check(ctx->at->call) == TENTO_CHECK_GO) {
    }
    return tento_status{TENTO_STOPPED};
  };
  const auto sync = *w.service->sync(w.target(), "viewport", {}, false, {.timeout_ms = long_enough_ms});
  std::atomic<int> woken{0};
  sync->start([&woken] { ++woken; });
  begun.get_future().wait();
  CHECK_FALSE(sync->resume(std::chrono::steady_clock::now()));
  CHECK(woken > 0);
  const auto now = sync->resume(std::chrono::steady_clock::time_point::max());
  REQUIRE(now);
  REQUIRE(*now);
  CHECK(any_under_way((*now)->runs));
}

TEST_CASE("some runs that ended well beside one that failed come to `partial`") {
  RunRecord well, failed, running;
  well.id = failed.id = running.id = 1;
  well.status = RunStatus::ok;
  failed.status = RunStatus::failed;
  failed.stage = "backfill";
  failed.message = "no more";
  CHECK_FALSE(error_of_runs({well}, false));
  const auto both = error_of_runs({well, failed}, false);
  REQUIRE(both);
  CHECK(both->tag == partial_tag);
  CHECK(both->message == "stage backfill: no more");
  CHECK(error_of_runs({failed}, false)->tag != partial_tag);
  CHECK(error_of_runs({running}, false));
  CHECK_FALSE(error_of_runs({running}, true));
}

TEST_CASE("a condition on a cell's version is read as If-Match has it") {
  CHECK(parse_write_condition(" * ")->any);
  CHECK(parse_write_condition("\"v1\", W/\"v2\" , v3")->versions == std::vector<std::string>{"v1", "v3"});
  CHECK_FALSE(parse_write_condition("\"%zz\""));
}

TEST_CASE("a write under a condition that no stored cell fulfils never reaches the provider") {
  SyncWorld w;
  int asked = 0;
  w.slots.write = [&asked](auto...) {
    ++asked;
    return slot_ok;
  };
  RowWrites writes(*w.store, *w.dispatcher, *w.service);
  RowWrite write;
  write.request.verb = TENTO_VERB_POST;
  write.request.cell_id = "gone";
  write.request.body = "{}";
  write.condition = WriteCondition{.any = true, .versions = {}};
  const auto result = writes.write(w.target(":~demo:me:items", TENTO_VERB_POST), write);
  REQUIRE_FALSE(result);
  CHECK(result.error().tag == "precondition_failed");
  CHECK(asked == 0);
  // One that is accepted without a cell is followed by the first stage.
  write.condition.reset();
  write.wait.timeout_ms = long_enough_ms;
  const auto accepted = writes.write(w.target(":~demo:me:items", TENTO_VERB_POST), write);
  REQUIRE(accepted);
  CHECK(asked == 1);
  CHECK(accepted->accepted);
  CHECK(accepted->cells_json == "[]");
  REQUIRE(accepted->sync);
  const auto synced = await(*accepted->sync);
  REQUIRE(synced);
  REQUIRE(synced->runs.size() == 1);
  CHECK(synced->runs[0].stage == "viewport");
}
