// SPDX-License-Identifier: Apache-2.0
// Coverage as fresh, stale, missing or failed; and what reading a row queues.
#include <doctest/doctest.h>

#include "host/sync/freshness.hpp"
#include "tests/unit/sync/fake_dispatcher.hpp"

using namespace tento;
using namespace tento::host;
using namespace tento::host::testing;

namespace {

constexpr std::int64_t second = 1'000'000;

CoverageRecord known(std::int64_t from_us, std::int64_t to_us, std::int64_t asked_us,
                     tento_coverage_state state = TENTO_COVERAGE_HAVE) {
  CoverageRecord record;
  record.span = {from_us, to_us};
  record.state = state;
  record.asked_us = asked_us;
  return record;
}

Freshness state_of(const std::vector<CoverageRecord>& coverage, Moments asked, std::int64_t stale_after_s,
                   std::int64_t now_us) {
  return freshness_of(coverage, asked, stale_after_s, now_us).state;
}

}  // namespace

TEST_CASE("a range is fresh when all of it was asked for, and as bad as its worst part") {
  const std::int64_t now = 1000 * second;
  const std::vector<CoverageRecord> whole{known(0, 10, now), known(10, 20, now, TENTO_COVERAGE_EMPTY)};
  CHECK(state_of({}, {0, 20}, 0, now) == Freshness::missing);
  CHECK(state_of(whole, {0, 20}, 0, now) == Freshness::fresh);
  CHECK(state_of(whole, {5, 15}, 60, now) == Freshness::fresh);
  CHECK(state_of(whole, {0, 21}, 60, now) == Freshness::missing);
  CHECK(state_of(whole, {-1, 5}, 60, now) == Freshness::missing);
  CHECK(state_of({known(0, 5, now), known(6, 20, now)}, {0, 20}, 60, now) == Freshness::missing);
  CHECK(state_of({known(0, 5, now), known(6, 20, now)}, {8, 20}, 60, now) == Freshness::fresh);
  CHECK(state_of({known(0, 20, now, TENTO_COVERAGE_STALE)}, {0, 20}, 0, now) == Freshness::stale);
}

TEST_CASE("what is held grows old where the row says how long it keeps") {
  const std::int64_t asked = 1000 * second;
  const std::vector<CoverageRecord> whole{known(0, 10, asked)};
  CHECK(state_of(whole, {0, 10}, 60, asked + 59 * second) == Freshness::fresh);
  CHECK(state_of(whole, {0, 10}, 60, asked + 60 * second) == Freshness::stale);
  CHECK(state_of(whole, {0, 10}, 0, asked + 1'000'000 * second) == Freshness::fresh);
  // The clock was ahead, and was set right: when it was asked is not known, whatever the row says.
  CHECK(state_of(whole, {0, 10}, 60, asked) == Freshness::fresh);
  CHECK(state_of(whole, {0, 10}, 60, asked - 1) == Freshness::stale);
  CHECK(state_of(whole, {0, 10}, 0, asked - second) == Freshness::stale);
  CHECK(state_of({known(0, 2 * asked, asked + second)}, {0, asked + 10}, 60, asked) == Freshness::stale);
}

TEST_CASE("a failure tells why and until when it is to be left alone") {
  auto bad = known(10, 20, 5, TENTO_COVERAGE_FAILED);
  bad.reason = "the service said no";
  bad.retry_at_us = 77;
  const std::vector<CoverageRecord> coverage{known(0, 10, 5), bad, known(20, 30, 5)};
  const auto judged = freshness_of(coverage, {0, 30}, 0, 6);
  CHECK(judged.state == Freshness::failed);
  CHECK(judged.reason == "the service said no");
  CHECK(judged.retry_at_us == 77);
  CHECK(state_of(coverage, {0, 10}, 0, 6) == Freshness::fresh);
  // By a clock that was ahead: a failure all the same, but nobody waits for it.
  CHECK(freshness_of(coverage, {0, 30}, 0, 4).state == Freshness::failed);
  CHECK(freshness_of(coverage, {0, 30}, 0, 4).retry_at_us == INT64_MIN);
}

TEST_CASE("an unbounded range is judged by what is known and up to now; what came after a look is as old as the look") {
  const std::int64_t asked = 1000 * second;
  const std::vector<CoverageRecord> whole{known(500 * second, asked, asked)};
  CHECK(state_of(whole, {}, 60, asked + 30 * second) == Freshness::fresh);
  CHECK(state_of(whole, {}, 60, asked + 61 * second) == Freshness::stale);
  CHECK(state_of(whole, {}, 0, asked + 30 * second) == Freshness::missing);
  CHECK(state_of({}, {}, 60, asked) == Freshness::missing);
  // A part that the look could have had, and did not ask for, is missing however fresh the rest is.
  CHECK(state_of({known(0, 10, asked)}, {0, asked}, 60, asked + second) == Freshness::missing);
}

