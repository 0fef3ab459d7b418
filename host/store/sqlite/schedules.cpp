// SPDX-License-Identifier: Apache-2.0
// When rows are due, and how their stages ended.
#include "host/store/sqlite/credentials.hpp"
#include "host/store/sqlite/database.hpp"
#include "host/store/sqlite/feeds.hpp"
#include "host/store/sqlite/job_tables.hpp"
#include "host/store/sqlite/row_record.hpp"
#include "host/store/sqlite/stores.hpp"

namespace tento::host::sqlite {

void note_stage_end(Connection& db, std::int64_t row, const RunRecord& run, std::int64_t data_version) {
  const bool well = ended_well(run);
  if (!well && run.status != RunStatus::failed && run.status != RunStatus::partial) return;
  auto q = db.use(
      "INSERT INTO stage_ends(row, stage, ok_us, failed_us, data_version) VALUES(?1,?2,?3,?4,?5) "
      "ON CONFLICT(row, stage) DO UPDATE SET ok_us = max(ok_us, ?3), failed_us = max(failed_us, ?4), "
      "data_version = iif(?3 > 0, ?5, data_version)");
  q->bind(1, row);
  q->bind_text(2, run.stage);
  q->bind(3, well ? run.ended_us : 0);
  q->bind(4, well ? 0 : run.ended_us);
  q->bind(5, well ? data_version : -1);
  q->step();
}

Result<std::vector<RowRecord>> SqliteSchedules::due(std::int64_t now_us, std::size_t limit) {
  return db_.read([&](Connection& db) {
    std::vector<RowRecord> out;
    auto q = db.use(TENTO_SQL_ROW "WHERE due_us <= ?1 ORDER BY due_us, n LIMIT ?2");
    q->bind(1, now_us);
    q->bind(2, static_cast<std::int64_t>(limit));
    while (q->step()) out.push_back(row_of(q));
    return out;
  });
}

Result<std::optional<std::int64_t>> SqliteSchedules::earliest() {
  return db_.read([](Connection& db) -> std::optional<std::int64_t> {
    auto q = db.use("SELECT min(due_us) FROM rows WHERE due_us < ?1");
    q->bind(1, never_due_us);
    if (!q->step() || q->null(0)) return std::nullopt;
    return q->integer(0);
  });
}

Result<void> SqliteSchedules::set_due(std::span<const RowDue> rows) {
  return db_.write([&](Connection& db) {
    for (const auto& row : rows) {
      auto q = db.use("UPDATE rows SET due_us = ?2 WHERE id = ?1");
      q->bind(1, row.row);
      q->bind(2, row.due_us);
      q->step();
    }
  });
}

Result<void> SqliteSchedules::judge_all() {
  return db_.write([](Connection& db) {
    auto q = db.use("UPDATE rows SET due_us = 0 WHERE due_us <> 0");
    q->step();
  });
}

Result<bool> SqliteSchedules::pause_row(const Uuid& row, bool paused) {
  return db_.write([&](Connection& db) {
    auto q = db.use("UPDATE rows SET paused = ?2, due_us = 0 WHERE id = ?1");
    q->bind(1, row);
    q->bind(2, paused ? 1 : 0);
    q->step();
    return db.changes() != 0;
  });
}

Result<bool> SqliteSchedules::set_account(const AccountKey& account, std::optional<bool> paused,
                                          std::optional<std::int64_t> interval_s) {
  return db_.write([&](Connection& db) {
    {
      auto q = db.use(
          "UPDATE accounts SET paused = coalesce(?4, paused), interval_s = coalesce(?5, interval_s) "
          "WHERE owner = ?1 AND provider = ?2 AND auth_id = ?3");
      bind_account_key(q, account);
      if (paused) {
        q->bind(4, *paused ? 1 : 0);
      } else {
        q->bind_null(4);
      }
      if (interval_s) {
        q->bind(5, *interval_s);
      } else {
        q->bind_null(5);
      }
      q->step();
    }
    const bool found = db.changes() != 0;
    judge_rows_of(db, account);
    return found;
  });
}

Result<std::vector<StageEnds>> SqliteSchedules::stage_ends(const Uuid& row) {
  return db_.read([&](Connection& db) {
    std::vector<StageEnds> out;
    auto q = db.use(
        "SELECT stage, ok_us, failed_us, data_version FROM stage_ends WHERE row = (SELECT n FROM rows WHERE id = ?1) "
        "ORDER BY stage");
    q->bind(1, row);
    while (q->step()) out.push_back({std::string(q->text(0)), q->integer(1), q->integer(2), q->integer(3)});
    return out;
  });
}

Result<std::vector<RowEnds>> SqliteSchedules::row_ends(const Uuid& user) {
  return db_.read([&](Connection& db) {
    std::vector<RowEnds> out;
    auto q = db.use(
        "SELECT id, max(ok_us), max(failed_us) FROM rows JOIN stage_ends ON stage_ends.row = rows.n WHERE owner = ?1 "
        "GROUP BY rows.n");
    q->bind(1, user);
    while (q->step()) out.push_back({q->uuid(0), q->integer(1), q->integer(2)});
    return out;
  });
}

}  // namespace tento::host::sqlite
