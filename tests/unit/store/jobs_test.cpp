// SPDX-License-Identifier: Apache-2.0
// Jobs and runs: deduplicated, claimed under a fence within locks and limits, ended together, rescued.
#include <doctest/doctest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "host/store/job_store.hpp"
#include "host/store/sqlite/connection.hpp"
#include "host/store/sqlite/schema.hpp"
#include "tests/unit/store/ending_vfs.hpp"
#include "tests/unit/store/fixture.hpp"

using namespace tento;
using namespace tento::host;
using namespace tento::host::testing;

namespace {

constexpr std::int64_t lease_us = 60'000'000;

JobRecord job_of(const Uuid& row, const std::string& stage, const std::string& lock = "lock") {
  JobRecord j;
  j.row = row;
  j.stage = stage;
  j.dedup_key = row.text() + "/" + stage;
  j.lock_key = lock;
  return j;
}

struct JobsFixture : StoreFixture {
  JobStore& jobs() { return store->jobs(); }
  RunStore& runs() { return store->runs(); }
  Enqueued enqueue(const JobRecord& job) { return must(jobs().enqueue({&job, 1})).front(); }
  std::int64_t queue(const std::string& stage, const std::string& lock) {
    return enqueue(job_of(row, stage, lock)).job.id;
  }
  Claim claim(std::int64_t job, const std::string& stage = "live", ConcurrencyLimits limits = {}, RunRecord run = {}) {
    ClaimRequest request;
    request.job = job;
    request.limits = limits;
    request.run = std::move(run);
    request.run.stage = stage;
    return must(jobs().claim("worker", {&request, 1}, lease_us)).front();
  }
  LeaseOutcome complete(const Lease& lease, RunRecord run, std::vector<CoverageInput> coverage = {}) {
    JobEnd end{lease, std::move(run), std::move(coverage)};
    return must(jobs().complete({&end, 1})).front();
  }
  LeaseOutcome give_back(const Lease& lease, const RunRecord& run, std::int64_t at_us = 0, std::int32_t attempts = 0) {
    JobReturn back{lease, run, at_us, attempts};
    return must(jobs().reschedule({&back, 1})).front();
  }
  std::vector<JobRecord> queued() { return must(jobs().queued({}, 100)); }
};

RunRecord ended(RunRecord run, RunStatus status = RunStatus::ok) {
  run.status = status;
  run.ended_us = run.started_us + 5;
  return run;
}

}  // namespace

TEST_CASE("a job is one per dedup key until it ends") {
  JobsFixture f;
  const auto first = f.enqueue(job_of(f.row, "live"));
  CHECK(first.is_new);
  CHECK(first.job.id > 0);
  CHECK(first.job.provider == "x");
  CHECK(first.job.lookup_key == ":~x:a:things");
  auto urgent = job_of(f.row, "live");
  urgent.stage_class = TENTO_STAGE_VIEWPORT;
  const auto again = f.enqueue(urgent);
  CHECK_FALSE(again.is_new);
  CHECK(again.job.id == first.job.id);
  CHECK(again.job.stage_class == TENTO_STAGE_VIEWPORT);
  const auto claim = f.claim(first.job.id);
  CHECK(f.enqueue(job_of(f.row, "live")).job.running);
  const auto second = f.queue("backfill", "other");
  CHECK(f.complete(claim.lease, ended(claim.run)) == LeaseOutcome::done);
  CHECK(f.enqueue(job_of(f.row, "live")).job.id > second);
}

TEST_CASE("jobs that are asked for together are stored in one transaction") {
  JobsFixture f;
  const std::array both{job_of(f.row, "a", "one"), job_of(f.row, "b", "two")};
  const int before = f.writes;
  const auto stored = must(f.jobs().enqueue(both));
  CHECK(f.writes == before + 1);
  REQUIRE(stored.size() == 2);
  CHECK(stored[0].job.stage == "a");
  CHECK(stored[1].job.stage == "b");
}

