// SPDX-License-Identifier: Apache-2.0
// The contract of jobs and runs: one for a dedup key, claimed under a fence within locks and limits, ended, rescued.
#include <doctest/doctest.h>

#include <array>
#include <functional>
#include <span>
#include <utility>

#include "host/store/outcome.hpp"
#include "tests/unit/store/contract/openings.hpp"

using namespace tento;
using namespace tento::host;
using namespace tento::host::testing;

namespace {

constexpr std::int64_t lease_us = 60'000'000;

struct Jobs : Contract {
  using Contract::Contract;
  std::int64_t queue(Store& store, const std::string& stage, const std::string& lock) const {
    return enqueue(store, stage, lock).job.id;
  }
  Enqueued enqueue(Store& store, const std::string& stage, const std::string& lock,
                   std::uint32_t stage_class = TENTO_STAGE_BACKFILL) const {
    JobRecord job;
    job.row = row;
    job.stage = stage;
    job.dedup_key = row.text() + '/' + stage;
    job.lock_key = lock;
    job.stage_class = stage_class;
    return must(store.jobs().enqueue({&job, 1})).front();
  }
  static Claim claim(Store& store, std::int64_t job, ConcurrencyLimits limits = {}, RunRecord run = {}) {
    ClaimRequest request;
    request.job = job;
    request.limits = limits;
    request.run = std::move(run);
    request.run.stage = "live";
    return must(store.jobs().claim("worker", {&request, 1}, lease_us)).front();
  }
  static LeaseOutcome complete(Store& store, const Lease& lease, RunRecord run,
                               std::vector<CoverageInput> coverage = {}) {
    const JobEnd end{lease, std::move(run), std::move(coverage)};
    return must(store.jobs().complete({&end, 1})).front();
  }
  static LeaseOutcome beat(Store& store, const Lease& lease, std::optional<RunRecord> run = {}) {
    const Heartbeat heartbeat{lease, std::move(run)};
    return must(store.jobs().heartbeat({&heartbeat, 1}, lease_us)).front();
  }
  static LeaseOutcome give_back(Store& store, const Lease& lease, RunRecord run, std::int64_t at_us = 0) {
    const JobReturn back{lease, std::move(run), at_us, 3};
    return must(store.jobs().reschedule({&back, 1})).front();
  }
};

RunRecord ended(RunRecord run, RunStatus status = RunStatus::ok) {
  run.status = status;
  run.ended_us = run.started_us + 5;
  return run;
}

}  // namespace

TEST_CASE_TEMPLATE("jobs: one for a dedup key until it ends, as urgent as the most urgent that asked", Backend,
                   TENTO_STORE_BACKENDS) {
  Jobs f{Backend{}};
  const auto first = f.enqueue(f.a(), "live", "l");
  CHECK(first.is_new);
  CHECK(first.job.provider == "x");
  CHECK(first.job.lookup_key == ":~x:a:things");
  CHECK(first.job.created_us == f.now);
  const auto again = f.enqueue(f.b(), "live", "other", TENTO_STAGE_VIEWPORT);
  CHECK_FALSE(again.is_new);
  CHECK(again.job.id == first.job.id);
  CHECK(again.job.lock_key == "l");
  CHECK(again.job.stage_class == TENTO_STAGE_VIEWPORT);
  CHECK(f.enqueue(f.a(), "live", "l").job.stage_class == TENTO_STAGE_VIEWPORT);
  const auto claim = f.claim(f.b(), first.job.id);
  CHECK(f.enqueue(f.a(), "live", "l").job.running);
  const auto second = f.queue(f.a(), "backfill", "m");
  CHECK(f.complete(f.a(), claim.lease, ended(claim.run)) == LeaseOutcome::done);
  CHECK(f.queue(f.b(), "live", "l") > second);
}

TEST_CASE_TEMPLATE("jobs: of several that are asked for together all are stored or none", Backend,
                   TENTO_STORE_BACKENDS) {
  Jobs f{Backend{}};
  std::array<JobRecord, 2> both;
  both[0].row = f.row;
  both[0].dedup_key = "one";
  both[1].dedup_key = "two";
  CHECK(tag_of(f.a().jobs().enqueue(both)) == "no_such_row");
  CHECK(must(f.b().jobs().queued({}, 9)).empty());
  both[1].row = f.row;
  const auto stored = must(f.a().jobs().enqueue(both));
  REQUIRE(stored.size() == 2);
  CHECK(stored[1].job.dedup_key == "two");
}

