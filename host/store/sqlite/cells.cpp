// SPDX-License-Identifier: Apache-2.0
// Cells: commits in, single ones out. Ranges are in pages.cpp.
#include "host/store/sqlite/cell_check.hpp"
#include "host/store/sqlite/cell_writer.hpp"
#include "host/store/sqlite/coverage.hpp"
#include "host/store/sqlite/job_tables.hpp"
#include "host/store/sqlite/stores.hpp"

namespace tento::host::sqlite {

namespace {

void write_cursors(Connection& db, std::int64_t row, std::span<const CursorInput> cursors) {
  for (const auto& cursor : cursors) {
    if (cursor.value.empty()) {
      auto q = db.use("DELETE FROM cursors WHERE row = ?1 AND name = ?2");
      q->bind(1, row);
      q->bind_text(2, cursor.name);
      q->step();
      continue;
    }
    auto q = db.use(
        "INSERT INTO cursors(row, name, value) VALUES(?1,?2,?3) ON CONFLICT(row, name) DO UPDATE SET value = ?3");
    q->bind(1, row);
    q->bind_text(2, cursor.name);
    q->bind_blob(3, cursor.value);
    q->step();
  }
}

}  // namespace

Result<TxnCounts> SqliteCells::commit(const RowCommit& commit) {
  return db_.write([&](Connection& db) {
    if (commit.fence || commit.complete) check_fence(db, commit.fence.value_or(Lease{}));
    CellWriter cells(db, commit.row, commit.origin, commit.replace, db_.batch(), db_.now_us());
    if (db_.doubted()) cells.check_what_is_known();
    commit.cells.each([&cells](std::span<const CellInput> part) { cells.put(part); });
    const auto counts = cells.finish();
    write_coverage(db, cells.row(), commit.coverage, db_.now_us());
    write_cursors(db, cells.row(), commit.cursors);
    if (commit.fence && counts.changed() > 0) clear_deaths(db, commit.fence->job);
    if (commit.complete) end_job(db, *commit.fence, *commit.complete, commit.origin.data_version);
    return counts;
  });
}

std::string SqliteCells::staging_folder() const {
  return db_.folder();
}

Result<std::uint64_t> SqliteCells::count(const Uuid& row) {
  return db_.read([&](Connection& db) {
    auto q = db.use("SELECT count(*) FROM cells WHERE row = (SELECT n FROM rows WHERE id = ?1)");
    q->bind(1, row);
    return q->step() ? static_cast<std::uint64_t>(q->integer(0)) : 0;
  });
}

Result<std::optional<std::string>> SqliteCells::raw(const Uuid& row, std::string_view id) {
  return db_.read([&](Connection& db) -> std::optional<std::string> {
    auto q = db.use("SELECT raw FROM raws WHERE row = (SELECT n FROM rows WHERE id = ?1) AND ident = ?2");
    q->bind(1, row);
    q->bind_blob(2, id);
    if (!q->step()) return std::nullopt;
    return q->text(0);
  });
}

Result<std::optional<StoredCell>> SqliteCells::find(const Uuid& row, const CellKey& key) {
  return db_.read([&](Connection& db) -> std::optional<StoredCell> {
    CellInput named;
    named.id = key.id;
    named.date = key.date;
    Ident ident;
    auto q = db.use(
        "SELECT ident, date, end_date, start_us, end_us, data, version, change_seq, "
        "(SELECT at_us FROM commits WHERE commits.feed = cells.feed AND seq = change_seq), row FROM cells "
        "WHERE row = (SELECT n FROM rows WHERE id = ?1) AND ident = ?2");
    q->bind(1, row);
    q->bind_blob(2, ident.make(named));
    if (!q->step()) return std::nullopt;
    if (db_.doubted()) CellCheck(db).require(q->integer(9), q->bytes(0));
    StoredCell out;
    out.id = id_of(q->bytes(0));
    out.start_us = q->integer(3);
    out.end_us = q->integer(4);
    out.date = unpack_time(q->integer(1), out.start_us);
    out.end_date = unpack_time(q->integer(2), out.end_us);
    out.data = q->text(5);
    out.version = q->text(6);
    out.change_seq = q->integer(7);
    out.updated_us = q->integer(8);
    return out;
  });
}

}  // namespace tento::host::sqlite
