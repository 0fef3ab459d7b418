// SPDX-License-Identifier: Apache-2.0
// Jobs from queue to run: stages and gates, joining, locks, limits, yield, deadlines, cancel, stop and recovery.
#include <doctest/doctest.h>

#include <algorithm>

#include "host/store/store.hpp"
#include "tests/unit/sync/fake_dispatcher.hpp"

using namespace tento;
using namespace tento::host;
using namespace tento::host::testing;

TEST_CASE("all stages run once each, a stage after the one it waits for, and leave runs but no jobs") {
  SyncFixture f;
  const auto orchestrator = f.orchestrator();
  must(orchestrator->start());
  const auto jobs = must(orchestrator->enqueue(f.target(), ""));
  REQUIRE(jobs.size() == 3);
  const auto runs = must(orchestrator->wait(jobs, longest_wait_ms, nullptr));
  REQUIRE(runs.size() == 3);
  for (const auto& run : runs) CHECK(run.status == RunStatus::ok);
  CHECK(runs[0].stage == "viewport");
  CHECK(runs[2].stage == "backfill");
  const auto& order = f.dispatcher.order;
  const auto at = [&order](const char* stage) {
    return std::find(order.begin(), order.end(), std::string(":~x:a:things/") + stage) - order.begin();
  };
  CHECK(order.size() == 3);
  CHECK(at("viewport") < at("backfill"));
  CHECK(f.jobs_left() == 0);
  CHECK(must(f.store->runs().of_row(f.row, 10)).size() == 3);
}

TEST_CASE("a stage that waits for one that never ended well brings it along; later it goes alone") {
  SyncFixture f;
  const auto orchestrator = f.orchestrator();
  must(orchestrator->start());
  const auto jobs = must(orchestrator->enqueue(f.target(), "backfill"));
  REQUIRE(jobs.size() == 2);
  CHECK(jobs[0].stage == "viewport");
  must(orchestrator->wait(jobs, longest_wait_ms, nullptr));
  CHECK(must(orchestrator->enqueue(f.target(), "backfill")).size() == 1);
}

TEST_CASE("an unknown stage and a row that is not synced are refused") {
  SyncFixture f;
  const auto orchestrator = f.orchestrator();
  const auto unknown = orchestrator->enqueue(f.target(), "stage9");
  REQUIRE(!unknown);
  CHECK(unknown.error().code == ErrorCode::invalid_argument);
  CHECK(unknown.error().tag == "no_such_stage");
  f.route.sync_shape = nullptr;
  const auto computed = orchestrator->enqueue(f.target(), "");
  REQUIRE(!computed);
  CHECK(computed.error().code == ErrorCode::unsupported);
  CHECK(computed.error().tag == "not_synced");
}

TEST_CASE("equal work of a row is one job") {
  SyncFixture f;
  const auto other = f.make_row(2, ":~x:b:things", "b");
  f.add_target(":~x:b:things", other);
  const auto orchestrator = f.orchestrator();
  const auto first = must(orchestrator->enqueue(f.target(), "live"));
  CHECK(must(orchestrator->enqueue(f.target(), "live"))[0].id == first[0].id);
  CHECK(must(orchestrator->enqueue(f.target(":~x:b:things"), "live"))[0].id != first[0].id);
}