TEST_CASE("queued jobs come page by page, of the classes that are asked for, without those that run") {
  JobsFixture f;
  std::vector<std::int64_t> ids;
  for (int i = 0; i < 5; ++i) {
    auto job = job_of(f.row, "s" + std::to_string(i), "l" + std::to_string(i));
    job.stage_class = i % 2 == 0 ? TENTO_STAGE_VIEWPORT : TENTO_STAGE_BACKFILL;
    ids.push_back(f.enqueue(job).job.id);
  }
  CHECK(f.claim(ids[1]).state == ClaimState::claimed);
  const auto page = must(f.jobs().queued({}, 2));
  REQUIRE(page.size() == 2);
  CHECK(page[0].id == ids[0]);
  CHECK(page[1].id == ids[2]);
  CHECK(must(f.jobs().queued({0, ids[2]}, 9)).size() == 2);
  CHECK(must(f.jobs().queued({}, 9, {0, TENTO_STAGE_VIEWPORT})).size() == 3);
  const auto counts = must(f.jobs().counts());
  REQUIRE(counts.size() == 2);
  CHECK(counts[0].stage_class == TENTO_STAGE_VIEWPORT);
  CHECK(counts[0].jobs == 3);
  CHECK(counts[1].jobs == 2);
}

TEST_CASE("a job is claimed once, under a lock once, and within its limits") {
  JobsFixture f;
  const auto a = f.queue("a", "one"), b = f.queue("b", "one"), c = f.queue("c", "two");
  const auto first = f.claim(a);
  REQUIRE(first.state == ClaimState::claimed);
  CHECK(first.lease.fence > 0);
  CHECK(first.lease.until_us == f.now + lease_us);
  CHECK(first.run.id > 0);
  CHECK(f.claim(a).state == ClaimState::gone);
  CHECK(f.claim(99).state == ClaimState::gone);
  CHECK(f.claim(b).state == ClaimState::busy);
  CHECK(f.claim(c, "c", {1, 0}).state == ClaimState::busy);
  CHECK(f.claim(c, "c", {0, 1}).state == ClaimState::busy);
  CHECK(f.claim(c, "c", {2, 2}).state == ClaimState::claimed);
  f.complete(first.lease, ended(first.run));
  CHECK(f.claim(b).state == ClaimState::claimed);
}

TEST_CASE("whoever lost its claim changes nothing any more") {
  JobsFixture f;
  const auto job = f.queue("live", "lock");
  const auto lost = f.claim(job);
  f.now += lease_us;
  CHECK(must(f.jobs().rescue()) == 1);
  const auto taken = f.claim(job);
  REQUIRE(taken.state == ClaimState::claimed);
  CHECK(taken.lease.fence != lost.lease.fence);
  CHECK(taken.run.id != lost.run.id);
  CHECK(f.complete(lost.lease, ended(lost.run)) == LeaseOutcome::fenced);
  CHECK(f.give_back(lost.lease, lost.run) == LeaseOutcome::fenced);
  Heartbeat beat{lost.lease, ended(lost.run)};
  CHECK(must(f.jobs().heartbeat({&beat, 1}, lease_us)).front() == LeaseOutcome::fenced);
  CHECK(f.complete({job, 0, 0}, ended(lost.run)) == LeaseOutcome::fenced);
  CHECK(must(f.runs().find(lost.run.id))->status == RunStatus::interrupted);
  CHECK(must(f.runs().find(taken.run.id))->status == RunStatus::running);
  CHECK(f.complete(taken.lease, ended(taken.run)) == LeaseOutcome::done);
  CHECK(f.complete(taken.lease, ended(taken.run)) == LeaseOutcome::fenced);
  CHECK(must(f.runs().find(taken.run.id))->status == RunStatus::ok);
}

