// SPDX-License-Identifier: Apache-2.0
// Durable jobs: unique by dedup key while queued or running, claimed under a fence, gone when ended.
#include <spdlog/fmt/fmt.h>

#include <algorithm>

#include "host/store/outcome.hpp"
#include "host/store/sqlite/cell_writer.hpp"
#include "host/store/sqlite/coverage.hpp"
#include "host/store/sqlite/database.hpp"
#include "host/store/sqlite/job_tables.hpp"

namespace tento::host::sqlite {

namespace {

#define TENTO_SQL_JOB                                                                                                 \
  "SELECT jobs.id, rows.id, rows.lookup_key, rows.provider, stage, dedup_key, lock_key, stage_class, not_before_us, " \
  "jobs.created_us, attempts, fence, deaths FROM jobs JOIN rows ON rows.n = jobs.row "

JobRecord job_of(const Query& q) {
  JobRecord j;
  j.id = q->integer(0);
  j.row = q->uuid(1);
  j.lookup_key = q->text(2);
  j.provider = q->text(3);
  j.stage = q->text(4);
  j.dedup_key = q->text(5);
  j.lock_key = q->text(6);
  j.stage_class = static_cast<std::uint32_t>(q->integer(7));
  j.not_before_us = q->integer(8);
  j.created_us = q->integer(9);
  j.attempts = static_cast<std::int32_t>(q->integer(10));
  j.running = q->integer(11) != 0;
  j.deaths = static_cast<std::int32_t>(q->integer(12));
  return j;
}

// What claims are decided by; the partial index of claimed jobs keeps it as small as what runs.
bool lock_is_held(Connection& db, std::string_view lock_key) {
  auto q = db.use("SELECT 1 FROM jobs INDEXED BY jobs_claimed WHERE fence <> 0 AND lock_key = ?1");
  q->bind_text(1, lock_key);
  return q->step();
}

bool limits_are_reached(Connection& db, std::string_view provider, std::string_view integration,
                        const ConcurrencyLimits& limits) {
  if (limits == ConcurrencyLimits{}) return false;
  auto q = db.use(
      "SELECT count(*), count(*) FILTER (WHERE rows.integration = ?2) FROM jobs INDEXED BY jobs_claimed "
      "JOIN rows ON rows.n = jobs.row WHERE fence <> 0 AND rows.provider = ?1");
  q->bind_text(1, provider);
  q->bind_text(2, integration);
  q->step();
  return (limits.provider != 0 && q->integer(0) >= limits.provider) ||
         (limits.integration != 0 && q->integer(1) >= limits.integration);
}

std::int64_t row_of_job(Connection& db, std::int64_t job) {
  auto q = db.use("SELECT row FROM jobs WHERE id = ?1");
  q->bind(1, job);
  q->step();
  return q->integer(0);
}

bool goes_on(Connection& db, std::int64_t run) {
  if (run == 0) return false;
  auto q = db.use("SELECT 1 FROM runs WHERE id = ?1 AND status = 0");
  q->bind(1, run);
  return q->step();
}

}  // namespace

void check_fence(Connection& db, const Lease& lease) {
  auto q = db.use("SELECT 1 FROM jobs WHERE id = ?1 AND fence = ?2 AND fence <> 0");
  q->bind(1, lease.job);
  q->bind(2, lease.fence);
  if (!q->step()) throw StoreFailure(lost_lease(lease.job).value());
}

void clear_deaths(Connection& db, std::int64_t job) {
  auto q = db.use("UPDATE jobs SET deaths = 0 WHERE id = ?1 AND deaths <> 0");
  q->bind(1, job);
  q->step();
}

std::int64_t end_job(Connection& db, const Lease& lease, const RunRecord& run, std::int64_t data_version) {
  std::int64_t row = 0;
  {
    auto q = db.use("SELECT row FROM jobs WHERE id = ?1 AND fence = ?2");
    q->bind(1, lease.job);
    q->bind(2, lease.fence);
    if (!q->step()) return 0;
    row = q->integer(0);
  }
  {
    auto q = db.use("DELETE FROM jobs WHERE id = ?1");
    q->bind(1, lease.job);
    q->step();
  }
  if (run.id == 0) {
    insert_run(db, row, run);
  } else {
    update_run(db, run);
  }
  note_stage_end(db, row, run, data_version);
  return row;
}

Enqueued SqliteJobs::enqueue_one(Connection& db, const JobRecord& job) {
  Enqueued out;
  const auto row = row_number(db, job.row);
  {
    auto q = db.use(
        "INSERT INTO jobs(row, stage, dedup_key, lock_key, stage_class, not_before_us, created_us, attempts) "
        "VALUES(?1,?2,?3,?4,?5,?6,?7,?8) ON CONFLICT(dedup_key) DO NOTHING");
    q->bind(1, row);
    q->bind_text(2, job.stage);
    q->bind_text(3, job.dedup_key);
    q->bind_text(4, job.lock_key);
    q->bind(5, job.stage_class);
    q->bind(6, job.not_before_us);
    q->bind(7, job.created_us == 0 ? db_.now_us() : job.created_us);
    q->bind(8, job.attempts);
    q->step();
    out.is_new = db.changes() != 0;
  }
  if (!out.is_new) {
    auto q = db.use(
        "UPDATE jobs SET stage_class = min(stage_class, ?2), attempts = iif(not_before_us > ?3, ?4, attempts), "
        "not_before_us = min(not_before_us, ?3) WHERE dedup_key = ?1 AND (stage_class > ?2 OR not_before_us > ?3)");
    q->bind_text(1, job.dedup_key);
    q->bind(2, job.stage_class);
    q->bind(3, job.not_before_us);
    q->bind(4, job.attempts);
    q->step();
  }
  auto q = db.use(TENTO_SQL_JOB "WHERE dedup_key = ?1");
  q->bind_text(1, job.dedup_key);
  q->step();
  out.job = job_of(q);
  return out;
}

Result<std::vector<Enqueued>> SqliteJobs::enqueue(std::span<const JobRecord> jobs) {
  return db_.write([&](Connection& db) {
    std::vector<Enqueued> out;
    for (const auto& job : jobs) out.push_back(enqueue_one(db, job));
    return out;
  });
}

// A page of one class is a range of an index, however long the queue is; so pages of several classes are merged.
Result<std::vector<JobRecord>> SqliteJobs::queued(const JobPosition& after, std::size_t limit, StageClasses classes) {
  return db_.read([&](Connection& db) {
    std::vector<JobRecord> out;
    for (auto stage_class = classes.first; stage_class <= classes.last; ++stage_class) {
      auto q = db.use(TENTO_SQL_JOB
                      "WHERE stage_class = ?1 AND fence = 0 AND (not_before_us, jobs.id) > (?2, ?3) "
                      "ORDER BY not_before_us, jobs.id LIMIT ?4");
      q->bind(1, stage_class);
      q->bind(2, after.not_before_us);
      q->bind(3, after.id);
      q->bind(4, static_cast<std::int64_t>(limit));
      while (q->step()) out.push_back(job_of(q));
    }
    std::ranges::sort(out, {}, queue_position);
    if (out.size() > limit) out.resize(limit);
    return out;
  });
}

Result<std::vector<JobRecord>> SqliteJobs::find_by_keys(std::span<const std::string> dedup_keys) {
  return db_.read([&](Connection& db) {
    std::vector<JobRecord> out;
    for (const auto& key : dedup_keys) {
      auto q = db.use(TENTO_SQL_JOB "WHERE dedup_key = ?1");
      q->bind_text(1, key);
      if (q->step()) out.push_back(job_of(q));
    }
    return out;
  });
}

Result<std::vector<JobCount>> SqliteJobs::counts() {
  return db_.read([](Connection& db) {
    std::vector<JobCount> out;
    auto q = db.use("SELECT stage_class, count(*) FROM jobs GROUP BY stage_class ORDER BY stage_class");
    while (q->step())
      out.push_back({static_cast<std::uint32_t>(q->integer(0)), static_cast<std::uint64_t>(q->integer(1))});
    return out;
  });
}

Claim SqliteJobs::claim_one(Connection& db, std::string_view worker, const ClaimRequest& request,
                            std::int64_t lease_us) {
  Claim out;
  std::int64_t row = 0;
  std::string lock_key, provider, integration;
  {
    auto q = db.use(
        "SELECT jobs.row, lock_key, rows.provider, rows.integration FROM jobs JOIN rows ON rows.n = jobs.row "
        "WHERE jobs.id = ?1 AND fence = 0");
    q->bind(1, request.job);
    if (!q->step()) return out;
    row = q->integer(0);
    lock_key = q->text(1);
    provider = q->text(2);
    integration = q->text(3);
  }
  out.state = ClaimState::busy;
  if (lock_is_held(db, lock_key) || limits_are_reached(db, provider, integration, request.limits)) return out;
  const auto now_us = db_.now_us();
  out.state = ClaimState::claimed;
  out.lease = {request.job, 0, now_us + lease_us};
  {
    auto q = db.use(
        "UPDATE jobs SET worker = ?2, claims = claims + 1, fence = claims + 1, until_us = ?3 WHERE id = ?1 "
        "RETURNING fence");
    q->bind(1, request.job);
    q->bind_text(2, worker);
    q->bind(3, out.lease.until_us);
    q->step();
    out.lease.fence = q->integer(0);
    static_cast<void>(q->step());
  }
  out.run = request.run;
  out.run.job = request.job;
  if (goes_on(db, request.run.id)) return out;
  if (out.run.started_us == 0) out.run.started_us = now_us;
  out.run.id = insert_run(db, row, out.run);
  return out;
}

Result<std::vector<Claim>> SqliteJobs::claim(std::string_view worker, std::span<const ClaimRequest> requests,
                                             std::int64_t lease_us) {
  return db_.write([&](Connection& db) {
    std::vector<Claim> out;
    for (const auto& request : requests) out.push_back(claim_one(db, worker, request, lease_us));
    return out;
  });
}

Result<std::vector<LeaseOutcome>> SqliteJobs::heartbeat(std::span<const Heartbeat> beats, std::int64_t lease_us) {
  return db_.write([&](Connection& db) {
    std::vector<LeaseOutcome> out;
    const auto until_us = db_.now_us() + lease_us;
    for (const auto& beat : beats) {
      {
        auto q = db.use("UPDATE jobs SET until_us = ?3 WHERE id = ?1 AND fence = ?2 AND fence <> 0");
        q->bind(1, beat.lease.job);
        q->bind(2, beat.lease.fence);
        q->bind(3, until_us);
        q->step();
      }
      out.push_back(db.changes() == 0 ? LeaseOutcome::fenced : LeaseOutcome::done);
      if (out.back() == LeaseOutcome::done && beat.run) update_run(db, *beat.run);
    }
    return out;
  });
}

Result<std::vector<LeaseOutcome>> SqliteJobs::complete(std::span<const JobEnd> ends) {
  return db_.write([&](Connection& db) {
    std::vector<LeaseOutcome> out;
    for (const auto& end : ends) {
      const auto row = end_job(db, end.lease, end.run, end.data_version);
      out.push_back(row == 0 ? LeaseOutcome::fenced : LeaseOutcome::done);
      if (row == 0) continue;
      if (end.coverage.empty()) continue;
      write_coverage(db, row, end.coverage, db_.now_us());
    }
    return out;
  });
}

Result<std::vector<LeaseOutcome>> SqliteJobs::reschedule(std::span<const JobReturn> returns) {
  return db_.write([&](Connection& db) {
    std::vector<LeaseOutcome> out;
    for (const auto& back : returns) {
      {
        auto q = db.use(
            "UPDATE jobs SET worker = '', fence = 0, until_us = 0, not_before_us = ?3, attempts = ?4, "
            "deaths = iif(fence = 0, deaths, 0) WHERE id = ?1 AND fence = ?2");
        q->bind(1, back.lease.job);
        q->bind(2, back.lease.fence);
        q->bind(3, back.not_before_us);
        q->bind(4, back.attempts);
        q->step();
      }
      out.push_back(db.changes() == 0 ? LeaseOutcome::fenced : LeaseOutcome::done);
      if (out.back() == LeaseOutcome::fenced) continue;
      if (back.run.id == 0) continue;
      update_run(db, back.run);
      const auto row = row_of_job(db, back.lease.job);
      note_stage_end(db, row, back.run, 0);
      if (!back.coverage.empty()) write_coverage(db, row, back.coverage, db_.now_us());
    }
    return out;
  });
}

Result<std::size_t> SqliteJobs::rescue() {
  return db_.write([&](Connection& db) {
    const auto now_us = db_.now_us();
    std::size_t interrupted = 0;
    {
      auto q = db.use(
          "UPDATE runs SET status = ?1, ended_us = ?2 WHERE status = 0 AND NOT EXISTS("
          "SELECT 1 FROM jobs WHERE jobs.id = runs.job AND fence <> 0 AND until_us > ?2)");
      q->bind(1, static_cast<std::int64_t>(RunStatus::interrupted));
      q->bind(2, now_us);
      q->step();
      interrupted = static_cast<std::size_t>(db.changes());
    }
    auto q = db.use(
        "UPDATE jobs SET worker = '', fence = 0, until_us = 0, deaths = deaths + 1 WHERE fence <> 0 AND until_us <= "
        "?1");
    q->bind(1, now_us);
    q->step();
    return interrupted;
  });
}

void SqliteJobs::expire_leases() {
  const auto any = db_.read([](Connection& db) {
    auto q = db.use("SELECT 1 FROM jobs WHERE fence <> 0 AND until_us > 0");
    return q->step();
  });
  if (!any) throw StoreFailure(any.error());
  if (!*any) return;
  const auto ended = db_.write([](Connection& db) {
    auto q = db.use("UPDATE jobs SET until_us = 0 WHERE fence <> 0");
    q->step();
  });
  if (!ended) throw StoreFailure(ended.error());
}

}  // namespace tento::host::sqlite