TEST_CASE("reading a row that was never synced queues its viewport stage once, durably, for the next start") {
  SyncFixture f;
  f.dispatcher.own_range->from = SemanticTime(must(PartialDate::ymd(2001, 9, 1)));
  f.dispatcher.own_range->to = SemanticTime(must(PartialDate::ymd(2001, 9, 10)));
  {
    const auto orchestrator = f.orchestrator();
    const auto first = must(orchestrator->before_read(f.target(), {}));
    CHECK(first.freshness.state == Freshness::missing);
    CHECK(first.stage == "viewport");
    REQUIRE(first.queued.size() == 1);
    const auto again = must(orchestrator->before_read(f.target(), {}));
    REQUIRE(again.queued.size() == 1);
    CHECK(again.queued[0].id == first.queued[0].id);
  }
  CHECK(f.jobs_left() == 1);
  f.open();  // another process
  const auto orchestrator = f.orchestrator();
  const auto jobs = must(f.store->jobs().queued({}, 9));
  must(orchestrator->start());
  const auto runs = must(orchestrator->wait(jobs, longest_wait_ms, nullptr));
  REQUIRE(runs.size() == 1);
  CHECK(runs[0].status == RunStatus::ok);
  CHECK(f.jobs_left() == 0);
  CHECK(must(orchestrator->before_read(f.target(), {})).freshness.state == Freshness::fresh);
  CHECK(must(orchestrator->before_read(f.target(), {})).queued.empty());
}

TEST_CASE("stale data is asked for again, but not within a minute of the last try, nor before a failure's time") {
  SyncFixture f;
  f.shape.shape.stale_after_s = 30;
  f.dispatcher.own_range->from = SemanticTime(must(PartialDate::ymd(2001, 9, 1)));
  f.dispatcher.own_range->to = SemanticTime(must(PartialDate::ymd(2001, 9, 10)));
  const auto orchestrator = f.orchestrator();
  must(orchestrator->start());
  const auto sync = [&] {
    must(orchestrator->wait(must(orchestrator->enqueue(f.target(), "viewport")), longest_wait_ms, nullptr));
  };
  sync();
  f.now += 31 * second;
  const auto soon = must(orchestrator->before_read(f.target(), {}));
  CHECK(soon.freshness.state == Freshness::stale);
  CHECK(soon.queued.empty());
  f.now += 30 * second;
  const auto later = must(orchestrator->before_read(f.target(), {}));
  REQUIRE(later.queued.size() == 1);
  must(orchestrator->wait(later.queued, longest_wait_ms, nullptr));

  f.dispatcher.on_sync = [](const Target&, const std::string&, const CallOptions&) -> Result<SyncOutcome> {
    Error e;
    e.message = "the service said no";
    e.error_class = ErrorClass::rate_limit;
    e.retry_after_ms = 600'000;
    return fail(e);
  };
  f.now += 31 * second;  // a failure is told of what was not fresh when it happened
  sync();
  f.now += 100 * second;
  const auto failed = must(orchestrator->before_read(f.target(), {}));
  CHECK(failed.freshness.state == Freshness::failed);
  CHECK(failed.freshness.reason == "the service said no");
  CHECK(failed.queued.empty());
  f.now += 600 * second;
  CHECK(must(orchestrator->before_read(f.target(), {})).queued.size() == 1);
}

TEST_CASE("a range that the viewport does not fetch queues nothing, and says that it is missing") {
  SyncFixture f;
  f.dispatcher.own_range->from = SemanticTime(must(PartialDate::ymd(2001, 9, 1)));
  f.dispatcher.own_range->to = SemanticTime(must(PartialDate::ymd(2001, 9, 10)));
  const auto orchestrator = f.orchestrator();
  const auto check = must(orchestrator->before_read(f.target(), {0, 1000}));
  CHECK(check.outside);
  CHECK(check.freshness.state == Freshness::missing);
  CHECK(check.queued.empty());
  CHECK(f.jobs_left() == 0);
}