TEST_CASE_TEMPLATE("jobs: what is due comes first, and what nobody has claimed can be put off", Backend,
                   TENTO_STORE_BACKENDS) {
  Jobs f{Backend{}};
  std::vector<JobReturn> returns;
  std::vector<std::int64_t> ids;
  for (int i = 0; i < 4; ++i) ids.push_back(f.enqueue(f.a(), "s" + std::to_string(i), "l").job.id);
  for (const auto& [at, not_before_us] : {std::pair{0, 900}, std::pair{1, 500}, std::pair{2, 500}}) {
    JobReturn back;
    back.lease.job = ids[static_cast<std::size_t>(at)];
    back.not_before_us = not_before_us;
    returns.push_back(back);
  }
  CHECK(must(f.b().jobs().reschedule(returns)) == std::vector(3, LeaseOutcome::done));
  std::vector<std::int64_t> order;
  JobPosition after;
  for (auto page = must(f.a().jobs().queued(after, 2)); !page.empty(); page = must(f.a().jobs().queued(after, 2))) {
    for (const auto& job : page) order.push_back(job.id);
    after = queue_position(page.back());
  }
  CHECK(order == std::vector{ids[3], ids[1], ids[2], ids[0]});
  CHECK(after == JobPosition{900, ids[0]});
}

TEST_CASE_TEMPLATE("jobs: the queue comes in pages, of the classes that are asked for, without what runs", Backend,
                   TENTO_STORE_BACKENDS) {
  Jobs f{Backend{}};
  std::vector<std::int64_t> ids;
  for (int i = 0; i < 5; ++i)
    ids.push_back(f.enqueue(i % 2 == 0 ? f.a() : f.b(), "s" + std::to_string(i), "l" + std::to_string(i),
                            i % 2 == 0 ? TENTO_STAGE_VIEWPORT : TENTO_STAGE_BACKFILL)
                      .job.id);
  CHECK(f.claim(f.a(), ids[1]).state == ClaimState::claimed);
  const auto page = must(f.b().jobs().queued({}, 2));
  REQUIRE(page.size() == 2);
  CHECK(page[0].id == ids[0]);
  CHECK(page[1].id == ids[2]);
  CHECK(must(f.b().jobs().queued({0, ids[2]}, 9)).size() == 2);
  CHECK(must(f.b().jobs().queued({}, 9, {0, TENTO_STAGE_VIEWPORT})).size() == 3);
  const auto counts = must(f.b().jobs().counts());
  REQUIRE(counts.size() == 2);
  CHECK(counts[0].stage_class == TENTO_STAGE_VIEWPORT);
  CHECK(counts[0].jobs == 3);
  CHECK(counts[1].jobs == 2);
}

TEST_CASE_TEMPLATE("jobs: claimed once, under a lock once, within limits; a claim begins a run", Backend,
                   TENTO_STORE_BACKENDS) {
  Jobs f{Backend{}};
  const auto one = f.queue(f.a(), "a", "one"), same = f.queue(f.a(), "b", "one"), other = f.queue(f.b(), "c", "two");
  const auto first = f.claim(f.a(), one);
  REQUIRE(first.state == ClaimState::claimed);
  CHECK(first.lease.fence > 0);
  CHECK(first.lease.until_us == f.now + lease_us);
  const auto run = must(f.b().runs().find(first.run.id)).value();
  CHECK(run.status == RunStatus::running);
  CHECK(run.job == one);
  CHECK(run.started_us == f.now);
  CHECK(run.owner == f.user.id);
  CHECK(run.lookup_key == ":~x:a:things");
  CHECK(f.claim(f.b(), one).state == ClaimState::gone);
  CHECK(f.claim(f.b(), 9999).state == ClaimState::gone);
  CHECK(f.claim(f.b(), same).state == ClaimState::busy);
  CHECK(f.claim(f.b(), other, {1, 0}).state == ClaimState::busy);
  CHECK(f.claim(f.b(), other, {0, 1}).state == ClaimState::busy);
  CHECK(f.claim(f.b(), other, {2, 2}).state == ClaimState::claimed);
  CHECK(f.complete(f.b(), first.lease, ended(first.run)) == LeaseOutcome::done);
  CHECK(f.claim(f.a(), same).state == ClaimState::claimed);
}

