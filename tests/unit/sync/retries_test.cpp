// SPDX-License-Identifier: Apache-2.0
// What is tried again, when, and what those who wait are told meanwhile.
#include <doctest/doctest.h>

#include <atomic>

#include "host/sync/breaker.hpp"
#include "host/sync/retry_policy.hpp"
#include "tests/unit/sync/fake_dispatcher.hpp"

using namespace tento;
using namespace tento::host;
using namespace tento::host::testing;

namespace {

constexpr std::int64_t one_second_us = 1'000'000;

RunRecord failed_by(ErrorClass error_class, std::int64_t retry_after_ms = -1) {
  RunRecord run;
  run.error.emplace();
  run.error->error_class = error_class;
  run.error->retry_after_ms = retry_after_ms;
  return run;
}

Error down(ErrorClass error_class = ErrorClass::transient) {
  Error error;
  error.error_class = error_class;
  error.tag = "down";
  error.message = "the service is down";
  return error;
}

// Each failure is tried again after ten seconds.
class TenSeconds final : public RetryPolicy {
 public:
  std::optional<std::int64_t> next_attempt_us(const RunRecord&, std::int32_t, std::int64_t now_us) const override {
    return now_us + 10 * one_second_us;
  }
};

}  // namespace

TEST_CASE("pauses double up to a bound, by chance below it, and end after some tries") {
  double chance = 1;
  const Backoff backoff([&chance] { return chance; });
  const auto pause_s = [&](ErrorClass error_class, int attempts) {
    const auto at_us = backoff.next_attempt_us(failed_by(error_class), attempts, 7 * one_second_us);
    return at_us ? (*at_us - 7 * one_second_us) / one_second_us : -1;
  };
  CHECK(pause_s(ErrorClass::transient, 1) == 10);
  CHECK(pause_s(ErrorClass::transient, 2) == 20);
  CHECK(pause_s(ErrorClass::transient, 9) == 2560);
  CHECK(pause_s(ErrorClass::transient, 10) == -1);
  CHECK(pause_s(ErrorClass::rate_limit, 1) == 60);
  CHECK(pause_s(ErrorClass::rate_limit, 23) == 3600);
  CHECK(pause_s(ErrorClass::rate_limit, 24) == -1);
  CHECK(pause_s(ErrorClass::provider, 4) == 480);
  CHECK(pause_s(ErrorClass::provider, 5) == -1);
  CHECK(pause_s(ErrorClass::internal, 3) == -1);
  CHECK(pause_s(ErrorClass::auth, 1) == -1);
  CHECK(pause_s(ErrorClass::config, 1) == -1);
  chance = 0.25;
  CHECK(pause_s(ErrorClass::transient, 2) == 5);
  chance = 0;
  CHECK(pause_s(ErrorClass::transient, 9) == 3);  // never at once
  CHECK(pause_s(ErrorClass::transient, INT32_MAX) == -1);
}

