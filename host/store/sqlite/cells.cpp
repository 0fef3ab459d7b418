// SPDX-License-Identifier: Apache-2.0
// Cells: batches and transactions in, ranges out.
#include "host/store/cells_json.hpp"
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
      CellWriter cells(db, row_, origin_, replace_, *store_.batch_, store_.now_us());
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
    CellWriter writer(db, row, origin, std::nullopt, *batch_, now_us());
    writer.put(cells);
    return writer.finish();
  });
}

// The cells that overlap a range, in reading order: those that began before it and reach into it, then those that begin
// in it, which is one sweep without a further question.
#define TENTO_SQL_REACHING_IN(columns)                                                                 \
  "SELECT " columns                                                                                    \
  " FROM cells WHERE row = ?1 AND start_us >= ?4 AND start_us < ?2 AND start_us < ?3 AND end_us > ?2 " \
  "ORDER BY start_us, end_us DESC, ident"
#define TENTO_SQL_BEGINNING_IN(columns) \
  "SELECT " columns                     \
  " FROM cells WHERE row = ?1 AND start_us >= ?2 AND start_us < ?3 ORDER BY start_us, end_us DESC, ident"

template <class Take>
void SqliteStore::sweep(Connection& db, const Uuid& row, const Moments& range, Statement& reaching_in,
                        Statement& beginning_in, const Take& take) {
  const Snapshot snapshot(db);
  std::int64_t n = 0;
  std::int64_t longest_us = 0;
  {
    auto q = db.use("SELECT n, longest_us FROM rows WHERE id = ?1");
    q->bind(1, row);
    if (!q->step()) return;  // nothing was ever stored
    n = q->integer(0);
    longest_us = q->integer(1);
  }
  const auto each = [&](Statement& statement, std::optional<std::int64_t> earliest) {
    Query q(statement);
    q->bind(1, n);
    q->bind(2, range.from_us);
    q->bind(3, range.to_us);
    if (earliest) q->bind(4, *earliest);
    while (q->step())
      if (!take(q)) return false;
    return true;
  };
  const auto earliest = earliest_start(range, longest_us);
  if (earliest < range.from_us && !each(reaching_in, earliest)) return;
  each(beginning_in, std::nullopt);
}

#define TENTO_SQL_CELL "ident, date, end_date, start_us, end_us, data, version, change_seq"

Result<void> SqliteStore::read_cells(const Uuid& row, Moments range, const CellVisitor& visit) {
  return read([&](Connection& db) {
    auto times = db.use("SELECT at_us FROM commits WHERE seq = ?1");
    CellView cell;
    sweep(db, row, range, db.statement(TENTO_SQL_REACHING_IN(TENTO_SQL_CELL)),
          db.statement(TENTO_SQL_BEGINNING_IN(TENTO_SQL_CELL)), [&](const Query& q) {
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
            return visit(cell);
          });
  });
}

#define TENTO_SQL_SHOWN "ident, date, end_date, start_us, end_us, data"

Result<std::size_t> SqliteStore::append_json(std::string& out, const Uuid& row, Moments range, std::size_t limit) {
  return read([&](Connection& db) {
    std::size_t count = 0;
    CellView cell;
    out += '[';
    sweep(db, row, range, db.statement(TENTO_SQL_REACHING_IN(TENTO_SQL_SHOWN)),
          db.statement(TENTO_SQL_BEGINNING_IN(TENTO_SQL_SHOWN)), [&](const Query& q) {
            if (count != 0) out += ',';
            cell.id = id_of(q->bytes(0));
            cell.date = unpack_time(q->integer(1), q->integer(3));
            const auto end_date = q->integer(2);
            cell.end_date.kind = TENTO_TIME_NONE;
            if (end_date != 0) cell.end_date = unpack_time(end_date, q->integer(4));
            cell.data = q->bytes(5);
            append_cell_json(out, cell);
            return ++count != limit;
          });
    out += ']';
    return count;
  });
}

Result<std::uint64_t> SqliteStore::cell_count(const Uuid& row) {
  return read([&](Connection& db) {
    auto q = db.use("SELECT count(*) FROM cells WHERE row = (SELECT n FROM rows WHERE id = ?1)");
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
    auto q =
        db.use("DELETE FROM tombstones WHERE change_seq IN (SELECT seq FROM commits WHERE at_us < ?1 AND deleted > 0)");
    q->bind(1, before_us);
    q->step();
    return static_cast<std::uint64_t>(db.changes());
  });
}

}  // namespace tento::host::sqlite
