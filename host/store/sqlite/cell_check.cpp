// SPDX-License-Identifier: Apache-2.0
// Looking cells up once more, and hashing them.
#include "host/store/sqlite/cell_check.hpp"

#include <spdlog/fmt/fmt.h>

#include "host/base/mark.hpp"
#include "host/base/text.hpp"
#include "host/store/failure.hpp"
#include "host/store/sqlite/stores.hpp"

namespace tento::host::sqlite {

namespace {

constexpr std::size_t most_bytes_in_part = std::size_t{4} << 20;

std::string key_of_row(Connection& db, std::int64_t row) {
  auto q = db.use("SELECT lookup_key FROM rows WHERE n = ?1");
  q->bind(1, row);
  return q->step() ? q->text(0) : std::string();
}

}  // namespace

bool is_as_written(const Statement& q, ContentHash& hash) {
  CellInput cell;
  cell.id = id_of(q.bytes(2));
  cell.date = unpack_time(q.integer(3), q.integer(0));
  cell.end_date = unpack_time(q.integer(4), q.integer(1));
  cell.version = q.bytes(6);
  cell.data = q.bytes(7);
  cell.raw = q.bytes(8);
  return hash(cell) == q.bytes(5);
}

bool CellCheck::holds(std::int64_t row, std::string_view ident) {
  auto q =
      db_.use("SELECT " TENTO_SQL_HASHED "FROM cells " TENTO_SQL_WITH_RAWS "WHERE cells.row = ?1 AND cells.ident = ?2");
  q->bind(1, row);
  q->bind_blob(2, ident);
  return q->step() && is_as_written(*q.operator->(), hash_);
}

void CellCheck::require(std::int64_t row, std::string_view ident) {
  if (holds(row, ident)) return;
  const auto key = key_of_row(db_, row);
  auto error = store_error(
      ErrorCode::invalid_data, ErrorClass::config,
      fmt::format("a cell of {} is not as it was written: something changed or lost parts of the store's file, which "
                  "was in use when the host ended. Nothing of what was asked for is shown, so that nobody takes it for "
                  "what the service said",
                  plain(key)),
      "cell_damaged", "");
  error.remedy = "fetch it again with {op:row sync key=" + mark_value(key) +
                 "}; where that does not help, restore a backup with {op:store restore FILE}";
  throw StoreFailure(std::move(error));
}

bool CellCheck::row_holds(const Uuid& row) {
  auto q = db_.use("SELECT " TENTO_SQL_HASHED "FROM cells " TENTO_SQL_WITH_RAWS
                   "WHERE cells.row = (SELECT n FROM rows WHERE id = ?1)");
  q->bind(1, row);
  while (q->step())
    if (!is_as_written(*q.operator->(), hash_)) return false;
  return true;
}

ContentWalk::Part ContentWalk::next(Connection& db, std::size_t most_cells) {
  Part part;
  ContentHash hash;
  std::size_t cells = 0, bytes = 0;
  while (cells < most_cells && bytes < most_bytes_in_part) {
    if (!ident_) {
      auto rows = db.use("SELECT min(n) FROM rows WHERE n > ?1");
      rows->bind(1, row_);
      rows->step();
      part.last = rows->null(0);
      if (part.last) {
        row_ = 0;
        return part;
      }
      row_ = rows->integer(0);
      ident_.emplace();
      ++cells;  // a row without cells costs a look, too
    }
    auto q = db.use("SELECT " TENTO_SQL_HASHED "FROM cells " TENTO_SQL_WITH_RAWS
                    "WHERE cells.row = ?1 AND cells.ident > ?2 ORDER BY cells.ident");
    q->bind(1, row_);
    const std::string after = *ident_;
    q->bind_blob(2, after);
    bool through = true;
    while (q->step()) {
      if (cells >= most_cells || bytes >= most_bytes_in_part) {
        through = false;
        break;
      }
      ++cells;
      bytes += q->bytes(7).size() + q->bytes(8).size();
      ident_ = q->text(2);
      if (is_as_written(*q.operator->(), hash)) continue;
      if (part.damaged++ == 0) part.damaged_row = key_of_row(db, row_);
    }
    if (through) ident_.reset();
  }
  return part;
}

Result<ContentCheck> SqliteMaintenance::check_content(std::size_t most_cells) {
  const std::lock_guard lock(checking_);
  if (!db_.doubted()) return ContentCheck{};
  TENTO_TRY_ASSIGN(auto part, db_.read([&](Connection& db) { return walk_.next(db, most_cells); }));
  damaged_ += static_cast<std::int64_t>(part.damaged);
  ContentCheck out{part.last, part.damaged, std::move(part.damaged_row)};
  if (!part.last) return out;
  const ContentDoubt doubt{damaged_ != 0, std::exchange(damaged_, 0)};
  TENTO_TRY(db_.set_doubt(doubt));
  return out;
}

ContentDoubt read_doubt(Connection& db) {
  constexpr int first_with_meta = 2;
  ContentDoubt out;
  if (db.pragma("PRAGMA user_version") < first_with_meta) return out;
  auto q = db.use("SELECT name, value FROM meta WHERE name IN ('doubted', 'damaged')");
  while (q->step()) {
    if (q->bytes(0) == "doubted") out.doubted = q->integer(1) != 0;
    if (q->bytes(0) == "damaged") out.damaged = q->integer(1);
  }
  return out;
}

void write_doubt(Connection& db, const ContentDoubt& doubt) {
  auto q = db.use(
      "INSERT INTO meta(name, value) VALUES('doubted', ?1), ('damaged', ?2) "
      "ON CONFLICT(name) DO UPDATE SET value = excluded.value");
  q->bind(1, doubt.doubted ? 1 : 0);
  q->bind(2, doubt.damaged);
  q->step();
}

}  // namespace tento::host::sqlite