TEST_CASE_TEMPLATE("jobs: a job ends once, with its run and what was learnt; sent again it changes nothing", Backend,
                   TENTO_STORE_BACKENDS) {
  Jobs f{Backend{}};
  const auto claim = f.claim(f.a(), f.queue(f.a(), "live", "l"));
  auto run = ended(claim.run, RunStatus::partial);
  run.counts = {1, 2, 3, 4};
  run.skipped = 5;
  run.skipped_note = "note";
  run.message = "message";
  run.error = Error{};
  run.error->message = "why";
  run.error->tag = "tag";
  run.error->http_status = 503;
  const CoverageInput learnt{{0, 9}, TENTO_COVERAGE_HAVE, 0, "", INT64_MIN};
  const CoverageInput empty{{9, 9}, TENTO_COVERAGE_HAVE, 0, "", INT64_MIN};
  const JobEnd wrong{claim.lease, run, {empty}};
  CHECK(tag_of(f.a().jobs().complete({&wrong, 1})) == "bad_coverage");
  CHECK(f.complete(f.b(), claim.lease, run, {learnt}) == LeaseOutcome::done);
  CHECK(f.complete(f.a(), claim.lease, ended(claim.run, RunStatus::failed), {learnt}) == LeaseOutcome::fenced);
  CHECK(must(f.a().rows().coverage(f.row)).size() == 1);
  const auto stored = must(f.a().runs().of_job(f.row, claim.lease.job)).value();
  CHECK(stored.status == RunStatus::partial);
  CHECK(stored.counts.unchanged == 4);
  CHECK(stored.skipped == 5);
  CHECK(stored.skipped_note == "note");
  CHECK(stored.message == "message");
  CHECK(stored.error == run.error);
  CHECK(stored.stage == "live");
  CHECK_FALSE(must(f.b().runs().ended_well(f.row, "live")));
  CHECK_FALSE(must(f.b().runs().ended_well(f.row, "other")));
}

TEST_CASE_TEMPLATE("jobs: one that is given back is queued again and may go on in its run", Backend,
                   TENTO_STORE_BACKENDS) {
  Jobs f{Backend{}};
  const auto job = f.queue(f.a(), "live", "l");
  const auto first = f.claim(f.a(), job);
  CHECK(f.give_back(f.b(), first.lease, first.run, 77) == LeaseOutcome::done);
  CHECK(f.give_back(f.b(), first.lease, first.run, 78) == LeaseOutcome::fenced);
  CHECK(f.beat(f.a(), first.lease) == LeaseOutcome::fenced);
  const auto queued = must(f.b().jobs().queued({}, 9));
  REQUIRE(queued.size() == 1);
  CHECK(queued[0].not_before_us == 77);
  CHECK(queued[0].attempts == 3);
  const auto second = f.claim(f.b(), job, {}, first.run);
  CHECK(second.lease.fence != first.lease.fence);
  CHECK(second.run.id == first.run.id);
  CHECK(f.give_back(f.a(), second.lease, ended(second.run, RunStatus::failed)) == LeaseOutcome::done);
  const auto third = f.claim(f.a(), job, {}, second.run);
  CHECK(third.run.id != first.run.id);
}

TEST_CASE_TEMPLATE("jobs: rescue takes back what is over, and whoever had it changes nothing any more", Backend,
                   TENTO_STORE_BACKENDS) {
  Jobs f{Backend{}};
  const auto job = f.queue(f.a(), "live", "l"), kept = f.queue(f.a(), "other", "m");
  const auto lost = f.claim(f.a(), job);
  const auto alive = f.claim(f.b(), kept);
  f.now += lease_us - 1;
  CHECK(must(f.b().jobs().rescue()) == 0);
  auto progress = alive.run;
  progress.done = 7;
  CHECK(f.beat(f.a(), alive.lease, progress) == LeaseOutcome::done);
  CHECK(must(f.b().runs().find(alive.run.id))->done == 7);
  f.now += 1;
  CHECK(must(f.b().jobs().rescue()) == 1);
  CHECK(must(f.b().jobs().rescue()) == 0);
  const auto run = must(f.a().runs().find(lost.run.id)).value();
  CHECK(run.status == RunStatus::interrupted);
  CHECK(run.ended_us == f.now);
  const auto next = f.claim(f.b(), job);
  CHECK(next.state == ClaimState::claimed);
  CHECK(next.lease.fence != lost.lease.fence);
  CHECK(f.complete(f.a(), lost.lease, ended(lost.run)) == LeaseOutcome::fenced);
  CHECK(f.give_back(f.a(), lost.lease, ended(lost.run)) == LeaseOutcome::fenced);
  CHECK(f.beat(f.a(), lost.lease, ended(lost.run)) == LeaseOutcome::fenced);
  CHECK(must(f.a().runs().find(lost.run.id))->status == RunStatus::interrupted);
  CHECK(f.complete(f.b(), next.lease, ended(next.run)) == LeaseOutcome::done);
}

