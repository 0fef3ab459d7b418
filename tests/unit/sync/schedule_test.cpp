// SPDX-License-Identifier: Apache-2.0
// When rows sync without being asked: the rules, and rows that keep themselves current on a clock that is moved.
#include "host/sync/schedule.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <map>
#include <set>

#include "host/sync/periodic_sync.hpp"
#include "tests/unit/sync/fake_dispatcher.hpp"

using namespace tento;
using namespace tento::host;
using namespace tento::host::testing;

namespace {

constexpr std::int64_t sec_us = 1'000'000, hour_us = 3600 * sec_us;

Uuid row_of_number(std::uint8_t number) {
  Uuid out;
  out.bytes[3] = number;
  return out;
}

struct Periodic : SyncFixture {
  std::unique_ptr<Orchestrator> jobs;
  std::int64_t of_operator_s = -1;
  std::unique_ptr<PeriodicSync> periodic;
  std::mutex synced_mutex;
  std::map<std::string, int> synced;  // by key and stage

  explicit Periodic(std::int64_t interval_s = 3600) {
    shape.shape.interval_s = interval_s;
    dispatcher.on_sync = [this](const Target& target, const std::string& stage, const CallOptions&) {
      const std::lock_guard lock(synced_mutex);
      ++synced[target.row.lookup_key + "/" + stage];
      return SyncOutcome{};
    };
    begin();
  }
  void begin() {
    periodic.reset();
    jobs.reset();
    jobs = orchestrator(4);
    must(jobs->start());
    PeriodicSyncOptions options;
    options.now_unix_us = [this] { return now; };
    options.interval_s = [this](std::string_view, std::string_view) { return of_operator_s; };
    periodic = std::make_unique<PeriodicSync>(*store, dispatcher, *jobs, std::move(options));
  }
  // A look, and all that it queued.
  std::optional<std::int64_t> look() {
    const auto next = must(periodic->look());
    REQUIRE(eventually([this] { return jobs_left() == 0; }));
    return next;
  }
  int count(const std::string& stage, const std::string& key = ":~x:a:things") {
    const std::lock_guard lock(synced_mutex);
    return synced[key + "/" + stage];
  }
};

}  // namespace

TEST_CASE(
    "an account's pace goes before the operator's, and that before the provider's; none is shorter than a minute") {
  CHECK(Pace{-1, -1, 900}.interval_s() == 900);
  CHECK(Pace{-1, 600, 900}.interval_s() == 600);
  CHECK(Pace{300, 600, 900}.interval_s() == 300);
  CHECK(Pace{-1, 0, 900}.interval_s() == 0);
  CHECK(Pace{0, 600, 900}.interval_s() == 0);
  CHECK(Pace{-1, -1, 0}.interval_s() == 0);
  CHECK(Pace{-1, -1, 1}.interval_s() == shortest_interval_s);
  CHECK(Pace{-1, -1, -5}.interval_s() == 0);
  CHECK(Pace{-1, -1, std::int64_t{1} << 31}.interval_s() > 0);
  CHECK(Pace{-1, -1, INT64_MAX}.interval_s() < INT64_MAX / sec_us);
}

TEST_CASE("rows that began together do not stay together, and each keeps its pace") {
  std::set<std::int64_t> moments;
  for (std::uint8_t i = 0; i < 200; ++i) {
    const auto due = next_due_us(row_of_number(i), 1000, 5 * sec_us);
    CHECK(due >= 955 * sec_us);
    CHECK(due <= 1055 * sec_us);
    moments.insert(due);
  }
  CHECK(moments.size() > 190);
  CHECK(*moments.rbegin() - *moments.begin() > 80 * sec_us);
}

TEST_CASE("what is overdue is spread over five minutes, or over its interval where that is shorter") {
  std::set<std::int64_t> moments;
  for (std::uint8_t i = 0; i < 200; ++i) {
    const auto now = 1000 * hour_us;
    moments.insert(spread_us(row_of_number(i), 3600, now));
    CHECK(spread_us(row_of_number(i), 60, now) < now + 60 * sec_us);
    CHECK(spread_us(row_of_number(i), 0, now) <= now + 300 * sec_us);
  }
  CHECK(*moments.begin() >= 1000 * hour_us);
  CHECK(*moments.rbegin() < 1000 * hour_us + 300 * sec_us);
  CHECK(*moments.rbegin() - *moments.begin() > 240 * sec_us);
}

TEST_CASE("a row that was never synced is synced whole at once, then its first stage at its pace") {
  Periodic f;
  const auto next = f.look();
  CHECK(f.count("viewport") == 1);
  CHECK(f.count("live") == 1);
  CHECK(f.count("backfill") == 1);
  REQUIRE(next);
  CHECK(*next > f.now + 3400 * sec_us);
  CHECK(*next < f.now + 3800 * sec_us);
  CHECK(must(f.store->rows().find(f.row))->due_us == *next);
  f.now = *next - 1;
  f.look();
  CHECK(f.count("viewport") == 1);
  f.now = *next;
  f.look();
  CHECK(f.count("viewport") == 2);
  CHECK(f.count("backfill") == 1);
}

