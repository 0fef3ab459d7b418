// SPDX-License-Identifier: Apache-2.0
// Ranges of cells, whole or in pages, in either order, for a visitor or as JSON.
#include <algorithm>

#include "host/store/cells_json.hpp"
#include "host/store/cursors.hpp"
#include "host/store/sqlite/cell_check.hpp"
#include "host/store/sqlite/cell_writer.hpp"
#include "host/store/sqlite/stores.hpp"

namespace tento::host::sqlite {

namespace {

// The cells that overlap a range, in reading order: those that began before it and reach into it, then those that begin
// in it, which is one sweep without a further question.
#define TENTO_SQL_REACHING_IN \
  " FROM cells WHERE row = ?1 AND start_us >= ?4 AND start_us < ?2 AND start_us < ?3 AND end_us > ?2 "
#define TENTO_SQL_BEGINNING_IN " FROM cells WHERE row = ?1 AND start_us >= ?2 AND start_us < ?3 "
#define TENTO_SQL_ASCENDING "ORDER BY start_us, end_us DESC, ident"
#define TENTO_SQL_DESCENDING "ORDER BY start_us DESC, end_us, ident DESC"
// Behind a place of the reading order, or before it.
#define TENTO_SQL_BEHIND "AND start_us >= ?5 AND (start_us > ?5 OR end_us < ?6 OR (end_us = ?6 AND ident > ?7)) "
#define TENTO_SQL_BEFORE "AND start_us <= ?5 AND (start_us < ?5 OR end_us > ?6 OR (end_us = ?6 AND ident < ?7)) "

// The statements of one list of columns.
struct Sweeps {
  Statement* reaching_in;
  Statement* beginning_in;
};
#define TENTO_SWEEPS(columns, place, order)                                  \
  Sweeps {                                                                   \
    &db.statement("SELECT " columns TENTO_SQL_REACHING_IN place order),      \
        &db.statement("SELECT " columns TENTO_SQL_BEGINNING_IN place order), \
  }
#define TENTO_CHOOSE_SWEEPS(columns)                                                           \
  (page.order == ReadOrder::descending                                                         \
       ? (page.cursor.empty() ? TENTO_SWEEPS(columns, "", TENTO_SQL_DESCENDING)                \
                              : TENTO_SWEEPS(columns, TENTO_SQL_BEFORE, TENTO_SQL_DESCENDING)) \
   : page.cursor.empty() ? TENTO_SWEEPS(columns, "", TENTO_SQL_ASCENDING)                      \
                         : TENTO_SWEEPS(columns, TENTO_SQL_BEHIND, TENTO_SQL_ASCENDING))

// Both lists of columns begin so.
#define TENTO_SQL_SHOWN "ident, date, end_date, start_us, end_us, data, version"
#define TENTO_SQL_CELL TENTO_SQL_SHOWN ", change_seq, feed"

struct Bounds {
  std::size_t cells = SIZE_MAX;
  std::size_t bytes = SIZE_MAX;
};
Bounds bounds_of(const PageRequest& page) {
  return {page.cells(), page.bytes};
}

// Gives the cells of a page to `take(Query, bytes)`, which adds how large the cell is, until it answers false; that
// cell still counts.
template <class Take>
PageEnd sweep(Connection& db, const Uuid& row, const Moments& range, const PageRequest& page, const Bounds& most,
              const Sweeps& sweeps, bool doubted, const Take& take) {
  PageEnd end;
  std::optional<CellCheck> check;
  if (doubted) check.emplace(db);
  std::size_t bytes = 0;
  std::optional<PageCursor> from;
  if (!page.cursor.empty()) {
    auto parsed = parse_page_cursor(page.cursor);
    if (!parsed) throw StoreFailure(parsed.error());
    from = std::move(*parsed);
  }
  // As long as one statement is under way, all read the same state: this one is, until the sweep is over, which is
  // cheaper than a transaction around it.
  auto of_row = db.use("SELECT n, longest_us FROM rows WHERE id = ?1");
  of_row->bind(1, row);
  if (!of_row->step()) return end;  // nothing was ever stored
  const auto n = of_row->integer(0);
  const auto longest_us = of_row->integer(1);
  std::optional<PageCursor> last;  // the page is full, and this was its last cell
  const auto each = [&](Statement& statement, std::optional<std::int64_t> earliest) {
    Query q(statement);
    q->bind(1, n);
    // The index is entered where these say: from the beginning of the range each page would pass all pages before it.
    const bool ascending = page.order == ReadOrder::ascending;
    const auto first = earliest.value_or(range.from_us);
    const auto entry = from && ascending ? std::max(first, from->start_us) : first;
    q->bind(2, earliest ? range.from_us : entry);
    q->bind(3, from && !ascending && from->start_us < range.to_us ? from->start_us + 1 : range.to_us);
    if (earliest) q->bind(4, entry);
    if (from) {
      q->bind(5, from->start_us);
      q->bind(6, from->end_us);
      q->bind_blob(7, from->ident);
    }
    while (q->step()) {
      if (last) {  // there is one more
        end.next = cursor_text(*last);
        return false;
      }
      if (check) check->require(n, q->bytes(0));
      const bool enough = !take(q, bytes);
      if (++end.count == most.cells || bytes >= most.bytes || enough)
        last = PageCursor{q->integer(3), q->integer(4), q->text(0)};
    }
    return true;
  };
  const auto earliest = earliest_start(range, longest_us);
  const bool any_reach_in = earliest < range.from_us;
  if (page.order == ReadOrder::ascending) {
    if (any_reach_in && !each(*sweeps.reaching_in, earliest)) return end;
    each(*sweeps.beginning_in, std::nullopt);
  } else if (each(*sweeps.beginning_in, std::nullopt) && any_reach_in) {
    each(*sweeps.reaching_in, earliest);
  }
  return end;
}

Result<PageEnd> read_cells(Database& database, const Uuid& row, const Moments& range, const PageRequest& page,
                           const Bounds& most, const CellVisitor& visit) {
  return database.read([&](Connection& db) {
    auto times = db.use("SELECT at_us FROM commits WHERE feed = ?1 AND seq = ?2");
    auto raws = db.use("SELECT raw FROM raws WHERE row = (SELECT n FROM rows WHERE id = ?1) AND ident = ?2");
    if (page.raw) raws->bind(1, row);
    CellView cell;
    return sweep(db, row, range, page, most, TENTO_CHOOSE_SWEEPS(TENTO_SQL_CELL), database.doubted(),
                 [&](const Query& q, std::size_t& bytes) {
                   cell.id = id_of(q->bytes(0));
                   cell.start_us = q->integer(3);
                   cell.end_us = q->integer(4);
                   cell.date = unpack_time(q->integer(1), cell.start_us);
                   cell.end_date = unpack_time(q->integer(2), cell.end_us);
                   cell.data = q->bytes(5);
                   cell.version = q->bytes(6);
                   bytes += cell.data.size();
                   const auto seq = q->integer(7);
                   if (seq != cell.change_seq) {  // neighbours mostly came with the same commit
                     cell.change_seq = seq;
                     times->bind(1, q->integer(8));
                     times->bind(2, seq);
                     cell.updated_us = times->step() ? times->integer(0) : 0;
                     times->reset();
                   }
                   if (!page.raw) return visit(cell);
                   raws->bind_blob(2, q->bytes(0));
                   cell.raw = raws->step() ? raws->bytes(0) : std::string_view();
                   bytes += cell.raw.size();
                   const bool more = visit(cell);
                   raws->reset();
                   return more;
                 });
  });
}

}  // namespace

Result<void> SqliteCells::read(const Uuid& row, Moments range, const CellVisitor& visit) {
  TENTO_TRY(read_cells(db_, row, range, {}, {}, visit));
  return {};
}

Result<PageEnd> SqliteCells::read_page(const Uuid& row, Moments range, const PageRequest& page,
                                       const CellVisitor& visit) {
  return read_cells(db_, row, range, page, bounds_of(page), visit);
}

Result<PageEnd> SqliteCells::append_json(std::string& out, const Uuid& row, Moments range, const PageRequest& page) {
  return db_.read([&](Connection& db) {
    CellView cell;
    out += '[';
    bool first = true;
    auto end = sweep(db, row, range, page, bounds_of(page), TENTO_CHOOSE_SWEEPS(TENTO_SQL_SHOWN), db_.doubted(),
                     [&](const Query& q, std::size_t& bytes) {
                       if (!first) out += ',';
                       first = false;
                       cell.id = id_of(q->bytes(0));
                       cell.date = unpack_time(q->integer(1), q->integer(3));
                       const auto end_date = q->integer(2);
                       cell.end_date.kind = TENTO_TIME_NONE;
                       if (end_date != 0) cell.end_date = unpack_time(end_date, q->integer(4));
                       cell.data = q->bytes(5);
                       cell.version = q->bytes(6);
                       bytes += cell.data.size();
                       append_cell_json(out, cell);
                       return true;
                     });
    out += ']';
    return end;
  });
}

}  // namespace tento::host::sqlite
