// SPDX-License-Identifier: Apache-2.0
// What one job costs and what may befall it: its writes, its retries, its time, a provider that keeps its thread.
#include <doctest/doctest.h>

#include <atomic>
#include <thread>

#include "tests/unit/sync/fake_dispatcher.hpp"

using namespace tento;
using namespace tento::host;
using namespace tento::host::testing;

TEST_CASE("a job is written three times: when it is queued, when it begins, and when it ends") {
  SyncFixture f;
  f.dispatcher.own_range->from = SemanticTime(must(PartialDate::ymd(2026, 4, 1)));
  f.dispatcher.own_range->to = SemanticTime(must(PartialDate::ymd(2026, 4, 8)));
  const auto orchestrator = f.orchestrator();
  must(orchestrator->start());
  const auto writes_of = [&] {
    const auto before = f.writes.load();
    const auto runs =
        must(orchestrator->wait(must(orchestrator->enqueue(f.target(), "live")), longest_wait_ms, nullptr));
    return std::pair(f.writes - before, runs.at(0).status);
  };
  CHECK(writes_of() == std::pair(3, RunStatus::ok));
  CHECK(must(f.store->rows().coverage(f.row)).size() == 1);
  f.dispatcher.on_sync = [](auto&&...) -> Result<SyncOutcome> { return fail(upstream_error()); };
  CHECK(writes_of() == std::pair(3, RunStatus::failed));
  CHECK(must(f.store->rows().coverage(f.row)).at(0).state == TENTO_COVERAGE_FAILED);
}

TEST_CASE("a policy has a failed job run again, in another run, and those who wait for it wait on") {
  class Twice final : public RetryPolicy {
   public:
    std::optional<std::int64_t> next_attempt_us(const RunRecord& failed, std::int32_t attempts,
                                                std::int64_t now_us) const override {
      CHECK(failed.error->tag == "x_down");
      return attempts <= 2 ? std::optional(now_us) : std::nullopt;
    }
  };
  SyncFixture f;
  f.retry = std::make_shared<Twice>();
  std::atomic<int> calls{0};
  std::atomic<int> well_from{3};
  f.dispatcher.on_sync = [&](const Target&, const std::string& stage, const CallOptions&) -> Result<SyncOutcome> {
    if (stage == "viewport" && ++calls < well_from) return fail(upstream_error());
    return SyncOutcome{};
  };
  const auto orchestrator = f.orchestrator();
  must(orchestrator->start());
  auto runs = must(orchestrator->wait(must(orchestrator->enqueue(f.target(), "backfill")), longest_wait_ms, nullptr));
  REQUIRE(runs.size() == 2);
  CHECK(calls == 3);
  CHECK(runs[0].status == RunStatus::ok);
  CHECK(runs[1].status == RunStatus::ok);
  const auto stored = must(f.store->runs().of_row(f.row, 10));
  REQUIRE(stored.size() == 4);
  CHECK(stored[3].status == RunStatus::failed);
  CHECK(stored[2].status == RunStatus::failed);
  CHECK(stored[2].job == stored[1].job);
  // What still fails when the policy has had enough of it has ended.
  well_from = 99;
  runs = must(orchestrator->wait(must(orchestrator->enqueue(f.target(), "viewport")), longest_wait_ms, nullptr));
  CHECK(calls == 6);
  CHECK(runs[0].status == RunStatus::failed);
  CHECK(f.jobs_left() == 0);
}

TEST_CASE("a job waits for its time by a timer, also when nothing else happens") {
  class Later final : public RetryPolicy {
   public:
    std::optional<std::int64_t> next_attempt_us(const RunRecord&, std::int32_t, std::int64_t now_us) const override {
      return now_us + 1000;
    }
  };
  SyncFixture f;
  std::atomic<int> calls{0};
  f.dispatcher.on_sync = [&](const Target&, const std::string&, const CallOptions&) -> Result<SyncOutcome> {
    if (++calls < 3) return fail(upstream_error());
    return SyncOutcome{};
  };
  OrchestratorOptions options;  // by the system's clock
  options.retry = std::make_shared<Later>();
  const auto orchestrator = make_orchestrator(*f.store, f.dispatcher, options);
  must(orchestrator->start());
  const auto runs = must(orchestrator->wait(must(orchestrator->enqueue(f.target(), "live")), longest_wait_ms, nullptr));
  CHECK(runs[0].status == RunStatus::ok);
  CHECK(calls == 3);
}