TEST_CASE_TEMPLATE("jobs: how often in a row one was lost with its process is counted until it changes something",
                   Backend, TENTO_STORE_BACKENDS) {
  Jobs f{Backend{}};
  const auto job = f.queue(f.a(), "live", "l");
  const auto deaths = [&f] { return must(f.b().jobs().queued({}, 9)).at(0).deaths; };
  const auto die = [&f](const std::function<void(const Claim&)>& meanwhile) {
    meanwhile(f.claim(f.a(), must(f.a().jobs().queued({}, 9)).at(0).id));
    f.now += lease_us;
    CHECK(must(f.b().jobs().rescue()) == 1);
  };
  const auto commit = [&f](const Claim& claim, const char* data) {
    RowCommit of_run;
    of_run.row = f.row;
    of_run.fence = claim.lease;
    const std::array cells{cell("1", 1, data)};
    of_run.cells = std::span<const CellInput>(cells);
    must(f.a().cells().commit(of_run));
  };
  CHECK(deaths() == 0);
  die([](const Claim&) {});
  die([](const Claim&) {});
  CHECK(deaths() == 2);
  die([&](const Claim& claim) { commit(claim, "1"); });
  CHECK(deaths() == 1);
  die([&](const Claim& claim) { commit(claim, "1"); });  // nothing new
  CHECK(deaths() == 2);
  const auto orderly = f.claim(f.a(), job);
  CHECK(f.give_back(f.a(), orderly.lease, ended(orderly.run, RunStatus::interrupted)) == LeaseOutcome::done);
  CHECK(deaths() == 0);
  die([](const Claim&) {});
  const JobReturn put_off{{job, 0, 0}, {}, 7, 0};  // by nobody who had claimed it
  must(f.b().jobs().reschedule({&put_off, 1}));
  CHECK(deaths() == 1);
}

TEST_CASE_TEMPLATE("jobs: one that nobody claimed may end, unbegun", Backend, TENTO_STORE_BACKENDS) {
  Jobs f{Backend{}};
  const auto job = f.queue(f.a(), "live", "l");
  RunRecord run;
  run.job = job;
  run.stage = "live";
  run.status = RunStatus::stopped;
  CHECK(f.complete(f.b(), {job, 0, 0}, run) == LeaseOutcome::done);
  CHECK(must(f.a().runs().latest(f.row, "live"))->status == RunStatus::stopped);
  CHECK(must(f.a().jobs().queued({}, 9)).empty());
}

TEST_CASE_TEMPLATE("runs: the latest first, of a row and of a user; the oldest beyond 500 go", Backend,
                   TENTO_STORE_BACKENDS) {
  Jobs f{Backend{}};
  const auto going_on = f.claim(f.a(), f.queue(f.a(), "long", "long"));
  std::int64_t first = 0, last = 0;
  for (int i = 0; i < 502; ++i) {
    const auto claim = f.claim(f.a(), f.queue(f.a(), "live", "l"));
    CHECK(f.complete(f.a(), claim.lease, ended(claim.run, RunStatus::failed)) == LeaseOutcome::done);
    if (first == 0) first = claim.run.id;
    last = claim.run.id;
  }
  CHECK_FALSE(must(f.b().runs().find(first)));
  CHECK(must(f.b().runs().find(going_on.run.id)));
  const auto latest = must(f.b().runs().of_row(f.row, 2));
  REQUIRE(latest.size() == 2);
  CHECK(latest[0].id == last);
  CHECK(latest[1].id < last);
  CHECK(must(f.b().runs().of_user(f.user.id, 1)).front().id == last);
  CHECK(must(f.b().runs().of_row(f.row, 1000)).size() == 501);
  CHECK(must(f.b().runs().latest(f.row, "live"))->id == last);
  CHECK_FALSE(must(f.b().runs().ended_well(f.row, "live")));
  Uuid none;
  CHECK(must(f.b().runs().of_row(none, 9)).empty());
  CHECK(must(f.b().runs().of_user(none, 9)).empty());
  CHECK_FALSE(must(f.b().runs().latest(none, "live")));
  // Jobs and runs go with their row.
  must(f.a().accounts().remove(f.user.id, "x", "a", true));
  CHECK(must(f.b().runs().of_user(f.user.id, 9)).empty());
  CHECK(f.complete(f.b(), going_on.lease, ended(going_on.run)) == LeaseOutcome::fenced);
}