TEST_CASE("a lease that is renewed is not rescued, and a heartbeat tells how far the run is") {
  JobsFixture f;
  const auto claim = f.claim(f.queue("live", "lock"));
  f.now += lease_us - 1;
  auto run = claim.run;
  run.done = 7;
  Heartbeat beat{claim.lease, run};
  CHECK(must(f.jobs().heartbeat({&beat, 1}, lease_us)).front() == LeaseOutcome::done);
  f.now += lease_us - 1;
  CHECK(must(f.jobs().rescue()) == 0);
  CHECK(must(f.runs().find(run.id))->done == 7);
  f.now += 1;
  CHECK(must(f.jobs().rescue()) == 1);
  CHECK(f.queued().size() == 1);
}

TEST_CASE("a job that is given back keeps its run where it goes on, and gets another one where it ended") {
  JobsFixture f;
  const auto job = f.queue("live", "lock");
  const auto first = f.claim(job);
  CHECK(f.give_back(first.lease, first.run) == LeaseOutcome::done);
  CHECK(f.queued().size() == 1);
  const auto on = f.claim(job, "live", {}, first.run);
  CHECK(on.run.id == first.run.id);
  CHECK(on.lease.fence != first.lease.fence);
  CHECK(f.give_back(on.lease, ended(on.run, RunStatus::failed), 99, 3) == LeaseOutcome::done);
  const auto back = f.queued().at(0);
  CHECK(back.not_before_us == 99);
  CHECK(back.attempts == 3);
  CHECK(f.claim(job, "live", {}, on.run).run.id != on.run.id);
}

TEST_CASE("a job that never began ends with a run that tells why") {
  JobsFixture f;
  const auto job = f.queue("live", "lock");
  RunRecord run;
  run.job = job;
  run.stage = "live";
  run.started_us = run.ended_us = f.now;
  run.status = RunStatus::stopped;
  CHECK(f.complete({job, 0, 0}, run) == LeaseOutcome::done);
  CHECK(f.queued().empty());
  CHECK(must(f.runs().of_job(f.row, job))->status == RunStatus::stopped);
}

TEST_CASE("several jobs end in one transaction, those whose lease is lost left out, and coverage changes the stamp") {
  JobsFixture f;
  const auto a = f.claim(f.queue("a", "one")), b = f.claim(f.queue("b", "two"));
  f.complete(b.lease, ended(b.run));
  const auto stamp = must(f.store->rows().stamp(f.row));
  std::array<JobEnd, 2> ends{JobEnd{b.lease, ended(b.run, RunStatus::failed), {}},
                             JobEnd{a.lease, ended(a.run), {{{0, 10}, TENTO_COVERAGE_HAVE, 0, "", INT64_MIN}}}};
  const int before = f.writes;
  CHECK(must(f.jobs().complete(ends)) == std::vector{LeaseOutcome::fenced, LeaseOutcome::done});
  CHECK(f.writes == before + 1);
  CHECK(must(f.runs().find(b.run.id))->status == RunStatus::ok);
  CHECK(must(f.store->rows().coverage(f.row)).size() == 1);
  CHECK(must(f.store->rows().stamp(f.row)) != stamp);
  // What cannot be written leaves all as it was.
  const auto c = f.claim(f.queue("c", "three"));
  JobEnd bad{c.lease, ended(c.run), {{{5, 5}, TENTO_COVERAGE_HAVE, 0, "", INT64_MIN}}};
  CHECK(!f.jobs().complete({&bad, 1}));
  CHECK(must(f.runs().find(c.run.id))->status == RunStatus::running);
}

