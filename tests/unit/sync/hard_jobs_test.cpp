// SPDX-License-Identifier: Apache-2.0
// Jobs whose calls hang, and jobs under which the host ends: what they do not do to the others.
#include <doctest/doctest.h>

#include <atomic>
#include <string>
#include <vector>

#include "tests/unit/sync/fake_dispatcher.hpp"

using namespace tento;
using namespace tento::host;
using namespace tento::host::testing;

TEST_CASE("providers that hang do not stop the others: a slot is left, and what hangs gives up its own") {
  SyncFixture f;
  Latch release;
  std::atomic<int> hanging{0};
  f.dispatcher.on_sync = [&](const Target& target, const std::string&, const CallOptions&) {
    if (target.row.lookup_key.starts_with(":~hangs")) {
      ++hanging;
      release.wait();
    }
    return SyncOutcome{};
  };
  const auto rows_of = [&f](const std::string& provider, std::uint8_t first, int count) {
    std::vector<Target> out;
    for (int i = 0; i < count; ++i) {
      const auto key = ":~" + provider + ":a" + std::to_string(i) + ":things";
      out.push_back(f.add_target(key, f.make_row(static_cast<std::uint8_t>(first + i), key, "a", provider)));
    }
    return out;
  };
  const auto sync_all = [](Orchestrator& orchestrator, const std::vector<Target>& targets) {
    std::vector<JobRecord> jobs;
    for (const auto& target : targets)
      for (auto& job : must(orchestrator.enqueue(target, "live"))) jobs.push_back(job);
    return jobs;
  };
  SUBCASE("one provider that hangs on all its jobs, and declares more than there are workers") {
    f.provider->sync_.max_concurrent = 9;
    const auto orchestrator = f.orchestrator(4);
    must(orchestrator->start());
    const auto hung = sync_all(*orchestrator, rows_of("hangs", 10, 5));
    REQUIRE(eventually([&] { return hanging == 3; }));
    const auto others = sync_all(*orchestrator, rows_of("works", 20, 3));
    for (const auto& run : must(orchestrator->wait(others, longest_wait_ms, nullptr)))
      CHECK(run.status == RunStatus::ok);
    CHECK(hanging == 3);
    release.open();
    must(orchestrator->wait(hung, longest_wait_ms, nullptr));
  }
  SUBCASE("several, on all workers") {
    f.stalls_after = std::chrono::milliseconds(1);
    const auto orchestrator = f.orchestrator(2);
    must(orchestrator->start());
    auto hung = sync_all(*orchestrator, rows_of("hangs", 10, 1));
    for (auto& job : sync_all(*orchestrator, rows_of("hangstoo", 20, 1))) hung.push_back(job);
    REQUIRE(eventually([&] { return hanging == 2; }));
    const auto others = sync_all(*orchestrator, rows_of("works", 30, 3));
    for (const auto& run : must(orchestrator->wait(others, longest_wait_ms, nullptr)))
      CHECK(run.status == RunStatus::ok);
    release.open();
    must(orchestrator->wait(hung, longest_wait_ms, nullptr));
  }
}

TEST_CASE("a job under which the host ended three times in a row is not run again until somebody asks for it") {
  SyncFixture f;
  const auto queued = must(f.orchestrator()->enqueue(f.target(), "viewport")).at(0);
  const auto die = [&f](std::int64_t job) {
    ClaimRequest request;
    request.job = job;
    request.run.stage = "viewport";
    REQUIRE(must(f.store->jobs().claim("the dead", {&request, 1}, 60'000'000)).at(0).state == ClaimState::claimed);
    f.open();  // its leases are over
    must(f.store->jobs().rescue());
  };
  for (int i = 0; i < 3; ++i) die(queued.id);
  auto orchestrator = f.orchestrator();
  SUBCASE("asked for before the workers begin, as a command does") {
    const auto asked = must(orchestrator->enqueue(f.target(), "viewport"));
    CHECK(asked.at(0).id == queued.id);
    must(orchestrator->start());
    CHECK(must(orchestrator->wait(asked, longest_wait_ms, nullptr)).at(0).status == RunStatus::ok);
    return;
  }
  must(orchestrator->start());
  const auto parked = must(f.store->runs().of_row(f.row, 1)).at(0);
  CHECK(f.jobs_left() == 0);
  CHECK(f.dispatcher.order.empty());
  CHECK(parked.status == RunStatus::failed);
  REQUIRE(parked.error);
  CHECK(parked.error->tag == "sync_ends_host");
  CHECK(parked.error->message.find("the host ended 3 times in a row") != std::string::npos);
  CHECK_FALSE(f.logged.empty());
  // Who reads the row does not bring it back the same day.
  constexpr std::int64_t hour_us = std::int64_t{3600} * 1'000'000;
  const Moments all{INT64_MIN, INT64_MAX};
  f.now += 23 * hour_us;
  CHECK(must(orchestrator->before_read(f.target(), all)).queued.empty());
  // Who asks for it does.
  SUBCASE("asked for afterwards") {
    const auto asked = must(orchestrator->enqueue(f.target(), "viewport"));
    CHECK(must(orchestrator->wait(asked, longest_wait_ms, nullptr)).at(0).status == RunStatus::ok);
    return;
  }
  f.now += hour_us;
  const auto next_day = must(orchestrator->before_read(f.target(), all)).queued;
  CHECK(next_day.size() == 1);
  must(orchestrator->wait(next_day, longest_wait_ms, nullptr));
}
