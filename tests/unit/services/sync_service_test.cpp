// SPDX-License-Identifier: Apache-2.0
// Syncs as values: the runs that were asked for, those that readers had queued, and a wait that is taken back.
#include "host/services/sync_service.hpp"

#include <condition_variable>
#include <mutex>

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
  const auto result = w.service->sync(w.target(), "", {}, false, wait);
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
    REQUIRE(w.orchestrator->before_read(other, {0, INT64_MAX}));
    const auto result = w.service->sync(w.target(), "viewport", {}, along, {.timeout_ms = long_enough_ms});
    REQUIRE(result);
    CHECK(result->runs.size() == 1);
    REQUIRE(result->also_ran.size() == (along ? 1U : 0U));
    if (along) CHECK(result->also_ran[0].lookup_key == ":~demo:me:lists:a");
  }
}

TEST_CASE("a wait that is cancelled ends as interrupted, and stops the run that nobody else wants") {
  SyncWorld w;
  std::mutex mutex;
  std::condition_variable changed;
  std::function<void()> cancel;
  w.slots.sync = [&](tento_client*, const tento_sync_ctx* ctx, tento_sync_result*, tento_error*) {
    std::function<void()> lent;
    {
      std::unique_lock lock(mutex);
      changed.wait(lock, [&] { return cancel != nullptr; });
      lent = cancel;
    }
    lent();
    while (ctx->at->call->check(ctx->at->call) == TENTO_CHECK_GO) {
    }
    return tento_status{TENTO_STOPPED};
  };
  SyncWait wait{.timeout_ms = long_enough_ms};
  wait.lend_cancel = [&](std::function<void()> how) {
    const std::scoped_lock lock(mutex);
    if (how) cancel = std::move(how);
    changed.notify_all();
  };
  const auto result = w.service->sync(w.target(), "viewport", {}, false, wait);
  REQUIRE_FALSE(result);
  CHECK(result.error().tag == interrupted_tag);
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
  REQUIRE(accepted->runs.size() == 1);
  CHECK(accepted->runs[0].stage == "viewport");
}