TEST_CASE("a process that ends at any instant leaves a job with its run, or the run's end, its last data and no job") {
  bool with_data = false;  // the job ends in the commit of its last cells
  SUBCASE("the end alone") {}
  SUBCASE("with the last data") {
    with_data = true;
  }
  TempFolder folder;
  const auto options = [&folder] {
    StoreConfig o;
    o.folder = (folder.path() / "data").string();
    return o;
  };
  Uuid row;
  row.bytes.fill(1);
  {
    auto store = must(open_store(options()));
    RowRecord record;
    record.id = row;
    record.owner = must(store->users().default_user()).id;
    record.provider = "x";
    record.lookup_key = ":~x:a";
    must(store->rows().ensure(record));
  }
  const auto life = [&](int n) {
    end_before_change(n);
    auto store = open_store(options());
    if (!store) ::_exit(1);
    auto& jobs = (*store)->jobs();
    const auto asked = job_of(row, "live");
    const auto queued = jobs.enqueue({&asked, 1});
    if (!queued) ::_exit(2);
    ClaimRequest request;
    request.job = queued->front().job.id;
    request.run.stage = "live";
    const auto claims = jobs.rescue() ? jobs.claim("worker", {&request, 1}, lease_us) : fail(Error{});
    if (!claims || claims->front().state != ClaimState::claimed) ::_exit(3);
    const std::vector<CoverageInput> learnt{{{0, 10}, TENTO_COVERAGE_HAVE, 0, "", INT64_MIN}};
    if (!with_data) {
      const JobEnd end{claims->front().lease, ended(claims->front().run), learnt};
      ::_exit(jobs.complete({&end, 1}) ? 0 : 4);
    }
    const std::array cells{cell("a", 1, "1")};
    RowCommit last;
    last.row = row;
    last.cells = std::span<const CellInput>(cells);
    last.coverage = learnt;
    last.fence = claims->front().lease;
    last.complete = ended(claims->front().run);
    ::_exit((*store)->cells().commit(last) ? 0 : 4);
  };
  int killed = 0;
  for (int n = 1; n < 400; ++n) {
    CAPTURE(n);
    const auto child = ::fork();
    if (child == 0) life(n);
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    REQUIRE(WIFEXITED(status));
    auto store = must(open_store(options()));
    const auto runs = must(store->runs().of_row(row, 100));
    const auto ended_runs = static_cast<std::size_t>(
        std::count_if(runs.begin(), runs.end(), [](const auto& run) { return run.status == RunStatus::ok; }));
    const auto unfinished = runs.size() - ended_runs;
    must(store->jobs().rescue());
    const auto queued = must(store->jobs().queued({}, 10));
    // A run that has ended has no job, so nothing runs again; one that has not ended has its job.
    CHECK(ended_runs <= 1);
    CHECK(queued.size() + ended_runs <= 1);
    CHECK(must(store->rows().coverage(row)).size() == ended_runs);
    CHECK(must(store->cells().count(row)) == (with_data ? ended_runs : 0));
    if (unfinished > 0 && ended_runs == 0) CHECK(queued.size() == 1);
    if (WEXITSTATUS(status) == 0) break;
    REQUIRE(WEXITSTATUS(status) == ended_before_change);
    ++killed;
    // The next life begins as the first did.
    store.reset();
    sqlite::Connection db({(folder.path() / "data" / "store.sqlite").string(), sqlite::Access::read_write, 1024});
    db.execute("DELETE FROM jobs; DELETE FROM runs; DELETE FROM coverage; DELETE FROM cells");
  }
  CHECK(killed > 10);
}

