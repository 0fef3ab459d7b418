// SPDX-License-Identifier: Apache-2.0
// What many threads on two openings of one store see: no change is missed or told twice, and of many who ask for the
// same thing one gets it.
#include <doctest/doctest.h>

#include <array>
#include <atomic>
#include <functional>
#include <set>
#include <thread>

#include "tests/unit/store/contract/early_numbers.hpp"
#include "tests/unit/store/contract/gap_hunt.hpp"

using namespace tento;
using namespace tento::host;
using namespace tento::host::testing;

namespace {

// Sixteen threads, half of them on either opening.
void from_both(const Contract& f, const std::function<void(Store& store, std::size_t thread)>& ask) {
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < 16; ++i) threads.emplace_back([&, i] { ask(i % 2 == 0 ? f.a() : f.b(), i); });
  for (auto& thread : threads) thread.join();
}

}  // namespace

TEST_CASE_TEMPLATE("a reader by cursor misses no commit of any writer and is told none twice", Backend,
                   TENTO_STORE_BACKENDS) {
  Contract f{Backend{}};
  const auto found = GapHunt(f, 8, 60).run();
  CHECK(found.acknowledged == 480);
  CHECK(found.gaps == 0);
  CHECK(found.repeats == 0);
  CHECK(found.ghosts == 0);
  CHECK(found.disorder == 0);
  CHECK(found.same_content);
}

TEST_CASE("the hunt finds the gap of a store that numbers its commits before they take their place") {
  Contract f{EarlyNumbersBackend{}};
  const auto found = GapHunt(f, 8, 60).run();
  CHECK(found.acknowledged == 480);
  CHECK(found.gaps > 0);
  CHECK_FALSE(found.same_content);
}

TEST_CASE_TEMPLATE("of many who ask for the lease to refresh a credential, one gets it", Backend,
                   TENTO_STORE_BACKENDS) {
  Contract f{Backend{}};
  const AccountKey key{f.user.id, "x", "a"};
  must(f.a().credentials().put(f.account(), {"sealed", "k"}));
  for (std::uint64_t generation = 0; generation < 5; ++generation) {
    std::atomic<int> mine{0}, theirs{0}, finished{0};
    from_both(f, [&](Store& store, std::size_t thread) {
      const auto lease =
          store.credentials().begin_refresh(key, generation, "h" + std::to_string(thread), 60 * second_us);
      if (lease && lease->state == RefreshLease::State::mine) ++mine;
      if (lease && lease->state == RefreshLease::State::theirs) ++theirs;
    });
    CHECK(mine == 1);
    CHECK(theirs == 15);
    const auto holder = must(f.b().credentials().refresh(key))->holder;
    auto next = f.account();
    next.generation = generation;
    from_both(f, [&](Store& store, std::size_t) {  // the answer is sent more than once
      const auto done = store.credentials().finish_refresh(next, holder, {"new", "k"});
      if (done && *done) ++finished;
    });
    CHECK(finished == 1);
    CHECK(must(f.a().credentials().find(key))->generation == generation + 1);
  }
}

TEST_CASE_TEMPLATE("of many who begin with one idempotency key, one works", Backend, TENTO_STORE_BACKENDS) {
  Contract f{Backend{}};
  for (const char* name : {"k1", "k2", "k3", "k4", "k5"}) {
    const IdempotencyKey key{f.user.id, "t", name};
    std::atomic<int> won{0}, known{0};
    from_both(f, [&](Store& store, std::size_t) {
      const auto before = store.idempotency().begin(key, "hash");
      if (before && !*before) ++won;
      if (before && *before && !(**before).finished) ++known;
    });
    CHECK(won == 1);
    CHECK(known == 15);
  }
}

TEST_CASE_TEMPLATE("an authorization is taken once, a link followed once, a user made once", Backend,
                   TENTO_STORE_BACKENDS) {
  Contract f{Backend{}};
  for (int i = 0; i < 5; ++i) {
    AuthorizationRecord record;
    record.state_hash = "s" + std::to_string(i);
    record.ticket_hash = "t" + std::to_string(i);
    record.owner = f.user.id;
    must(f.a().authorizations().add(record));
    std::atomic<int> bound{0}, taken{0}, made{0};
    from_both(f, [&](Store& store, std::size_t thread) {
      const auto followed = store.authorizations().bind(record.ticket_hash, std::to_string(thread));
      if (followed && *followed) ++bound;
      const auto got = store.authorizations().take(record.state_hash);
      if (got && *got) ++taken;
      if (store.users().add("user" + std::to_string(i), "UTC")) ++made;
    });
    CHECK(bound <= 1);  // none, when it was taken before anybody followed the link
    CHECK(taken == 1);
    CHECK(made == 1);
  }
}