TEST_CASE_TEMPLATE("commits: of a worker that lost its lease one is refused as fenced and changes nothing", Backend,
                   TENTO_STORE_BACKENDS) {
  Jobs f{Backend{}};
  const std::array cells{cell("a", 1, "1")};
  const std::array learnt{CoverageInput{{0, 9}, TENTO_COVERAGE_HAVE, 0, "", INT64_MIN}};
  const std::array cursors{CursorInput{"next", "v"}};
  RowCommit commit;
  commit.row = f.row;
  commit.cells = std::span<const CellInput>(cells);
  commit.replace = Moments{};
  commit.coverage = learnt;
  commit.cursors = cursors;
  const auto refused = [&](Store& store) {
    const auto before = dump_of(f.b());
    const auto done = store.cells().commit(commit);
    return outcome_of(done) == StoreOutcome::fenced && tag_of(done) == "fenced" && dump_of(f.b()) == before &&
           !must(f.b().rows().cursor(f.row, "next")) && must(f.b().rows().coverage(f.row)).empty();
  };
  const auto job = f.queue(f.a(), "live", "l");
  commit.fence = Lease{job, 0, 0};  // nobody has claimed it
  CHECK(refused(f.a()));
  const auto lost = f.claim(f.a(), job);
  commit.fence = lost.lease;
  ++commit.fence->fence;
  CHECK(refused(f.a()));
  commit.fence = Lease{job + 1, lost.lease.fence, 0};
  CHECK(refused(f.b()));
  f.now += lease_us;
  CHECK(must(f.b().jobs().rescue()) == 1);
  commit.fence = lost.lease;
  CHECK(refused(f.a()));
  const auto next = f.claim(f.b(), job);
  commit.complete = ended(lost.run);
  CHECK(refused(f.a()));
  CHECK(must(f.a().runs().find(lost.run.id))->status == RunStatus::interrupted);
  commit.complete.reset();
  commit.fence = next.lease;
  CHECK(must(f.b().cells().commit(commit)).added == 1);
  CHECK(must(f.a().rows().cursor(f.row, "next")) == "v");
  CHECK(f.complete(f.b(), next.lease, ended(next.run)) == LeaseOutcome::done);
  CHECK(tag_of(f.b().cells().commit(commit)) == "fenced");  // the job has ended
}