TEST_CASE("a stage that never ended well is tried with the first one; who is paused or has no pace rests") {
  Periodic f;
  f.dispatcher.on_sync = [&f](const Target& target, const std::string& stage,
                              const CallOptions&) -> Result<SyncOutcome> {
    const std::lock_guard lock(f.synced_mutex);
    if (++f.synced[target.row.lookup_key + "/" + stage] == 1 && stage == "backfill") return fail(upstream_error());
    return SyncOutcome{};
  };
  f.look();
  f.now = f.look().value();
  f.look();
  CHECK(f.count("backfill") == 2);
  f.now = f.look().value();
  f.look();
  CHECK(f.count("backfill") == 2);
  CHECK(f.count("viewport") == 3);

  must(f.periodic->pause_row(f.target(), true));
  f.now += 10 * hour_us;
  CHECK_FALSE(f.look());
  CHECK(f.count("viewport") == 3);
  f.target().row.paused = false;
  must(f.periodic->pause_row(f.target(), false));
  f.of_operator_s = 0;
  CHECK_FALSE(f.look());
  f.of_operator_s = 120;
  must(f.store->schedules().judge_all());
  const auto spread = f.look();
  REQUIRE(spread);
  CHECK(*spread - f.now <= 120 * sec_us);  // ten hours late: at a moment of its own
}

TEST_CASE("after a long stop each row runs once, at a moment of its own") {
  Periodic f(60);
  for (std::uint8_t i = 2; i < 22; ++i) {
    const auto key = ":~x:a:things" + std::to_string(i);
    f.add_target(key, f.make_row(i, key));
  }
  f.look();
  CHECK(f.synced.size() == 63);
  f.now += 1000 * hour_us;  // the host slept: rows are due many times over
  std::set<std::int64_t> looks;
  const auto before = f.now;
  for (auto next = f.look(); next && *next < before + 50 * sec_us;) {
    looks.insert(f.now = *next);
    next = f.look();
  }
  CHECK(looks.size() > 10);
  for (std::uint8_t i = 2; i < 22; ++i) CHECK(f.count("viewport", ":~x:a:things" + std::to_string(i)) <= 2);
}

TEST_CASE("a year of a row that is asked each hour") {
  Periodic f;
  const auto end = f.now + 8766 * hour_us;
  while (true) {
    const auto next = f.look();
    REQUIRE(next);
    if (*next > end) break;
    f.now = std::max(f.now, *next);
  }
  CHECK(f.count("viewport") > 8300);
  CHECK(f.count("viewport") < 9300);
  CHECK(f.count("backfill") == 1);
}

TEST_CASE("a newer data version has every stage synced anew, whatever the pace") {
  Periodic f;
  f.look();
  f.shape.shape.interval_s = 0;
  f.described.data_version = 2;
  must(f.store->schedules().judge_all());
  const auto next = f.look();  // at a moment of its own
  if (next) f.now = *next;
  f.look();
  CHECK(f.count("viewport") == 2);
  CHECK(f.count("backfill") == 2);
  must(f.store->schedules().judge_all());
  CHECK_FALSE(f.look());
  CHECK(f.count("backfill") == 2);
}

TEST_CASE("a job that waits for its next try is not asked for again by the schedule") {
  class Hours final : public RetryPolicy {
   public:
    std::optional<std::int64_t> next_attempt_us(const RunRecord&, std::int32_t, std::int64_t now_us) const override {
      return now_us + 5 * hour_us;
    }
  };
  Periodic f;
  f.retry = std::make_shared<Hours>();
  std::atomic<int> calls{0};
  f.dispatcher.on_sync = [&](const Target&, const std::string& stage, const CallOptions&) -> Result<SyncOutcome> {
    if (stage != "viewport") return SyncOutcome{};
    ++calls;
    return fail(upstream_error());
  };
  f.begin();
  must(f.periodic->look());
  REQUIRE(eventually([&] { return calls == 1 && f.jobs_left() == 2; }));
  f.now += 2 * hour_us;
  must(f.periodic->look());
  f.now += 2 * hour_us;
  must(f.periodic->look());
  CHECK(f.jobs_left() == 2);
  CHECK(calls == 1);
}

TEST_CASE("a row whose provider cannot say how it is locked keeps no other row waiting") {
  Periodic f;
  f.add_target(":~x:a:other", f.make_row(2, ":~x:a:other"));
  f.dispatcher.cannot_lock = ":~x:a:other";
  const auto next = f.look();
  CHECK(f.count("viewport") == 1);
  CHECK(f.count("viewport", ":~x:a:other") == 0);
  REQUIRE(next);
  CHECK(*next > f.now);
  const std::lock_guard lock(f.log_mutex);
  CHECK(std::ranges::any_of(f.logged, [](const std::string& line) {
    return line.find(":~x:a:other is due and cannot be queued: the provider cannot say how") != std::string::npos;
  }));
}