TEST_CASE("rows of one alias key are each filled, in either order, and so are those of another user") {
  SyncFixture f;
  const auto other = f.make_row(2, ":~x:b:things", "b");
  f.add_target(":~x:b:things", other);
  f.dispatcher.aliases = {{":~x:a:things", "same"}, {":~x:b:things", "same"}};
  f.dispatcher.on_sync = [&f](const Target& target, const std::string& stage,
                              const CallOptions& call) -> Result<SyncOutcome> {
    SyncOutcome outcome;
    outcome.counts =
        must(f.store->cells().persist(target.row.id, std::array{cell(stage, 1000, "1")}, {0, "", call.run_id}));
    return outcome;
  };
  const std::string a = ":~x:a:things", b = ":~x:b:things";
  for (const auto& order : {std::pair(a, b), std::pair(b, a)}) {
    const auto& first = order.first;
    const auto& second = order.second;
    CAPTURE(first);
    const std::string stage = first == a ? "live" : "viewport";
    const auto orchestrator = f.orchestrator();
    auto jobs = must(orchestrator->enqueue(f.target(first), stage));
    for (auto& job : must(orchestrator->enqueue(f.target(second), stage))) jobs.push_back(std::move(job));
    REQUIRE(jobs.size() == 2);
    must(orchestrator->start());
    const auto runs = must(orchestrator->wait(jobs, longest_wait_ms, nullptr));
    for (const auto& run : runs) CHECK(run.status == RunStatus::ok);
    CHECK(runs[0].row == f.target(first).row.id);
    CHECK(runs[1].row == f.target(second).row.id);
    for (const auto& key : {a, b}) CHECK(must(f.store->cells().find(f.target(key).row.id, {stage})).has_value());
  }
  CHECK(must(f.store->cells().count(f.row)) == 2);
  CHECK(must(f.store->cells().count(other)) == 2);
  // Another user's row of the very same key.
  const auto bob = must(f.store->users().add("bob@example.org", "UTC"));
  RowRecord his = f.target(a).row;
  his.id.bytes.fill(9);
  his.owner = bob.id;
  Target bobs = f.target(a);
  bobs.owner = bob;
  bobs.row = must(f.store->rows().ensure(his));
  {
    const auto orchestrator = f.orchestrator();
    auto jobs = must(orchestrator->enqueue(f.target(a), "live"));
    for (auto& job : must(orchestrator->enqueue(bobs, "live"))) jobs.push_back(std::move(job));
    must(orchestrator->start());
    const auto runs = must(orchestrator->wait(jobs, longest_wait_ms, nullptr));
    CHECK(runs.at(1).row == his.id);
    CHECK(runs.at(1).status == RunStatus::ok);
    CHECK(must(f.store->cells().count(his.id)) == 1);
  }

  // A sync of the one while the other's is queued ends for itself, and one that fails takes nobody along.
  f.dispatcher.on_sync = [&a](const Target& target, const std::string&, const CallOptions&) -> Result<SyncOutcome> {
    if (target.row.lookup_key == a) return fail(upstream_error());
    return SyncOutcome{};
  };
  const auto orchestrator = f.orchestrator();
  auto jobs = must(orchestrator->enqueue(f.target(a), "live"));
  jobs.push_back(must(orchestrator->enqueue(f.target(b), "live"))[0]);
  must(orchestrator->start());
  const auto runs = must(orchestrator->wait(jobs, longest_wait_ms, nullptr));
  CHECK(runs[0].status == RunStatus::failed);
  CHECK(runs[1].status == RunStatus::ok);
}

