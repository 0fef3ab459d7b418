// SPDX-License-Identifier: Apache-2.0
// Who looks on while jobs run, and who gives up: watchers, progress, withdrawing.
#include <doctest/doctest.h>

#include <algorithm>

#include "host/store/store.hpp"
#include "tests/unit/sync/fake_dispatcher.hpp"

using namespace tento;
using namespace tento::host;
using namespace tento::host::testing;

TEST_CASE("watchers see a run move, and a report after its end changes nothing") {
  SyncFixture f;
  std::function<void(std::uint64_t, std::uint64_t, std::string_view)> late;
  std::atomic<std::uint64_t> seen{0};
  f.dispatcher.on_sync = [&](const Target&, const std::string&, const CallOptions& call) {
    late = call.progress;
    CHECK(eventually([&] {
      call.progress(500, 500, "half way");
      return seen == 500;
    }));
    return SyncOutcome{};
  };
  const auto orchestrator = f.orchestrator();
  must(orchestrator->start());
  const auto runs = must(orchestrator->wait(must(orchestrator->enqueue(f.target(), "live")), longest_wait_ms,
                                            [&seen](const RunRecord& run) { seen = run.done; }));
  CHECK(runs[0].done == 500);
  CHECK(runs[0].total == 500);
  CHECK(must(f.store->runs().of_row(f.row, 1)).at(0).message == "half way");
  late(7, 7, "too late");
  CHECK(must(orchestrator->wait({{}}, 0, nullptr)).size() == 1);
  CHECK(must(f.store->runs().of_row(f.row, 1)).at(0).done == 500);
}

TEST_CASE("who watches hears that each run begins, moves now and then, and ends, and whose it is") {
  SyncFixture f;
  std::mutex mutex;
  std::vector<RunRecord> told;
  f.on_run_move = [&](const RunRecord& run) {
    const std::lock_guard lock(mutex);
    told.push_back(run);
  };
  const auto heard_so_far = [&] {
    const std::lock_guard lock(mutex);
    return told;
  };
  f.dispatcher.on_sync = [&](const Target&, const std::string& stage, const CallOptions& call) -> Result<SyncOutcome> {
    if (stage == "viewport") return fail(upstream_error());
    std::uint64_t i = 0;
    CHECK(eventually([&] {
      call.progress(++i, 0, "going");
      return heard_so_far().size() >= 3;
    }));
    return SyncOutcome{};
  };
  const auto orchestrator = f.orchestrator();
  must(orchestrator->start());
  const auto begun = std::chrono::steady_clock::now();
  const auto live = must(orchestrator->wait(must(orchestrator->enqueue(f.target(), "live")), longest_wait_ms, nullptr));
  REQUIRE(live.size() == 1);
  const auto ended = [&] { return heard_so_far().back().status != RunStatus::running; };
  REQUIRE(eventually(ended));
  auto heard = heard_so_far();
  // One each 250 ms, the begin and the end, however long it really took.
  const auto taken = std::chrono::steady_clock::now() - begun;
  CHECK(heard.size() <= static_cast<std::size_t>(taken / std::chrono::milliseconds(250)) + 3);
  CHECK(heard.front().status == RunStatus::running);
  CHECK(heard.front().done == 0);
  CHECK(heard[1].message == "going");
  CHECK(heard.back().status == RunStatus::ok);
  CHECK(heard.back().done == live[0].done);
  for (const auto& run : heard) {
    CHECK(run.id == live[0].id);
    CHECK(run.owner == f.target().owner.id);
    CHECK(run.lookup_key == ":~x:a:things");
  }
  const auto before = heard.size();
  // What fails, and what never ran because of it.
  must(orchestrator->wait(must(orchestrator->enqueue(f.target(), "backfill")), longest_wait_ms, nullptr));
  orchestrator->stop();
  heard = heard_so_far();
  heard.erase(heard.begin(), heard.begin() + static_cast<std::ptrdiff_t>(before));
  REQUIRE(heard.size() == 3);
  CHECK(heard[0].status == RunStatus::running);
  CHECK(heard[1].status == RunStatus::failed);
  CHECK(heard[2].stage == "backfill");
  CHECK(heard[2].status == RunStatus::failed);
  CHECK(heard[2].owner == f.target().owner.id);
}

TEST_CASE("who withdraws ends what nobody else asked for, queued or running, and waits no longer") {
  SyncFixture f;
  Latch going, watched;
  f.dispatcher.on_sync = [&](const Target&, const std::string&, const CallOptions& call) {
    going.open();
    return until_stopped(call);
  };
  const auto orchestrator = f.orchestrator();
  // Unbegun, of two stages the later one waits for the other: neither ever runs.
  auto jobs = must(orchestrator->enqueue(f.target(), "backfill"));
  REQUIRE(jobs.size() == 2);
  orchestrator->withdraw(jobs);
  CHECK(f.jobs_left() == 0);
  auto runs = must(orchestrator->wait(jobs, longest_wait_ms, nullptr));
  for (const auto& run : runs) CHECK(run.status == RunStatus::stopped);
  must(orchestrator->start());
  CHECK(f.dispatcher.order.empty());
  // Of what another asked for too, the waiter who has given up hears that it goes on; the other's end is its end.
  jobs = must(orchestrator->enqueue(f.target(), "live"));
  CHECK(must(orchestrator->enqueue(f.target(), "live"))[0].id == jobs[0].id);
  REQUIRE(going.wait());
  const auto follow = orchestrator->follow(jobs, std::chrono::steady_clock::time_point::max(),
                                           [&](const RunRecord&) { watched.open(); });
  std::thread interrupts([&] {
    watched.wait();
    follow->cancel();
    orchestrator->withdraw(jobs);
  });
  runs = must(await(*follow));
  interrupts.join();
  CHECK(runs[0].status == RunStatus::running);
  orchestrator->withdraw(jobs);
  CHECK(must(orchestrator->wait(jobs, longest_wait_ms, nullptr))[0].status == RunStatus::stopped);
  CHECK(f.jobs_left() == 0);
  orchestrator->withdraw(jobs);  // late: nothing is there any more
}

TEST_CASE("a run of a provider that told no progress shows what landed") {
  SyncFixture f;
  int turns = 0;
  f.dispatcher.on_sync = [&](const Target&, const std::string&, const CallOptions&) {
    SyncOutcome outcome;
    outcome.counts.added = 3;
    outcome.counts.unchanged = 4;
    outcome.more = ++turns == 1;
    return outcome;
  };
  const auto orchestrator = f.orchestrator();
  must(orchestrator->start());
  const auto runs = must(orchestrator->wait(must(orchestrator->enqueue(f.target(), "live")), longest_wait_ms, nullptr));
  CHECK(runs[0].done == 14);
  CHECK(runs[0].total == 0);
}