TEST_CASE("a provider that keeps the thread beyond the deadline loses the job; others run on") {
  SyncFixture f;
  Latch go, kept;
  std::thread stand_in;
  std::atomic<int> calls{0};
  // As the real dispatcher gives a call up: another thread goes on, and the call comes back some time.
  f.dispatcher.on_sync = [&](const Target&, const std::string&, const CallOptions& call) -> Result<SyncOutcome> {
    if (++calls > 1) return SyncOutcome{};
    Error error;
    error.tag = "deadline_exceeded";
    error.error_class = ErrorClass::transient;
    stand_in = std::thread([told = call.on_given_up, error] { told(error); });
    kept.open();
    go.wait();
    return fail(ErrorCode::unspecified, ErrorClass::transient, "given up", std::string(given_up_tag));
  };
  const auto orchestrator = f.orchestrator(1);
  must(orchestrator->start());
  auto runs = must(orchestrator->wait(must(orchestrator->enqueue(f.target(), "live")), longest_wait_ms, nullptr));
  CHECK(runs[0].status == RunStatus::failed);
  CHECK(runs[0].error->tag == "deadline_exceeded");
  REQUIRE(kept.wait());
  runs = must(orchestrator->wait(must(orchestrator->enqueue(f.target(), "live")), longest_wait_ms, nullptr));
  CHECK(runs[0].status == RunStatus::ok);
  go.open();
  stand_in.join();
}

TEST_CASE("each call of a job goes to the provider that is there when it begins") {
  SyncFixture f;
  const auto old_table = build_route_table({}, {}).table;
  const auto new_table = build_route_table({}, {}).table;
  f.target().table = f.dispatcher.published = old_table;
  std::vector<std::shared_ptr<const RouteTable>> seen;
  f.dispatcher.on_sync = [&](const Target& target, const std::string&, const CallOptions&) {
    seen.push_back(target.table);
    // It is replaced in the middle of the first call, which has more to come.
    f.target().table = f.dispatcher.published = new_table;
    SyncOutcome outcome;
    outcome.more = seen.size() == 1;
    return outcome;
  };
  const auto orchestrator = f.orchestrator(1);
  must(orchestrator->start());
  auto runs = must(orchestrator->wait(must(orchestrator->enqueue(f.target(), "live")), longest_wait_ms, nullptr));
  CHECK(runs.at(0).status == RunStatus::ok);
  CHECK(seen == std::vector{old_table, new_table});
}

TEST_CASE("a job whose provider went, or has its stage no more, fails and says so") {
  SyncFixture f;
  f.target().table = f.dispatcher.published = build_route_table({}, {}).table;
  tento_sync_shape without_backfill = f.shape.shape;
  without_backfill.stage_count = 1;
  Route renewed = f.route;
  renewed.sync_shape = &without_backfill;
  std::string tag;
  std::function<void()> change;
  SUBCASE("it went") {
    change = [&] { f.dispatcher.targets.clear(); };
    tag = "no_match";
  }
  SUBCASE("its stage did") {
    change = [&] { f.target().match.route = &renewed; };
    tag = "no_such_stage";
  }
  std::vector<std::string> called;
  f.dispatcher.on_sync = [&](const Target&, const std::string& stage, const CallOptions&) {
    called.push_back(stage);
    change();
    f.dispatcher.published = build_route_table({}, {}).table;
    return SyncOutcome{};
  };
  const auto orchestrator = f.orchestrator(1);
  must(orchestrator->start());
  const auto runs =
      must(orchestrator->wait(must(orchestrator->enqueue(f.target(), "backfill")), longest_wait_ms, nullptr));
  REQUIRE(runs.size() == 2);
  CHECK(runs[0].status == RunStatus::ok);
  CHECK(runs[1].status == RunStatus::failed);
  REQUIRE(runs[1].error);
  CHECK(runs[1].error->tag == tag);
  CHECK(called == std::vector<std::string>{"viewport"});
}
