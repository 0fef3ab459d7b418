// SPDX-License-Identifier: Apache-2.0
// Rows, their coverage and their cursors.
#include <spdlog/fmt/fmt.h>

#include "host/store/sqlite/cell_writer.hpp"
#include "host/store/sqlite/coverage.hpp"
#include "host/store/sqlite/row_record.hpp"
#include "host/store/sqlite/stores.hpp"

namespace tento::host::sqlite {

RowRecord row_of(const Query& q) {
  RowRecord r;
  r.id = q->uuid(0);
  r.owner = q->uuid(1);
  r.provider = q->text(2);
  r.integration = q->text(3);
  r.pattern = q->text(4);
  r.lookup_key = q->text(5);
  r.auth_id = q->text(6);
  r.label = q->text(7);
  r.attributes_json = q->text(8);
  r.hidden = q->integer(9) != 0;
  r.created_us = q->integer(10);
  r.change_seq = q->integer(11);
  r.due_us = q->integer(12);
  r.paused = q->integer(13) != 0;
  return r;
}

namespace {

std::optional<RowRecord> find_row(Connection& db, const Uuid& id) {
  auto q = db.use(TENTO_SQL_ROW "WHERE id = ?1");
  q->bind(1, id);
  if (!q->step()) return std::nullopt;
  return row_of(q);
}

std::optional<std::int64_t> find_row_number(Connection& db, const Uuid& id) {
  auto q = db.use("SELECT n FROM rows WHERE id = ?1");
  q->bind(1, id);
  if (!q->step()) return std::nullopt;
  return q->integer(0);
}

}  // namespace

Result<RowRecord> SqliteRows::ensure(const RowRecord& row) {
  // Nearly always it is there: then nothing is written.
  TENTO_TRY_ASSIGN(auto stored, db_.read([&](Connection& db) { return find_row(db, row.id); }));
  if (stored) return std::move(*stored);
  return db_.write([&](Connection& db) {
    {
      auto q = db.use(
          "INSERT INTO rows(id, owner, provider, integration, pattern, lookup_key, auth_id, label, attributes, hidden, "
          "created_us, version) VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,"
          // Made again after it was purged, it has a stamp that it never had.
          "coalesce((SELECT latest FROM feeds WHERE owner = ?2), 0)) ON CONFLICT(id) DO NOTHING");
      q->bind(1, row.id);
      q->bind(2, row.owner);
      q->bind_text(3, row.provider);
      q->bind_text(4, row.integration);
      q->bind_text(5, row.pattern);
      q->bind_text(6, row.lookup_key);
      q->bind_text(7, row.auth_id);
      q->bind_text(8, row.label);
      q->bind_text(9, row.attributes_json);
      q->bind(10, row.hidden ? 1 : 0);
      q->bind(11, row.created_us == 0 ? db_.now_us() : row.created_us);
      q->step();
    }
    return find_row(db, row.id).value();
  });
}

Result<std::optional<RowRecord>> SqliteRows::find(const Uuid& id, const Recency&) {
  return db_.read([&](Connection& db) { return find_row(db, id); });
}

Result<std::vector<RowRecord>> SqliteRows::of_user(const Uuid& owner) {
  return db_.read([&](Connection& db) {
    std::vector<RowRecord> out;
    auto q = db.use(TENTO_SQL_ROW "WHERE owner = ?1 ORDER BY lookup_key");
    q->bind(1, owner);
    while (q->step()) out.push_back(row_of(q));
    return out;
  });
}

Result<std::optional<RowStamp>> SqliteRows::stamp(const Uuid& row) {
  return stamps_.get(db_, row, [&] {
    return db_.read([&](Connection& db) -> std::optional<RowStamp> {
      auto q = db.use("SELECT change_seq, version FROM rows WHERE id = ?1");
      q->bind(1, row);
      if (!q->step()) return std::nullopt;
      return RowStamp{q->integer(0), q->integer(1)};
    });
  });
}

Result<std::vector<CoverageRecord>> SqliteRows::coverage(const Uuid& row) {
  // Of a row that is not stored nothing was ever asked for.
  return db_.read([&](Connection& db) -> std::vector<CoverageRecord> {
    const auto number = find_row_number(db, row);
    return number ? read_coverage(db, *number) : std::vector<CoverageRecord>();
  });
}

Result<void> SqliteRows::add_coverage(const Uuid& row, std::span<const CoverageInput> coverage) {
  return db_.write([&](Connection& db) { write_coverage(db, row_number(db, row), coverage, db_.now_us()); });
}

Result<std::optional<std::string>> SqliteRows::cursor(const Uuid& row, std::string_view name) {
  return db_.read([&](Connection& db) -> std::optional<std::string> {
    // One statement: each takes and leaves the file's read lock, which costs more than the look-up.
    auto q = db.use(
        "SELECT value FROM rows LEFT JOIN cursors ON cursors.row = rows.n AND cursors.name = ?2 WHERE rows.id = ?1");
    q->bind_blob(1, {reinterpret_cast<const char*>(row.bytes.data()), row.bytes.size()});
    q->bind_text(2, name);
    if (!q->step() || q->null(0)) return std::nullopt;
    // What was lost of the row is fetched again only by a sync that does not go on from where the last one was.
    if (db_.doubted() && !CellCheck(db).row_holds(row)) return std::nullopt;
    return q->text(0);
  });
}

}  // namespace tento::host::sqlite