TEST_CASE("a read of dates that another stage fetches queues that one, once; what it brought does not grow old") {
  SyncFixture f;
  f.shape.shape.stale_after_s = 30;
  const auto days = [](int from_month, int to_month) {
    Span out;
    out.from = SemanticTime(must(PartialDate::ymd(2001, static_cast<unsigned>(from_month), 1)));
    out.to = SemanticTime(must(PartialDate::ymd(2001, static_cast<unsigned>(to_month), 1)));
    return out;
  };
  const auto zone = must(Zone::find("Europe/Berlin"));
  const auto moments = [&](int from_month, int to_month) { return moments_of(days(from_month, to_month), zone); };
  f.dispatcher.ranges = {{"viewport", days(9, 10)}, {"live", days(9, 10)}, {"backfill", days(2, 9)}};
  const auto orchestrator = f.orchestrator();
  must(orchestrator->start());

  // Who names no dates asks for what is there.
  auto check = must(orchestrator->before_read(f.target(), {}));
  CHECK(check.stage == "viewport");
  REQUIRE(check.queued.size() == 1);
  must(orchestrator->wait(check.queued, longest_wait_ms, nullptr));
  CHECK(must(orchestrator->before_read(f.target(), {})).freshness.state == Freshness::fresh);

  check = must(orchestrator->before_read(f.target(), moments(3, 4)));
  CHECK(check.freshness.state == Freshness::missing);
  CHECK(check.stage == "backfill");
  CHECK_FALSE(check.outside);
  REQUIRE(check.queued.size() == 1);
  CHECK(check.queued[0].stage == "backfill");
  CHECK(check.queued[0].stage_class == TENTO_STAGE_VIEWPORT);
  must(orchestrator->wait(check.queued, longest_wait_ms, nullptr));
  f.now += 400 * second;
  check = must(orchestrator->before_read(f.target(), moments(3, 4)));
  CHECK(check.freshness.state == Freshness::fresh);
  CHECK(check.queued.empty());

  // Both at once: the recent part is old by now, the other is not.
  check = must(orchestrator->before_read(f.target(), moments(3, 10)));
  CHECK(check.freshness.state == Freshness::stale);
  CHECK(check.stage == "viewport");
  REQUIRE(check.queued.size() == 1);
  must(orchestrator->wait(check.queued, longest_wait_ms, nullptr));

  // Half of it is fetched by nobody.
  check = must(orchestrator->before_read(f.target(), moments(1, 3)));
  CHECK(check.freshness.state == Freshness::missing);
  CHECK(check.freshness.reason == "no stage of the row fetches these dates");
  CHECK_FALSE(check.outside);
  CHECK(check.queued.empty());
}

TEST_CASE("dates of which a stage brought nothing when it ended well are not asked for again") {
  SyncFixture f;
  f.dispatcher.on_sync = [](const Target&, const std::string&, const CallOptions& call) -> Result<SyncOutcome> {
    call.landed->used_txn = true;  // its coverage is its own business, and it says nothing of these dates
    SyncOutcome out;
    out.used_txn = true;
    return out;
  };
  Span old;
  old.to = SemanticTime(must(PartialDate::ymd(2001, 9, 1)));
  Span recent;
  recent.from = old.to;
  f.dispatcher.ranges = {{"viewport", recent}, {"live", recent}, {"backfill", old}};
  const auto orchestrator = f.orchestrator();
  must(orchestrator->start());
  const Moments asked{0, 1000};
  const auto first = must(orchestrator->before_read(f.target(), asked));
  REQUIRE(first.queued.size() == 2);  // the viewport that the backfill waits for comes along
  must(orchestrator->wait(first.queued, longest_wait_ms, nullptr));
  f.now += 400 * second;
  const auto again = must(orchestrator->before_read(f.target(), asked));
  CHECK(again.freshness.state == Freshness::missing);
  CHECK(again.freshness.reason == "stage `backfill` ended well and brought nothing of these dates");
  CHECK(again.queued.empty());
}

TEST_CASE("a row without a viewport stage has its first one queued; a job that waits already becomes as urgent") {
  SyncFixture f;
  f.shape.stages = {&f.shape.backfill, &f.shape.live, &f.shape.live};
  f.shape.shape.stage_count = 2;
  f.shape.backfill.after_count = 0;
  const auto orchestrator = f.orchestrator();
  const auto before = must(orchestrator->enqueue(f.target(), "backfill"));
  REQUIRE(before.size() == 1);
  CHECK(before[0].stage_class == TENTO_STAGE_BACKFILL);
  const auto check = must(orchestrator->before_read(f.target(), {}));
  CHECK(check.stage == "backfill");
  REQUIRE(check.queued.size() == 1);
  CHECK(check.queued[0].id == before[0].id);
  CHECK(must(f.store->jobs().queued({}, 9)).at(0).stage_class == TENTO_STAGE_VIEWPORT);

  // A stage of the class serves where none has the name.
  f.shape.backfill.stage_class = TENTO_STAGE_BACKFILL;
  f.shape.live.stage_class = TENTO_STAGE_VIEWPORT;
  CHECK(must(orchestrator->before_read(f.target(), {})).stage == "live");
}
