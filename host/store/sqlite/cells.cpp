// SPDX-License-Identifier: Apache-2.0
// Cells: batches and transactions in, ranges out.
#include "host/store/sqlite/cell_writer.hpp"
#include "host/store/sqlite/coverage.hpp"
#include "host/store/sqlite/staging.hpp"
#include "host/store/sqlite/store.hpp"

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

// Stages what is put and lands it in one go, so that a provider that waits for its service holds up no other writer.
class SqliteTxn final : public CellTxn {
 public:
  SqliteTxn(SqliteStore& store, const Uuid& row, std::optional<Moments> replace, TxnOrigin origin)
      : store_(store), row_(row), replace_(replace), origin_(std::move(origin)), staging_(store.folder_) {}

  Result<void> put(std::span<const CellInput> cells) override {
    if (ended_) return fail(has_ended());
    return guarded([&] { staging_.put(cells); });
  }

  Result<TxnCounts> commit(std::span<const CoverageInput> coverage, std::span<const CursorInput> cursors) override {
    if (ended_) return fail(has_ended());
    ended_ = true;
    return store_.write([&](Connection& db) {
      CellWriter cells(db, row_, origin_, replace_, store_.hash_, store_.now_us());
      staging_.replay([&cells](std::span<const CellInput> part) { cells.put(part); });
      const auto counts = cells.finish();
      write_coverage(db, cells.row(), coverage, store_.now_us());
      write_cursors(db, cells.row(), cursors);
      return counts;
    });
  }

 private:
  static Error has_ended() {
    return store_error(ErrorCode::invalid_argument, ErrorClass::internal,
                       "the transaction has ended. Begin another one", "txn_ended", "begin another one");
  }

  SqliteStore& store_;
  Uuid row_;
  std::optional<Moments> replace_;
  TxnOrigin origin_;
  Staging staging_;
  bool ended_ = false;
};

Result<std::unique_ptr<CellTxn>> SqliteStore::begin(const Uuid& row, std::optional<Moments> replace, TxnOrigin origin) {
  if (!writer_) return fail(refuse_write());
  TENTO_TRY(read([&](Connection& db) { return row_number(db, row); }));
  return std::make_unique<SqliteTxn>(*this, row, replace, std::move(origin));
}

Result<TxnCounts> SqliteStore::persist(const Uuid& row, std::span<const CellInput> cells, TxnOrigin origin) {
  return write([&](Connection& db) {
    CellWriter writer(db, row, origin, std::nullopt, hash_, now_us());
    writer.put(cells);
    return writer.finish();
  });
}

Result<void> SqliteStore::read_cells(const Uuid& row, Moments range, const CellVisitor& visit) {
  return read([&](Connection& db) {
    std::int64_t n = 0;
    std::int64_t longest_us = 0;
    {
      auto q = db.use("SELECT n, longest_us FROM rows WHERE id = ?1");
      q->bind(1, row);
      if (!q->step()) return;  // nothing was ever stored
      n = q->integer(0);
      longest_us = q->integer(1);
    }
    auto times = db.use("SELECT at_us FROM commits WHERE seq = ?1");
    auto q = db.use(
        "SELECT ident, date, end_date, start_us, end_us, data, version, change_seq FROM cells "
        "WHERE row = ?1 AND start_us >= ?4 AND " TENTO_SQL_OVERLAPS
        " AND tombstone = 0 ORDER BY start_us, end_us DESC, ident");
    q->bind(1, n);
    q->bind(2, range.from_us);
    q->bind(3, range.to_us);
    q->bind(4, earliest_start(range, longest_us));
    CellView cell;
    while (q->step()) {
      cell.id = id_of(q->bytes(0));
      cell.start_us = q->integer(3);
      cell.end_us = q->integer(4);
      cell.date = unpack_time(q->integer(1), cell.start_us);
      cell.end_date = unpack_time(q->integer(2), cell.end_us);
      cell.data = q->bytes(5);
      cell.version = q->bytes(6);
      const auto seq = q->integer(7);
      if (seq != cell.change_seq) {  // neighbours mostly came with the same commit
        cell.change_seq = seq;
        times->bind(1, seq);
        cell.updated_us = times->step() ? times->integer(0) : 0;
        times->reset();
      }
      if (!visit(cell)) return;
    }
  });
}

Result<std::uint64_t> SqliteStore::cell_count(const Uuid& row) {
  return read([&](Connection& db) {
    auto q = db.use("SELECT count(*) FROM cells WHERE row = (SELECT n FROM rows WHERE id = ?1) AND tombstone = 0");
    q->bind(1, row);
    return q->step() ? static_cast<std::uint64_t>(q->integer(0)) : 0;
  });
}

Result<std::optional<std::string>> SqliteStore::raw_cell(const Uuid& row, std::string_view id) {
  return read([&](Connection& db) -> std::optional<std::string> {
    auto q = db.use("SELECT raw FROM raws WHERE row = (SELECT n FROM rows WHERE id = ?1) AND ident = ?2");
    q->bind(1, row);
    q->bind_blob(2, id);
    if (!q->step()) return std::nullopt;
    return q->text(0);
  });
}

Result<std::uint64_t> SqliteStore::drop_tombstones(std::int64_t before_us) {
  return write([&](Connection& db) {
    auto q = db.use(
        "DELETE FROM cells WHERE tombstone = 1 AND change_seq <= (SELECT coalesce(max(seq), 0) FROM commits "
        "WHERE at_us < ?1)");
    q->bind(1, before_us);
    q->step();
    return static_cast<std::uint64_t>(db.changes());
  });
}

}  // namespace tento::host::sqlite