TEST_CASE_TEMPLATE("commits: the last data of a run, the run and its job end together; sent again they stay so",
                   Backend, TENTO_STORE_BACKENDS) {
  Jobs f{Backend{}};
  const auto claim = f.claim(f.a(), f.queue(f.a(), "live", "l"));
  const std::array cells{cell("a", 1, "1")};
  const std::array bad_cells{cell("b", 2, "1"), lasting("bad", 5, 4, "1")};
  const std::array learnt{CoverageInput{{0, 9}, TENTO_COVERAGE_HAVE, 0, "", INT64_MIN}};
  const std::array empty{CoverageInput{{9, 9}, TENTO_COVERAGE_HAVE, 0, "", INT64_MIN}};
  RowCommit commit;
  commit.row = f.row;
  commit.fence = claim.lease;
  commit.complete = ended(claim.run);
  commit.complete->counts.added = 1;
  const auto nothing_landed = [&] {
    return must(f.b().cells().count(f.row)) == 0 && must(f.b().rows().coverage(f.row)).empty() &&
           must(f.b().runs().find(claim.run.id))->status == RunStatus::running &&
           f.beat(f.b(), claim.lease) == LeaseOutcome::done;
  };
  // Whichever step fails, all of it does.
  commit.cells = std::span<const CellInput>(bad_cells);
  CHECK(tag_of(f.a().cells().commit(commit)) == "bad_cell");
  CHECK(nothing_landed());
  commit.cells = std::span<const CellInput>(cells);
  commit.coverage = empty;
  const auto refused = f.a().cells().commit(commit);
  CHECK(tag_of(refused) == "bad_coverage");
  CHECK(outcome_of(refused) == StoreOutcome::conflict);
  CHECK(nothing_landed());
  commit.coverage = learnt;
  commit.row = Uuid{};
  CHECK(tag_of(f.a().cells().commit(commit)) == "no_such_row");
  CHECK(nothing_landed());
  commit.row = f.row;
  const auto lease = std::exchange(commit.fence, std::nullopt);
  CHECK(tag_of(f.a().cells().commit(commit)) == "fenced");  // nobody's job cannot end
  CHECK(nothing_landed());

  commit.fence = lease;
  CHECK(text_of(must(f.a().cells().commit(commit))) == "1 0 0 0");
  for (auto* store : {&f.a(), &f.b()}) {
    CHECK(tag_of(store->cells().commit(commit)) == "fenced");
    CHECK(read_text(*store, f.row) == "a@1=1");
    CHECK(must(store->rows().coverage(f.row)).size() == 1);
    CHECK(must(store->jobs().queued({}, 9)).empty());
    const auto run = must(store->runs().of_job(f.row, claim.lease.job)).value();
    CHECK(run.id == claim.run.id);
    CHECK(run.status == RunStatus::ok);
    CHECK(run.ended_us == commit.complete->ended_us);
    CHECK(run.counts.added == 1);
    CHECK(f.beat(*store, claim.lease) == LeaseOutcome::fenced);
  }
  CHECK(must(f.b().runs().of_row(f.row, 9)).size() == 1);
}

TEST_CASE_TEMPLATE("jobs: those that stand for given keys are found, queued or running", Backend,
                   TENTO_STORE_BACKENDS) {
  Jobs f{Backend{}};
  const auto first = f.enqueue(f.a(), "live", "l").job, second = f.enqueue(f.b(), "backfill", "m").job;
  CHECK(f.claim(f.a(), second.id).state == ClaimState::claimed);
  const std::array<std::string, 3> keys{second.dedup_key, "no such key", first.dedup_key};
  const auto found = must(f.b().jobs().find_by_keys(keys));
  REQUIRE(found.size() == 2);
  CHECK(found[0].id == second.id);
  CHECK(found[0].running);
  CHECK(found[1].id == first.id);
  CHECK_FALSE(found[1].running);
}

TEST_CASE_TEMPLATE("jobs: who asks for one that waits brings it forward, and it has been tried as often as they say",
                   Backend, TENTO_STORE_BACKENDS) {
  Jobs f{Backend{}};
  const auto job = f.queue(f.a(), "live", "l");
  auto claim = f.claim(f.a(), job);
  CoverageInput statement;
  statement.span = {0, second_us};
  statement.state = TENTO_COVERAGE_FAILED;
  statement.reason = "down";
  statement.retry_at_us = 900 * second_us;
  auto run = ended(claim.run, RunStatus::failed);
  run.attempt = 3;
  run.next_try_us = 900 * second_us;
  run.error = Error{};
  const JobReturn back{claim.lease, run, 900 * second_us, 3, {statement}};
  CHECK(must(f.a().jobs().reschedule({&back, 1})).front() == LeaseOutcome::done);
  const auto covered = must(f.b().rows().coverage(f.row));
  REQUIRE(covered.size() == 1);
  CHECK(covered[0].retry_at_us == 900 * second_us);
  const auto stored = must(f.b().runs().of_row(f.row, 1)).at(0);
  CHECK(stored.attempt == 3);
  CHECK(stored.next_try_us == 900 * second_us);

  JobRecord later = must(f.a().jobs().queued({}, 10)).at(0);
  CHECK(later.not_before_us == 900 * second_us);
  CHECK(later.attempts == 3);
  later.not_before_us = 1000 * second_us;
  later.attempts = 0;
  CHECK(must(f.b().jobs().enqueue({&later, 1})).at(0).job.not_before_us == 900 * second_us);
  CHECK(must(f.a().jobs().queued({}, 10)).at(0).attempts == 3);
  later.not_before_us = 5 * second_us;
  const auto forward = must(f.b().jobs().enqueue({&later, 1})).at(0);
  CHECK_FALSE(forward.is_new);
  CHECK(forward.job.not_before_us == 5 * second_us);
  CHECK(forward.job.attempts == 0);
}