TEST_CASE("what the service says of when to come again is obeyed, up to a day") {
  const Backoff soonest([] { return 0.0; }), latest([] { return 1.0; });
  const auto pause_us = [](const Backoff& backoff, std::int64_t retry_after_ms) {
    return backoff.next_attempt_us(failed_by(ErrorClass::rate_limit, retry_after_ms), 1, 0).value();
  };
  CHECK(pause_us(soonest, 90'000) == 90 * one_second_us);
  CHECK(pause_us(latest, 90'000) == 100 * one_second_us);  // a tenth and a second more at most
  CHECK(pause_us(soonest, 0) == one_second_us);
  const std::int64_t year_ms = std::int64_t{365} * 24 * 3600 * 1000, day_us = std::int64_t{24} * 3600 * one_second_us;
  CHECK(pause_us(soonest, year_ms) == day_us);
  CHECK(pause_us(soonest, INT64_MAX) == day_us);
  // Auth and config wait for a person, whatever they say.
  CHECK_FALSE(soonest.next_attempt_us(failed_by(ErrorClass::auth, 5), 1, 0));
}

TEST_CASE("a breaker opens after failures in a row, for twice as long each time, and closes when one ends well") {
  Breaker breaker;
  std::int64_t now = 1000;
  const auto fail_times = [&](int times) {
    std::int64_t open = 0;
    for (int i = 0; i < times; ++i) open = breaker.failed("a", ErrorClass::transient, now);
    return open;
  };
  CHECK(fail_times(Breaker::failures_to_open - 1) == 0);
  breaker.ended_well("a");
  CHECK(fail_times(Breaker::failures_to_open - 1) == 0);
  CHECK(breaker.failed("a", ErrorClass::rate_limit, now) == 0);  // says nothing of whether it is up
  CHECK(breaker.failed("a", ErrorClass::config, now) == 0);
  const auto open = fail_times(1);
  CHECK(open == now + Breaker::shortest_us);
  CHECK(breaker.open_until("a", now) == open);
  CHECK(breaker.open_until("b", now) == 0);
  CHECK(fail_times(3) == open);  // what was under way counts once
  now = open;
  CHECK(breaker.open_until("a", now) == 0);
  CHECK(fail_times(1) == now + 2 * Breaker::shortest_us);
  for (int i = 0; i < 20; ++i) {
    now = breaker.open_until("a", now);
    fail_times(1);
  }
  CHECK(breaker.open_until("a", now) == now + Breaker::longest_us);
  CHECK(breaker.open_until("a", now - 2 * Breaker::longest_us) == 0);  // the clock went back
  breaker.ended_well("a");
  CHECK(breaker.open_until("a", now) == 0);
}

TEST_CASE("who waits for a job that is tried later is told its failure and when; the stage behind it waits, too") {
  SyncFixture f;
  f.retry = std::make_shared<TenSeconds>();
  std::atomic<int> calls{0};
  f.dispatcher.on_sync = [&](const Target&, const std::string&, const CallOptions&) -> Result<SyncOutcome> {
    ++calls;
    return fail(down());
  };
  const auto orchestrator = f.orchestrator();
  must(orchestrator->start());
  const auto jobs = must(orchestrator->enqueue(f.target(), "backfill"));
  REQUIRE(jobs.size() == 2);
  const auto runs = must(orchestrator->wait(jobs, longest_wait_ms, nullptr));
  CHECK(calls == 1);
  CHECK(runs[0].status == RunStatus::failed);
  CHECK(runs[0].error->tag == "down");
  CHECK(runs[0].attempt == 1);
  CHECK(runs[0].next_try_us == f.now + 10 * one_second_us);
  CHECK(runs[1].status == RunStatus::failed);
  CHECK(runs[1].error->tag == "stage_before_failed");
  CHECK(runs[1].next_try_us == f.now + 10 * one_second_us);
  CHECK(f.jobs_left() == 2);
  const auto covered = must(f.store->rows().coverage(f.row));
  REQUIRE_FALSE(covered.empty());
  CHECK(covered[0].state == TENTO_COVERAGE_FAILED);
  CHECK(covered[0].retry_at_us == f.now + 10 * one_second_us);
  // Reading it does not bring it forward.
  CHECK(must(orchestrator->before_read(f.target(), Moments{f.now - one_second_us, f.now})).queued.empty());
  CHECK(calls == 1);
}

TEST_CASE("who asks for a job that waits for its next try has it tried at once, and waits for that") {
  SyncFixture f;
  f.retry = std::make_shared<TenSeconds>();
  std::atomic<int> calls{0};
  f.dispatcher.on_sync = [&](const Target&, const std::string&, const CallOptions&) -> Result<SyncOutcome> {
    if (++calls == 1) return fail(down());
    return SyncOutcome{};
  };
  const auto orchestrator = f.orchestrator();
  must(orchestrator->start());
  auto runs = must(orchestrator->wait(must(orchestrator->enqueue(f.target(), "backfill")), longest_wait_ms, nullptr));
  CHECK(runs[0].status == RunStatus::failed);
  runs = must(orchestrator->wait(must(orchestrator->enqueue(f.target(), "backfill")), longest_wait_ms, nullptr));
  REQUIRE(runs.size() == 2);
  CHECK(runs[0].status == RunStatus::ok);
  CHECK(runs[1].status == RunStatus::ok);
  CHECK(calls == 3);
  CHECK(f.jobs_left() == 0);
}

TEST_CASE("a stage of which a part had landed is partial, says why, and has not ended well") {
  SyncFixture f;
  f.dispatcher.on_sync = [&](const Target&, const std::string&, const CallOptions& call) -> Result<SyncOutcome> {
    call.landed->used_txn = true;
    call.landed->counts.added = 1;
    return fail(down());
  };
  const auto orchestrator = f.orchestrator();
  must(orchestrator->start());
  const auto runs =
      must(orchestrator->wait(must(orchestrator->enqueue(f.target(), "backfill")), longest_wait_ms, nullptr));
  CHECK(runs[0].status == RunStatus::partial);
  CHECK(runs[0].error->tag == "down");
  CHECK(runs[1].error->tag == "stage_before_failed");
  CHECK_FALSE(must(f.store->runs().ended_well(f.row, "viewport")));
}

TEST_CASE("jobs of an account whose service is down are not begun, unless somebody asks; those of others are") {
  SyncFixture f;
  f.add_target(":~x:b:things", f.make_row(7, ":~x:b:things", "b", "x"));
  std::atomic<int> calls{0}, of_others{0};
  f.dispatcher.on_sync = [&](const Target& target, const std::string&, const CallOptions&) -> Result<SyncOutcome> {
    if (target.row.auth_id == "b") {
      ++of_others;
      return SyncOutcome{};
    }
    ++calls;
    return fail(down());
  };
  const auto orchestrator = f.orchestrator();
  must(orchestrator->start());
  for (int i = 0; i < Breaker::failures_to_open; ++i)
    must(orchestrator->wait(must(orchestrator->enqueue(f.target(), "live")), longest_wait_ms, nullptr));
  CHECK(calls == Breaker::failures_to_open);
  // Nobody asks for a reader's sake while it is open.
  f.now += 30 * one_second_us;
  const auto check = must(orchestrator->before_read(f.target(), Moments{f.now - one_second_us, f.now}));
  REQUIRE(check.queued.size() == 1);
  const auto read = must(orchestrator->wait(check.queued, longest_wait_ms, nullptr));
  CHECK(read[0].error->tag == "service_down");
  CHECK(read[0].next_try_us > f.now);
  CHECK(calls == Breaker::failures_to_open);
  must(orchestrator->wait(must(orchestrator->enqueue(f.target(":~x:b:things"), "live")), longest_wait_ms, nullptr));
  CHECK(of_others == 1);
  must(orchestrator->wait(must(orchestrator->enqueue(f.target(), "live")), longest_wait_ms, nullptr));
  CHECK(calls == Breaker::failures_to_open + 1);
}
