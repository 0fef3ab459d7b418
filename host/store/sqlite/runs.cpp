// SPDX-License-Identifier: Apache-2.0
// Runs: what became of each execution of a job.
#include "host/model/run.hpp"
#include "host/store/sqlite/database.hpp"
#include "host/store/sqlite/job_tables.hpp"

namespace tento::host::sqlite {

namespace {

static_assert(static_cast<int>(RunStatus::running) == 0, "runs_running and rescue() select by status 0");

// Of each row so many runs are kept.
constexpr std::int64_t runs_kept = 500;

#define TENTO_SQL_RUN                                                                                                \
  "SELECT runs.id, job, rows.id, rows.lookup_key, rows.provider, stage, status, started_us, ended_us, done, total, " \
  "added, updated, deleted, unchanged, message, error, error_code, error_class, error_tag, error_action, "           \
  "retry_after_ms, http_status, rows.owner, skipped, skipped_note, attempt, next_try_us FROM runs JOIN rows ON "     \
  "rows.n = runs.row "

#define TENTO_SQL_OF_ROW "WHERE runs.row = (SELECT n FROM rows WHERE rows.id = ?1) "

RunRecord run_of(const Query& q) {
  const auto number = [&q](int column) { return static_cast<std::uint64_t>(q->integer(column)); };
  RunRecord r;
  r.id = q->integer(0);
  r.job = q->integer(1);
  r.row = q->uuid(2);
  r.lookup_key = q->text(3);
  r.provider = q->text(4);
  r.stage = q->text(5);
  r.status = static_cast<RunStatus>(q->integer(6));
  r.started_us = q->integer(7);
  r.ended_us = q->integer(8);
  r.done = number(9);
  r.total = number(10);
  r.counts = {number(11), number(12), number(13), number(14)};
  r.message = q->text(15);
  r.owner = q->uuid(23);
  r.skipped = number(24);
  r.skipped_note = q->text(25);
  r.attempt = static_cast<std::int32_t>(q->integer(26));
  r.next_try_us = q->integer(27);
  if (!q->null(16)) {
    Error e;
    e.message = q->text(16);
    e.code = static_cast<ErrorCode>(q->integer(17));
    e.error_class = static_cast<ErrorClass>(q->integer(18));
    e.tag = q->text(19);
    e.remedy = q->text(20);
    e.retry_after_ms = q->integer(21);
    e.http_status = static_cast<std::int32_t>(q->integer(22));
    r.error = std::move(e);
  }
  return r;
}

// Parameters 2 to 22, the same in both statements; `none` lives as long as the statement runs.
void bind_run(const Query& q, const RunRecord& run, const Error& none) {
  const Error& e = run.error ? *run.error : none;
  q->bind(2, static_cast<std::int64_t>(run.status));
  q->bind(3, run.started_us);
  q->bind(4, run.ended_us);
  q->bind(5, static_cast<std::int64_t>(run.done));
  q->bind(6, static_cast<std::int64_t>(run.total));
  q->bind(7, static_cast<std::int64_t>(run.counts.added));
  q->bind(8, static_cast<std::int64_t>(run.counts.updated));
  q->bind(9, static_cast<std::int64_t>(run.counts.deleted));
  q->bind(10, static_cast<std::int64_t>(run.counts.unchanged));
  q->bind_text(11, run.message);
  if (run.error) {
    q->bind_text(12, e.message);
  } else {
    q->bind_null(12);
  }
  q->bind(13, static_cast<std::int64_t>(e.code));
  q->bind(14, static_cast<std::int64_t>(e.error_class));
  q->bind_text(15, e.tag);
  q->bind_text(16, e.remedy);
  q->bind(17, e.retry_after_ms);
  q->bind(18, e.http_status);
  q->bind(19, static_cast<std::int64_t>(run.skipped));
  q->bind_text(20, run.skipped_note);
  q->bind(21, run.attempt);
  q->bind(22, run.next_try_us);
}

}  // namespace

std::int64_t insert_run(Connection& db, std::int64_t row, const RunRecord& run) {
  const Error none;
  std::int64_t id = 0;
  {
    auto q = db.use(
        "INSERT INTO runs(row, status, started_us, ended_us, done, total, added, updated, deleted, unchanged, message, "
        "error, error_code, error_class, error_tag, error_action, retry_after_ms, http_status, "
        "skipped, skipped_note, attempt, next_try_us, job, stage) "
        "VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14,?15,?16,?17,?18,?19,?20,?21,?22,?23,?24)");
    q->bind(1, row);
    bind_run(q, run, none);
    q->bind(23, run.job);
    q->bind_text(24, run.stage);
    q->step();
    id = db.last_id();
  }
  auto q = db.use(
      "DELETE FROM runs WHERE row = ?1 AND status <> 0 AND id <= (SELECT id FROM runs WHERE row = ?1 ORDER BY id DESC "
      "LIMIT 1 OFFSET ?2)");
  q->bind(1, row);
  q->bind(2, runs_kept);
  q->step();
  return id;
}

void update_run(Connection& db, const RunRecord& run) {
  const Error none;
  auto q = db.use(
      "UPDATE runs SET status=?2, started_us=?3, ended_us=?4, done=?5, total=?6, added=?7, updated=?8, deleted=?9, "
      "unchanged=?10, message=?11, error=?12, error_code=?13, error_class=?14, error_tag=?15, error_action=?16, "
      "retry_after_ms=?17, http_status=?18, skipped=?19, skipped_note=?20, attempt=?21, next_try_us=?22 WHERE id=?1");
  q->bind(1, run.id);
  bind_run(q, run, none);
  q->step();
}

Result<std::optional<RunRecord>> SqliteRuns::find(std::int64_t run) {
  return db_.read([&](Connection& db) -> std::optional<RunRecord> {
    auto q = db.use(TENTO_SQL_RUN "WHERE runs.id = ?1");
    q->bind(1, run);
    if (!q->step()) return std::nullopt;
    return run_of(q);
  });
}

Result<std::vector<RunRecord>> SqliteRuns::of_row(const Uuid& row, std::size_t limit) {
  return db_.read([&](Connection& db) {
    std::vector<RunRecord> out;
    auto q = db.use(TENTO_SQL_RUN TENTO_SQL_OF_ROW "ORDER BY runs.id DESC LIMIT ?2");
    q->bind(1, row);
    q->bind(2, static_cast<std::int64_t>(limit));
    while (q->step()) out.push_back(run_of(q));
    return out;
  });
}

Result<std::vector<RunRecord>> SqliteRuns::of_user(const Uuid& user, std::size_t limit) {
  return db_.read([&](Connection& db) {
    std::vector<RunRecord> out;
    // Walked from the newest run on: a sort of them all would cost more than the other users' between them.
    auto q = db.use(TENTO_SQL_RUN "WHERE +rows.owner = ?1 ORDER BY runs.id DESC LIMIT ?2");
    q->bind(1, user);
    q->bind(2, static_cast<std::int64_t>(limit));
    while (q->step()) out.push_back(run_of(q));
    return out;
  });
}

Result<std::optional<RunRecord>> SqliteRuns::of_job(const Uuid& row, std::int64_t job) {
  return db_.read([&](Connection& db) -> std::optional<RunRecord> {
    auto q = db.use(TENTO_SQL_RUN TENTO_SQL_OF_ROW "AND job = ?2 ORDER BY runs.id DESC LIMIT 1");
    q->bind(1, row);
    q->bind(2, job);
    if (!q->step()) return std::nullopt;
    return run_of(q);
  });
}

Result<std::optional<RunRecord>> SqliteRuns::latest(const Uuid& row, std::string_view stage) {
  return db_.read([&](Connection& db) -> std::optional<RunRecord> {
    auto q = db.use(TENTO_SQL_RUN TENTO_SQL_OF_ROW "AND stage = ?2 ORDER BY runs.id DESC LIMIT 1");
    q->bind(1, row);
    q->bind_text(2, stage);
    if (!q->step()) return std::nullopt;
    return run_of(q);
  });
}

Result<bool> SqliteRuns::ended_well(const Uuid& row, std::string_view stage) {
  return db_.read([&](Connection& db) {
    auto q =
        db.use("SELECT 1 FROM stage_ends WHERE row = (SELECT n FROM rows WHERE id = ?1) AND stage = ?2 AND ok_us > 0");
    q->bind(1, row);
    q->bind_text(2, stage);
    return q->step();
  });
}

}  // namespace tento::host::sqlite
