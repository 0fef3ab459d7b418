// SPDX-License-Identifier: Apache-2.0
// Durable jobs: unique by dedup key while queued or running, gone when ended.
#include <spdlog/fmt/fmt.h>

#include "host/store/sqlite/cell_writer.hpp"
#include "host/store/sqlite/store.hpp"

namespace tento::host::sqlite {

namespace {

#define TENTO_SQL_JOB                                                                                                 \
  "SELECT jobs.id, rows.id, rows.lookup_key, rows.provider, stage, dedup_key, lock_key, stage_class, not_before_us, " \
  "jobs.created_us, attempts, running FROM jobs JOIN rows ON rows.n = jobs.row "

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
  return j;
}

}  // namespace

Result<JobRecord> SqliteStore::enqueue(const JobRecord& job) {
  return write([&](Connection& db) {
    {
      auto q = db.use(
          "INSERT INTO jobs(row, stage, dedup_key, lock_key, stage_class, not_before_us, created_us, attempts, "
          "running) "
          "VALUES(?1,?2,?3,?4,?5,?6,?7,?8,0) ON CONFLICT(dedup_key) DO UPDATE SET stage_class = "
          "min(stage_class, excluded.stage_class)");
      q->bind(1, row_number(db, job.row));
      q->bind_text(2, job.stage);
      q->bind_text(3, job.dedup_key);
      q->bind_text(4, job.lock_key);
      q->bind(5, job.stage_class);
      q->bind(6, job.not_before_us);
      q->bind(7, job.created_us == 0 ? now_us() : job.created_us);
      q->bind(8, job.attempts);
      q->step();
    }
    auto q = db.use(TENTO_SQL_JOB "WHERE dedup_key = ?1");
    q->bind_text(1, job.dedup_key);
    q->step();
    return job_of(q);
  });
}

Result<std::vector<JobRecord>> SqliteStore::jobs() {
  return read([](Connection& db) {
    std::vector<JobRecord> out;
    auto q = db.use(TENTO_SQL_JOB "ORDER BY jobs.id");
    while (q->step()) out.push_back(job_of(q));
    return out;
  });
}

// A statement that names one job or run must meet it.
void SqliteStore::change_one(std::int64_t changes, std::string_view what, std::int64_t id) const {
  if (changes == 0)
    throw StoreFailure(store_error(ErrorCode::not_found, ErrorClass::internal,
                                   fmt::format("the store has no {} {}. It ended or was purged meanwhile", what, id),
                                   "no_such_job", "list what there is"));
}

Result<void> SqliteStore::mark_running(std::int64_t job, bool running) {
  return write([&](Connection& db) {
    auto q = db.use("UPDATE jobs SET running = ?2 WHERE id = ?1");
    q->bind(1, job);
    q->bind(2, running ? 1 : 0);
    q->step();
    change_one(db.changes(), "job", job);
  });
}

Result<void> SqliteStore::finish_job(std::int64_t job) {
  return write([&](Connection& db) {
    auto q = db.use("DELETE FROM jobs WHERE id = ?1");
    q->bind(1, job);
    q->step();
  });
}

Result<void> SqliteStore::requeue_job(std::int64_t job, std::int64_t not_before_us, std::int32_t attempts) {
  return write([&](Connection& db) {
    auto q = db.use("UPDATE jobs SET running = 0, not_before_us = ?2, attempts = ?3 WHERE id = ?1");
    q->bind(1, job);
    q->bind(2, not_before_us);
    q->bind(3, attempts);
    q->step();
    change_one(db.changes(), "job", job);
  });
}

Result<std::size_t> SqliteStore::recover() {
  return write([&](Connection& db) {
    std::size_t interrupted = 0;
    {
      auto q = db.use("UPDATE runs SET status = ?1, ended_us = ?2 WHERE status = 0");
      q->bind(1, static_cast<std::int64_t>(RunStatus::interrupted));
      q->bind(2, now_us());
      q->step();
      interrupted = static_cast<std::size_t>(db.changes());
    }
    auto q = db.use("UPDATE jobs SET running = 0 WHERE running = 1");
    q->step();
    return interrupted;
  });
}

}  // namespace tento::host::sqlite
