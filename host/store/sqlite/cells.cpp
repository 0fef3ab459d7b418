// SPDX-License-Identifier: Apache-2.0
// Cells: batches and transactions in, single ones out. Ranges are in pages.cpp.
#include "host/store/sqlite/cell_writer.hpp"
#include "host/store/sqlite/coverage.hpp"
#include "host/store/sqlite/staging.hpp"
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

// Stages what is put and lands it in one go, so that a provider that waits for its service holds up no other writer.
class SqliteTxn final : public CellTxn {
 public:
  SqliteTxn(Database& db, const Uuid& row, std::optional<Moments> replace, TxnOrigin origin)
      : db_(db), row_(row), replace_(replace), origin_(std::move(origin)), staging_(db.folder()) {}

  Result<void> put(std::span<const CellInput> cells) override {
    if (ended_) return fail(has_ended());
    return guarded([&] { staging_.put(cells); });
  }

  Result<TxnCounts> commit(std::span<const CoverageInput> coverage, std::span<const CursorInput> cursors) override {
    if (ended_) return fail(has_ended());
    ended_ = true;
    return db_.write([&](Connection& db) {
      CellWriter cells(db, row_, origin_, replace_, db_.batch(), db_.now_us());
      staging_.replay([&cells](std::span<const CellInput> part) { cells.put(part); });
      const auto counts = cells.finish();
      write_coverage(db, cells.row(), coverage, db_.now_us());
      write_cursors(db, cells.row(), cursors);
      if (counts.changed() != 0) {
        db_.announce({CommitEventKind::cells, cells.seq(), row_, cells.owner(), counts});
      } else if (!coverage.empty()) {
        db_.announce({CommitEventKind::coverage, 0, row_, cells.owner(), {}});
      }
      return counts;
    });
  }

 private:
  static Error has_ended() {
    return store_error(ErrorCode::invalid_argument, ErrorClass::internal,
                       "the transaction has ended. Begin another one", "txn_ended", "begin another one");
  }

  Database& db_;
  Uuid row_;
  std::optional<Moments> replace_;
  TxnOrigin origin_;
  Staging staging_;
  bool ended_ = false;
};

Result<std::unique_ptr<CellTxn>> SqliteCells::begin(const Uuid& row, std::optional<Moments> replace, TxnOrigin origin) {
  if (!db_.writable()) return fail(db_.refuse_write());
  TENTO_TRY(db_.read([&](Connection& db) { return row_number(db, row); }));
  return std::make_unique<SqliteTxn>(db_, row, replace, std::move(origin));
}

Result<TxnCounts> SqliteCells::persist(const Uuid& row, std::span<const CellInput> cells, TxnOrigin origin) {
  return db_.write([&](Connection& db) {
    CellWriter writer(db, row, origin, std::nullopt, db_.batch(), db_.now_us());
    writer.put(cells);
    const auto counts = writer.finish();
    if (counts.changed() != 0) db_.announce({CommitEventKind::cells, writer.seq(), row, writer.owner(), counts});
    return counts;
  });
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
        "(SELECT at_us FROM commits WHERE commits.feed = cells.feed AND seq = change_seq) FROM cells "
        "WHERE row = (SELECT n FROM rows WHERE id = ?1) AND ident = ?2");
    q->bind(1, row);
    q->bind_blob(2, ident.make(named));
    if (!q->step()) return std::nullopt;
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
