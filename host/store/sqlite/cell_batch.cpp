// SPDX-License-Identifier: Apache-2.0
// The virtual table `tento_batch`: values are handed over as views, so a cell's bytes are copied once, into its page.
#include "host/store/sqlite/cell_batch.hpp"

#include <sqlite3.h>

#include <exception>
#include <memory>
#include <string_view>

#include "host/model/row_id.hpp"
#include "host/store/sqlite/errors.hpp"

namespace tento::host::sqlite {

namespace {

struct Table {
  sqlite3_vtab base;  // first: SQLite sees only this
  CellBatch* batch;
};
struct Cursor {
  sqlite3_vtab_cursor base;
  std::size_t at;
};

enum Column { start_us, end_us, ident, date, end_date, hash, version, data };

CellBatch& batch_of(sqlite3_vtab_cursor* cursor) {
  return *reinterpret_cast<Table*>(cursor->pVtab)->batch;
}
Cursor& own(sqlite3_vtab_cursor* cursor) {
  return *reinterpret_cast<Cursor*>(cursor);
}

int connect(sqlite3* db, void* batch, int, const char* const*, sqlite3_vtab** out, char**) {
  const int code =
      sqlite3_declare_vtab(db, "CREATE TABLE batch(start_us, end_us, ident, date, end_date, hash, version, data)");
  if (code != SQLITE_OK) return code;
  auto table = std::make_unique<Table>();
  table->batch = static_cast<CellBatch*>(batch);
  *out = &table.release()->base;
  return SQLITE_OK;
}

int disconnect(sqlite3_vtab* table) {
  const std::unique_ptr<Table> gone(reinterpret_cast<Table*>(table));
  return SQLITE_OK;
}

int best_index(sqlite3_vtab* table, sqlite3_index_info* info) {
  const auto rows = reinterpret_cast<Table*>(table)->batch->cells.size();
  info->estimatedCost = static_cast<double>(rows);
  info->estimatedRows = static_cast<sqlite3_int64>(rows);
  return SQLITE_OK;
}

int open(sqlite3_vtab*, sqlite3_vtab_cursor** out) {
  *out = &std::make_unique<Cursor>().release()->base;
  return SQLITE_OK;
}

int close(sqlite3_vtab_cursor* cursor) {
  const std::unique_ptr<Cursor> gone(&own(cursor));
  return SQLITE_OK;
}

int filter(sqlite3_vtab_cursor* cursor, int, const char*, int, sqlite3_value**) {
  own(cursor).at = 0;
  return SQLITE_OK;
}

int next(sqlite3_vtab_cursor* cursor) {
  ++own(cursor).at;
  return SQLITE_OK;
}

int eof(sqlite3_vtab_cursor* cursor) {
  return own(cursor).at >= batch_of(cursor).cells.size() ? 1 : 0;
}

void give_blob(sqlite3_context* to, std::string_view bytes) {
  sqlite3_result_blob64(to, bytes.empty() ? "" : bytes.data(), bytes.size(), SQLITE_STATIC);
}

// A value is used before the next row is asked for: the buffers of `ident` and `hash` live long enough.
int column(sqlite3_vtab_cursor* cursor, sqlite3_context* to, int which) {
  auto& batch = batch_of(cursor);
  const auto& cell = *batch.cells[own(cursor).at];
  switch (which) {
    case start_us:
      sqlite3_result_int64(to, cell.start_us);
      break;
    case end_us:
      sqlite3_result_int64(to, cell.end_us);
      break;
    case ident:
      give_blob(to, batch.ident.make(cell));
      break;
    case date:
      sqlite3_result_int64(to, pack_time(cell.date));
      break;
    case end_date:
      sqlite3_result_int64(to, pack_time(cell.end_date));
      break;
    case hash:
      try {
        give_blob(to, batch.hash(cell));
      } catch (const std::exception& e) {
        sqlite3_result_error(to, e.what(), -1);
      }
      break;
    case version:
      give_blob(to, cell.version);
      break;
    case data:
      sqlite3_result_text64(to, cell.data.empty() ? "" : cell.data.data(), cell.data.size(), SQLITE_STATIC,
                            SQLITE_UTF8);
      break;
  }
  return SQLITE_OK;
}

int row_id(sqlite3_vtab_cursor* cursor, sqlite3_int64* out) {
  *out = static_cast<sqlite3_int64>(own(cursor).at);
  return SQLITE_OK;
}

constexpr sqlite3_module module() {
  sqlite3_module m{};
  m.xConnect = connect;  // no xCreate: the table is there without CREATE VIRTUAL TABLE, and nowhere in the file
  m.xDisconnect = disconnect;
  m.xBestIndex = best_index;
  m.xOpen = open;
  m.xClose = close;
  m.xFilter = filter;
  m.xNext = next;
  m.xEof = eof;
  m.xColumn = column;
  m.xRowid = row_id;
  return m;
}
constexpr sqlite3_module batch_module = module();

}  // namespace

void register_cell_batch(sqlite3* db, CellBatch& batch) {
  const int code = sqlite3_create_module_v2(db, "tento_batch", &batch_module, &batch, nullptr);
  if (code != SQLITE_OK) throw StoreFailure(sqlite_error(db, code, "prepare the store's writer", "the store"));
}

}  // namespace tento::host::sqlite