TEST_CASE("a stage whose provider left records out is partial, says so in its window, and what waits for it runs") {
  SyncFixture f;
  f.dispatcher.own_range->from = SemanticTime(must(PartialDate::ymd(2026, 4, 1)));
  f.dispatcher.own_range->to = SemanticTime(must(PartialDate::ymd(2026, 4, 8)));
  int parts = 0;
  f.dispatcher.on_sync = [&](const Target&, const std::string& stage, const CallOptions&) -> Result<SyncOutcome> {
    SyncOutcome outcome;
    if (stage != "viewport") return outcome;
    outcome.more = ++parts < 3;
    outcome.skipped = parts == 2 ? 0 : 2;
    if (outcome.skipped > 0) outcome.skipped_note = "issue " + std::to_string(parts) + ": year 10000";
    return outcome;
  };
  auto orchestrator = f.orchestrator();
  must(orchestrator->start());
  auto runs = must(orchestrator->wait(must(orchestrator->enqueue(f.target(), "backfill")), longest_wait_ms, nullptr));
  REQUIRE(runs.size() == 2);
  CHECK(runs[0].status == RunStatus::partial);
  CHECK(runs[0].skipped == 4);
  CHECK(runs[0].skipped_note == "issue 1: year 10000");
  CHECK_FALSE(runs[0].error);
  CHECK(runs[1].status == RunStatus::ok);
  const auto stored = must(f.store->runs().of_row(f.row, 10));
  CHECK(stored.back().status == RunStatus::partial);
  CHECK(stored.back().skipped == 4);
  CHECK(stored.back().skipped_note == "issue 1: year 10000");
  // It ended well: the stage behind it needs no other.
  CHECK(must(orchestrator->enqueue(f.target(), "backfill")).size() == 1);

  // Coverage: of who used no transaction, and of who stated it.
  const std::string lacks = "2 records were not understood and left out; the rest is there: two";
  f.dispatcher.on_sync = [&](const Target&, const std::string& stage, const CallOptions& call) -> Result<SyncOutcome> {
    SyncOutcome outcome;
    outcome.skipped = 2;
    outcome.skipped_note = "two";
    if (stage == "viewport") {
      const auto txn = open_txn(f.store->cells(), f.row, std::nullopt, {0, "", call.run_id});
      CoverageInput half;
      half.span = {1'774'994'400'000'000, 1'774'994'400'000'000 + 3 * 86'400'000'000};
      must(txn->commit(std::array{half}, {}));
      outcome.used_txn = true;
    }
    return outcome;
  };
  for (const char* stage : {"live", "viewport"}) {
    CAPTURE(stage);
    must(f.store->rows().add_coverage(f.row, std::array{CoverageInput{{}, TENTO_COVERAGE_STALE, 0, "", INT64_MIN}}));
    runs = must(orchestrator->wait(must(orchestrator->enqueue(f.target(), stage)), longest_wait_ms, nullptr));
    const auto coverage = must(f.store->rows().coverage(f.row));
    REQUIRE(coverage.size() == 3);
    CHECK(coverage[1].reason == lacks);
    CHECK(coverage[1].state == (std::string(stage) == "live" ? TENTO_COVERAGE_EMPTY : TENTO_COVERAGE_HAVE));
    CHECK(coverage[1].span.from_us == 1'774'994'400'000'000);
    CHECK(coverage[0].reason.empty());
    CHECK(coverage[2].reason.empty());
    const auto fresh = freshness_of(coverage, coverage[1].span, 0, f.now);
    CHECK(fresh.state == Freshness::fresh);
    CHECK(fresh.reason == lacks);
  }
  // The next one that leaves nothing out says nothing.
  f.dispatcher.on_sync = [](auto&&...) { return SyncOutcome{}; };
  must(orchestrator->wait(must(orchestrator->enqueue(f.target(), "live")), longest_wait_ms, nullptr));
  CHECK(must(f.store->rows().coverage(f.row)).at(1).reason.empty());
}

TEST_CASE("a failed stage ends its job, is told, and ends what waited for it") {
  SyncFixture f;
  f.dispatcher.on_sync = [](const Target&, const std::string& stage, const CallOptions&) -> Result<SyncOutcome> {
    if (stage == "viewport") return fail(upstream_error());
    return SyncOutcome{};
  };
  const auto orchestrator = f.orchestrator();
  must(orchestrator->start());
  const auto jobs = must(orchestrator->enqueue(f.target(), ""));
  const auto runs = must(orchestrator->wait(jobs, longest_wait_ms, nullptr));
  CHECK(runs[0].status == RunStatus::failed);
  REQUIRE(runs[0].error);
  CHECK(runs[0].error->tag == "x_down");
  CHECK(runs[1].status == RunStatus::ok);
  CHECK(runs[2].status == RunStatus::failed);
  REQUIRE(runs[2].error);
  CHECK(runs[2].error->tag == "stage_before_failed");
  CHECK(f.jobs_left() == 0);
  const auto stored = must(f.store->runs().of_row(f.row, 10));
  CHECK(stored.size() == 3);
  CHECK(std::find(f.dispatcher.order.begin(), f.dispatcher.order.end(), ":~x:a:things/backfill") ==
        f.dispatcher.order.end());
}

TEST_CASE("a window is marked held, empty or failed, unless transactions say it") {
  SyncFixture f;
  f.dispatcher.own_range->from = SemanticTime(must(PartialDate::ymd(2026, 4, 1)));
  f.dispatcher.own_range->to = SemanticTime(must(PartialDate::ymd(2026, 4, 8)));
  const std::int64_t from_us = 1'774'994'400'000'000;  // 2026-03-31T22:00:00Z, midnight in Berlin
  const std::int64_t to_us = from_us + 7 * 86'400'000'000;
  const auto sync = [&f](FakeDispatcher::Sync how) {
    f.dispatcher.on_sync = std::move(how);
    const auto orchestrator = f.orchestrator();
    must(orchestrator->start());
    must(orchestrator->wait(must(orchestrator->enqueue(f.target(), "live")), longest_wait_ms, nullptr));
    return must(f.store->rows().coverage(f.row));
  };
  const auto nothing = sync([](auto&&...) { return SyncOutcome{}; });
  REQUIRE(nothing.size() == 1);
  CHECK(nothing[0].span.from_us == from_us);
  CHECK(nothing[0].span.to_us == to_us);
  CHECK(nothing[0].state == TENTO_COVERAGE_EMPTY);

  const auto some = sync([&](const Target&, const std::string&, const CallOptions& call) -> Result<SyncOutcome> {
    SyncOutcome outcome;
    outcome.counts =
        must(f.store->cells().persist(f.row, std::array{cell("a", from_us + 5, "1")}, {0, "", call.run_id}));
    return outcome;
  });
  REQUIRE(some.size() == 1);
  CHECK(some[0].state == TENTO_COVERAGE_HAVE);
  const auto run = must(f.store->runs().of_row(f.row, 1)).at(0);
  CHECK(run.counts.added == 1);

  const auto failed = sync([](auto&&...) -> Result<SyncOutcome> { return fail(upstream_error()); });
  REQUIRE(failed.size() == 1);
  CHECK(failed[0].state == TENTO_COVERAGE_FAILED);
  CHECK(failed[0].error_class == TENTO_CLASS_PROVIDER);
  CHECK(failed[0].reason == "the service answered 500");
  CHECK(failed[0].retry_at_us == f.now + 2'000'000);

  const auto by_ok_txn = sync([](auto&&...) {
    SyncOutcome outcome;
    outcome.used_txn = true;
    return outcome;
  });
  CHECK(by_ok_txn[0].state == TENTO_COVERAGE_FAILED);  // as it was
}

TEST_CASE("a failure after a transaction was begun is told of what nobody holds, and leaves what was committed") {
  SyncFixture f;
  f.dispatcher.own_range->from = SemanticTime(must(PartialDate::ymd(2026, 4, 1)));
  f.dispatcher.own_range->to = SemanticTime(must(PartialDate::ymd(2026, 4, 8)));
  const std::int64_t from_us = 1'774'994'400'000'000, a_day = 86'400'000'000;
  const auto fails_with = [&f](Error error, std::optional<Moments> committed) {
    f.dispatcher.on_sync = [&f, error, committed](const Target&, const std::string&,
                                                  const CallOptions& call) -> Result<SyncOutcome> {
      call.landed->used_txn = committed.has_value();
      if (committed && committed->from_us < committed->to_us) {
        CoverageInput said;
        said.span = *committed;
        must(open_txn(f.store->cells(), f.row, std::nullopt, {0, "", call.run_id})->commit(std::array{said}, {}));
      }
      return fail(error);
    };
    const auto orchestrator = f.orchestrator();
    must(orchestrator->start());
    must(orchestrator->wait(must(orchestrator->enqueue(f.target(), "live")), longest_wait_ms, nullptr));
    return must(f.store->rows().coverage(f.row));
  };
  // Nothing was committed: all of it was asked for in vain.
  auto coverage = fails_with(upstream_error(), Moments{0, 0});
  REQUIRE(coverage.size() == 1);
  CHECK(coverage[0].state == TENTO_COVERAGE_FAILED);
  CHECK(coverage[0].span.from_us == from_us);
  CHECK(coverage[0].span.to_us == from_us + 7 * a_day);
  CHECK(coverage[0].reason == "the service answered 500");
  CHECK(coverage[0].retry_at_us == f.now + 2'000'000);
  // Two days were: they are held, on both sides of them nothing is.
  f.now += 1'000'000;
  coverage = fails_with(upstream_error(), Moments{from_us + 2 * a_day, from_us + 4 * a_day});
  REQUIRE(coverage.size() == 3);
  CHECK(coverage[0].state == TENTO_COVERAGE_FAILED);
  CHECK(coverage[1].state == TENTO_COVERAGE_HAVE);
  CHECK(coverage[2].state == TENTO_COVERAGE_FAILED);
  CHECK(coverage[2].asked_us == f.now);
  // A provider that goes on from there does not say so again: a failure of the next sync leaves it.
  coverage = fails_with(upstream_error(), Moments{0, 0});
  REQUIRE(coverage.size() == 3);
  CHECK(coverage[1].state == TENTO_COVERAGE_HAVE);
  // A limit of the service says nothing of the dates, before a transaction as after one.
  Error limited = upstream_error();
  limited.error_class = ErrorClass::rate_limit;
  coverage = fails_with(limited, std::nullopt);
  REQUIRE(coverage.size() == 3);
  CHECK(coverage[1].state == TENTO_COVERAGE_HAVE);
  // What is too old counts as little as what is missing.
  f.shape.shape.stale_after_s = 60;
  f.now += 61'000'000;
  coverage = fails_with(upstream_error(), Moments{0, 0});
  REQUIRE(coverage.size() == 1);
  CHECK(coverage[0].state == TENTO_COVERAGE_FAILED);
}

TEST_CASE("the day that windows are made of is the account's") {
  SyncFixture f;
  f.now = 1'776'981'600'000'000;  // 2026-04-23T22:00:00Z: the 24th in Berlin
  const auto orchestrator = f.orchestrator();
  must(orchestrator->start());
  must(orchestrator->wait(must(orchestrator->enqueue(f.target(), "live")), longest_wait_ms, nullptr));
  AccountRecord account;
  account.time_zone = "America/New_York";
  f.target().account = account;
  must(orchestrator->wait(must(orchestrator->enqueue(f.target(), "live")), longest_wait_ms, nullptr));
  using namespace std::chrono_literals;
  REQUIRE(f.dispatcher.todays.size() == 2);
  CHECK(f.dispatcher.todays[0] == Date{2026y / 4 / 24});
  CHECK(f.dispatcher.todays[1] == Date{2026y / 4 / 23});
}

TEST_CASE("more means again, within the same run") {
  SyncFixture f;
  std::atomic<int> calls{0};
  f.dispatcher.on_sync = [&calls](const Target&, const std::string&, const CallOptions&) {
    SyncOutcome outcome;
    outcome.more = ++calls < 4;
    outcome.counts.added = 10;
    return outcome;
  };
  const auto orchestrator = f.orchestrator();
  must(orchestrator->start());
  const auto runs = must(orchestrator->wait(must(orchestrator->enqueue(f.target(), "live")), longest_wait_ms, nullptr));
  CHECK(calls == 4);
  CHECK(runs[0].counts.added == 40);
  CHECK(must(f.store->runs().of_row(f.row, 10)).size() == 1);
}

TEST_CASE("a backfill gives its only worker to a viewport, then goes on in its run") {
  SyncFixture f;
  f.shape.backfill.after_count = 0;
  Latch started;
  std::atomic<int> parts{0};
  f.dispatcher.on_sync = [&](const Target&, const std::string& stage, const CallOptions& call) -> Result<SyncOutcome> {
    if (stage != "backfill") return SyncOutcome{};
    SyncOutcome outcome;
    if (++parts == 1) {
      started.open();
      outcome.more = eventually([&call] { return call.control->yield.load(); });
    }
    return outcome;
  };
  const auto orchestrator = f.orchestrator(1);
  must(orchestrator->start());
  const auto backfill = must(orchestrator->enqueue(f.target(), "backfill"));
  REQUIRE(started.wait());
  const auto other = f.make_row(2, ":~x:b:things", "b");
  const auto viewport = must(orchestrator->enqueue(f.add_target(":~x:b:things", other), "viewport"));
  must(orchestrator->wait(viewport, longest_wait_ms, nullptr));
  const auto runs = must(orchestrator->wait(backfill, longest_wait_ms, nullptr));
  CHECK(runs[0].status == RunStatus::ok);
  CHECK(f.dispatcher.order ==
        std::vector<std::string>{":~x:a:things/backfill", ":~x:b:things/viewport", ":~x:a:things/backfill"});
  CHECK(must(f.store->runs().of_row(f.row, 10)).size() == 1);
}

TEST_CASE("jobs with equal locks, and more than a provider's limit, never run together") {
  SyncFixture f;
  std::vector<JobRecord> jobs;
  std::atomic<int> expected{0};
  const auto run_all = [&](int at_once) {
    expected = at_once;
    f.dispatcher.most_at_once = 0;
    const auto orchestrator = f.orchestrator(4);
    jobs.clear();
    for (std::uint8_t i = 1; i <= 6; ++i) {
      const auto key = i == 1 ? std::string(":~x:a:things") : ":~x:a" + std::to_string(i) + ":things";
      const auto id = i == 1 ? f.row : f.make_row(i, key);
      for (auto& job : must(orchestrator->enqueue(f.add_target(key, id), "live"))) jobs.push_back(job);
    }
    must(orchestrator->start());
    must(orchestrator->wait(jobs, longest_wait_ms, nullptr));
    return f.dispatcher.most_at_once;
  };
  // Each stays until as many run as may, so that a slow machine shows the same; then for a moment, for one too many.
  f.dispatcher.on_sync = [&](auto&&...) {
    eventually([&] {
      const std::lock_guard lock(f.dispatcher.mutex);
      return f.dispatcher.most_at_once >= expected;
    });
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
    return SyncOutcome{};
  };
  CHECK(run_all(3) == 3);  // no limit of its own: all workers but one
  f.provider->sync_.max_concurrent = 2;
  CHECK(run_all(2) == 2);
  f.provider->sync_.max_concurrent = 0;
  f.shape.shape.max_concurrent = 1;
  CHECK(run_all(1) == 1);
  f.shape.shape.max_concurrent = 0;
  f.dispatcher.own_lock = "calendar 7";
  CHECK(run_all(1) == 1);
  f.dispatcher.own_lock.reset();
  f.shape.live.lock = TENTO_STR("account");
  CHECK(run_all(1) == 1);  // all rows of the fixture belong to account a
}

TEST_CASE("past its deadline a job fails and says so") {
  SyncFixture f;
  f.dispatcher.on_sync = [](const Target&, const std::string&, const CallOptions& call) { return until_stopped(call); };
  const auto orchestrator = f.orchestrator(1, 50);
  must(orchestrator->start());
  const auto runs = must(orchestrator->wait(must(orchestrator->enqueue(f.target(), "live")), longest_wait_ms, nullptr));
  CHECK(runs[0].status == RunStatus::failed);
  REQUIRE(runs[0].error);
  CHECK(runs[0].error->tag == "sync_deadline");
  CHECK(runs[0].error->error_class == ErrorClass::transient);
}

TEST_CASE("a cancelled run is stopped and its job is gone") {
  SyncFixture f;
  Latch started;
  f.dispatcher.on_sync = [&](const Target&, const std::string&, const CallOptions& call) {
    started.open();
    return until_stopped(call);
  };
  const auto orchestrator = f.orchestrator();
  must(orchestrator->start());
  const auto jobs = must(orchestrator->enqueue(f.target(), "live"));
  REQUIRE(started.wait());
  CHECK(!orchestrator->cancel(99));
  must(orchestrator->cancel(must(f.store->runs().of_row(f.row, 1)).at(0).id));
  const auto runs = must(orchestrator->wait(jobs, longest_wait_ms, nullptr));
  CHECK(runs[0].status == RunStatus::stopped);
  CHECK(f.jobs_left() == 0);
  CHECK(must(f.store->runs().of_row(f.row, 1)).at(0).status == RunStatus::stopped);
}

TEST_CASE("stop keeps the jobs, and the next start goes on with them") {
  SyncFixture f;
  Latch started;
  std::atomic<bool> block{true};
  f.dispatcher.on_sync = [&](const Target&, const std::string&, const CallOptions& call) -> Result<SyncOutcome> {
    started.open();
    if (block) return until_stopped(call);
    return SyncOutcome{};
  };
  auto orchestrator = f.orchestrator();
  must(orchestrator->start());
  const auto jobs = must(orchestrator->enqueue(f.target(), ""));
  REQUIRE(started.wait());
  orchestrator->stop();
  CHECK(f.jobs_left() == 3);
  const auto interrupted = must(f.store->runs().of_row(f.row, 5));
  for (const auto& run : interrupted) CHECK(run.status == RunStatus::interrupted);
  CHECK(!interrupted.empty());

  block = false;
  orchestrator = f.orchestrator();
  must(orchestrator->start());
  const auto runs = must(orchestrator->wait(jobs, longest_wait_ms, nullptr));
  for (const auto& run : runs) CHECK(run.status == RunStatus::ok);
  CHECK(f.jobs_left() == 0);
}

TEST_CASE("what a killed process left behind is picked up; what nobody can run any more is told") {
  SyncFixture f;
  {
    const auto orchestrator = f.orchestrator();
    must(orchestrator->enqueue(f.target(), "live"));
    const auto other = f.make_row(2, ":~gone:b:things", "b");
    must(orchestrator->enqueue(f.add_target(":~gone:b:things", other), "live"));
    f.dispatcher.targets.erase(":~gone:b:things");
  }
  const auto job = must(f.store->jobs().queued({}, 9)).at(0);
  ClaimRequest request;
  request.job = job.id;
  request.run.stage = job.stage;
  REQUIRE(must(f.store->jobs().claim("the dead", {&request, 1}, 60'000'000)).at(0).state == ClaimState::claimed);
  f.open();  // its leases are over

  const auto orchestrator = f.orchestrator();
  must(orchestrator->start());
  CHECK(must(orchestrator->wait({job}, longest_wait_ms, nullptr)).at(0).status == RunStatus::ok);
  const auto runs = must(f.store->runs().of_row(f.row, 10));
  REQUIRE(runs.size() == 2);
  CHECK(runs[1].status == RunStatus::interrupted);
  const auto all = must(f.store->runs().of_user(f.owner.id, 10));
  const auto told =
      std::find_if(all.begin(), all.end(), [](const auto& r) { return r.lookup_key == ":~gone:b:things"; });
  REQUIRE(told != all.end());
  CHECK(told->status == RunStatus::failed);
  CHECK(told->error->message == "cannot go on with stage `live` of :~gone:b:things: no provider has this key");
  CHECK(f.jobs_left() == 0);
}