TEST_CASE_TEMPLATE("jobs are enqueued once for a dedup key, claimed once, and never beside their lock or limit",
                   Backend, TENTO_STORE_BACKENDS) {
  Contract f{Backend{}};
  std::atomic<int> made{0};
  from_both(f, [&](Store& store, std::size_t) {
    for (int i = 0; i < 12; ++i) {
      JobRecord job;
      job.row = f.row;
      job.stage = "s" + std::to_string(i);
      job.dedup_key = job.stage;
      job.lock_key = "lock" + std::to_string(i % 4);
      const auto stored = store.jobs().enqueue({&job, 1});
      if (stored && stored->front().is_new) ++made;
    }
  });
  CHECK(made == 12);
  // Each thread runs what it can get, until nothing is left.
  std::array<std::atomic<int>, 4> running{};
  std::atomic<int> all{0}, overlaps{0}, too_many{0}, done{0}, refused{0};
  from_both(f, [&](Store& store, std::size_t thread) {
    for (;;) {
      const auto queued = store.jobs().queued({}, 100);
      if (!queued || (queued->empty() && done >= 12)) return;
      for (const auto& job : *queued) {
        ClaimRequest request;
        request.job = job.id;
        request.limits.provider = 3;
        request.run.stage = job.stage;
        const auto claims = store.jobs().claim("w" + std::to_string(thread), {&request, 1}, 60 * second_us);
        if (!claims || claims->front().state != ClaimState::claimed) continue;
        auto& beside = running[static_cast<std::size_t>(job.lock_key.back() - '0')];
        if (++beside > 1) ++overlaps;
        if (++all > 3) ++too_many;
        std::this_thread::yield();
        --beside;
        --all;
        JobEnd end{claims->front().lease, claims->front().run, {}};
        end.run.status = RunStatus::ok;
        for (int twice = 0; twice < 2; ++twice) {  // the same end sent again
          const auto outcome = store.jobs().complete({&end, 1});
          if (outcome) ++(outcome->front() == LeaseOutcome::done ? done : refused);
        }
      }
    }
  });
  CHECK(overlaps == 0);
  CHECK(too_many == 0);
  CHECK(done == 12);
  CHECK(refused == 12);
  std::set<std::int64_t> of_job;
  for (const auto& run : must(f.b().runs().of_row(f.row, 100))) {
    CHECK(run.status == RunStatus::ok);
    of_job.insert(run.job);
  }
  CHECK(of_job.size() == 12);
}

TEST_CASE_TEMPLATE("a frozen worker's end is refused whenever the rescue comes", Backend, TENTO_STORE_BACKENDS) {
  Contract f{Backend{}};
  for (int i = 0; i < 20; ++i) {
    JobRecord job;
    job.row = f.row;
    job.stage = "s";
    job.dedup_key = "key";
    job.lock_key = "lock";
    ClaimRequest request;
    request.job = must(f.a().jobs().enqueue({&job, 1})).front().job.id;
    const auto frozen = must(f.a().jobs().claim("frozen", {&request, 1}, second_us)).front();
    f.now += second_us;
    std::atomic<int> done{0}, rescued{0};
    // In every third round the rescue comes first for certain.
    if (i % 3 == 0) rescued += static_cast<int>(must(f.b().jobs().rescue()));
    from_both(f, [&](Store& store, std::size_t thread) {
      if (thread == 7) {
        if (const auto runs = store.jobs().rescue()) rescued += static_cast<int>(*runs);
        return;
      }
      JobEnd end{frozen.lease, frozen.run, {}};
      end.run.status = RunStatus::ok;
      const auto outcome = store.jobs().complete({&end, 1});
      if (outcome && outcome->front() == LeaseOutcome::done) ++done;
    });
    // Either the end came first or the rescue did, and the run says which.
    CHECK(done + rescued == 1);
    const auto run = must(f.b().runs().find(frozen.run.id)).value();
    CHECK(run.status == (done == 1 ? RunStatus::ok : RunStatus::interrupted));
    if (done == 1) continue;
    const auto next = must(f.b().jobs().claim("next", {&request, 1}, second_us)).front();
    REQUIRE(next.state == ClaimState::claimed);
    JobEnd late{frozen.lease, frozen.run, {}};
    CHECK(must(f.a().jobs().complete({&late, 1})).front() == LeaseOutcome::fenced);
    JobEnd end{next.lease, next.run, {}};
    end.run.status = RunStatus::ok;
    CHECK(must(f.b().jobs().complete({&end, 1})).front() == LeaseOutcome::done);
  }
}

TEST_CASE_TEMPLATE("pages that are read while others write show each cell that stays once, in order", Backend,
                   TENTO_STORE_BACKENDS) {
  Contract f{Backend{}};
  std::vector<std::string> ids;
  for (int i = 0; i < 200; ++i) ids.push_back("stays" + std::to_string(1000 + i));
  std::vector<CellInput> stays;
  for (std::size_t i = 0; i < ids.size(); ++i) stays.push_back(cell(ids[i], static_cast<std::int64_t>(i), "1"));
  f.put(stays);
  std::atomic<bool> stop{false};
  std::atomic<int> wrong{0};
  from_both(f, [&](Store& store, std::size_t thread) {
    if (thread >= 2) {  // they come and go between the others
      for (int i = 0; i < 20 && !stop; ++i) {
        const auto id = "t" + std::to_string(thread) + "-" + std::to_string(i);
        if (!store.cells().persist(f.row, std::array{cell(id, i * 10, "1")}, {})) ++wrong;
        if (!store.cells().persist(f.row, std::array{gone(id)}, {})) ++wrong;
      }
      return;
    }
    for (int round = 0; round < 5; ++round) {
      std::vector<std::string> seen;
      std::string next;
      do {
        const auto end = store.cells().read_page(f.row, {}, {ReadOrder::ascending, 9, next}, [&](const CellView& c) {
          if (c.id.starts_with("stays")) seen.emplace_back(c.id);
          return true;
        });
        if (!end) ++wrong;
        next = end ? end->next : std::string();
      } while (!next.empty());
      if (seen != ids) ++wrong;
    }
  });
  CHECK(wrong == 0);
}