TEST_CASE("runs keep every field, come newest first, and end as interrupted after a crash") {
  JobsFixture f;
  const auto job = f.queue("live", "lock");
  const auto claim = f.claim(job);
  CHECK(claim.run.started_us == f.now);
  auto run = ended(claim.run, RunStatus::failed);
  run.done = 3;
  run.total = 9;
  run.counts = {1, 2, 3, 4};
  run.message = "half";
  run.skipped = 6;
  run.skipped_note = "issue 7: its year is 10000";
  Error error;
  error.code = ErrorCode::upstream;
  error.error_class = ErrorClass::rate_limit;
  error.message = "slow down";
  error.tag = "x_slow";
  error.remedy = "wait";
  error.retry_after_ms = 500;
  error.http_status = 429;
  run.error = error;
  f.complete(claim.lease, run);
  const auto second = f.claim(f.queue("live", "lock"));
  f.open();  // the lease is over, whatever its time: nobody else is there
  CHECK(must(f.jobs().rescue()) == 1);
  const auto runs = must(f.runs().of_row(f.row, 10));
  REQUIRE(runs.size() == 2);
  CHECK(runs[0].id == second.run.id);
  CHECK(runs[0].status == RunStatus::interrupted);
  CHECK(runs[0].ended_us == f.now);
  CHECK(runs[0].skipped == 0);
  const auto& r = runs[1];
  CHECK(r.status == RunStatus::failed);
  CHECK(r.job == job);
  CHECK(r.total == 9);
  CHECK(r.counts.unchanged == 4);
  CHECK(r.skipped == 6);
  CHECK(r.skipped_note == "issue 7: its year is 10000");
  REQUIRE(r.error);
  CHECK(r.error->message == "slow down");
  CHECK(r.error->error_class == ErrorClass::rate_limit);
  CHECK(r.error->retry_after_ms == 500);
  CHECK(r.error->http_status == 429);
  CHECK(must(f.runs().of_user(f.owner.id, 1)).size() == 1);
  CHECK(must(f.runs().latest(f.row, "live"))->id == second.run.id);
  CHECK(must(f.runs().of_job(f.row, job))->id == r.id);
  CHECK(must(f.runs().of_job(f.row, 99)) == std::nullopt);
  CHECK_FALSE(must(f.runs().ended_well(f.row, "live")));
  const auto third = f.claim(f.queued().at(0).id);
  f.complete(third.lease, ended(third.run, RunStatus::partial));
  CHECK(must(f.runs().ended_well(f.row, "live")));
  CHECK_FALSE(must(f.runs().ended_well(f.row, "backfill")));
}

TEST_CASE("a store of schema 5 opens with its jobs, and what ran then is rescued") {
  StoreFixture f;
  f.store.reset();
  const auto file = std::filesystem::path(f.options().folder) / "store.sqlite";
  for (const char* suffix : {"", "-wal", "-shm"}) std::filesystem::remove(file.string() + suffix);
  {
    std::ofstream(file).close();
    sqlite::Connection db({file.string(), sqlite::Access::read_write, 1024});
    sqlite::migrate(db, 5);
    db.execute(
        "INSERT INTO owners VALUES(x'00112233445546778899aabbccddeeff', 'me', 'UTC', 1);"
        "INSERT INTO rows(n, id, owner, provider, integration, pattern, lookup_key, auth_id, label, attributes, "
        "hidden, "
        "created_us) VALUES(1, x'01010101010101010101010101010101', x'00112233445546778899aabbccddeeff', 'x', 'X', "
        "':~x:{authId}:things', ':~x:a:things', 'a', '', '', 0, 5);"
        "INSERT INTO jobs VALUES(4, 1, 'live', 'd4', 'lock', 1, 0, 5, 2, 1), (7, 1, 'all', 'd7', 'lock', 2, 6, 5, 0, "
        "0);"
        "INSERT INTO runs(id, job, row, stage, status, started_us, ended_us, done, total, added, updated, deleted, "
        "unchanged, message, error_code, error_class, error_tag, error_action, retry_after_ms, http_status) "
        "VALUES(9, 4, 1, 'live', 0, 8, 0, 1, 2, 0, 0, 0, 0, '', 0, 0, '', '', -1, 0);");
  }
  f.open();
  auto& jobs = f.store->jobs();
  CHECK(must(jobs.queued({}, 9)).size() == 1);
  CHECK(must(jobs.rescue()) == 1);
  const auto queued = must(jobs.queued({}, 9));
  REQUIRE(queued.size() == 2);
  CHECK(queued[0].id == 4);
  CHECK(queued[0].attempts == 2);
  CHECK(queued[1].not_before_us == 6);
  CHECK(must(f.store->runs().find(9))->status == RunStatus::interrupted);
  ClaimRequest request;
  request.job = 4;
  request.run.stage = "live";
  CHECK(must(jobs.claim("worker", {&request, 1}, lease_us)).front().lease.fence == 2);
}
