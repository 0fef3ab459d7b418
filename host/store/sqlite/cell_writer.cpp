// SPDX-License-Identifier: Apache-2.0
// Insert first, look only on conflict: new cells, the common case of a sync, cost no lookup of their own.
#include "host/store/sqlite/cell_writer.hpp"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <bit>
#include <functional>
#include <numeric>

#include "host/store/sqlite/errors.hpp"

namespace tento::host::sqlite {

namespace {

constexpr char insert_cell[] =
    "INSERT INTO cells(row, start_us, end_us, ident, date, end_date, change_seq, tombstone, hash, version, data) "
    "VALUES(?1,?2,?3,?4,?5,?6,?7,0,?8,?9,?10) ON CONFLICT DO NOTHING";
constexpr char find_cell[] =
    "SELECT start_us, end_us, change_seq, tombstone, hash FROM cells WHERE row = ?1 AND ident = ?2";

bool key_less(const CellInput& a, const CellInput& b) {
  if (a.start_us != b.start_us) return a.start_us < b.start_us;
  if (a.end_us != b.end_us) return a.end_us > b.end_us;
  return a.id < b.id;
}

}  // namespace

struct CellWriter::Known {
  std::int64_t start_us;
  std::int64_t end_us;
  std::int64_t change_seq;
  bool tombstone;
  bool same_content;
};

std::int64_t row_number(Connection& db, const Uuid& row) {
  auto q = db.use("SELECT n FROM rows WHERE id = ?1");
  q->bind(1, row);
  if (!q->step())
    throw StoreFailure(
        store_error(ErrorCode::not_found, ErrorClass::internal,
                    fmt::format("the store has no row {}. It was purged meanwhile, or never made", row.text()),
                    "no_such_row", "make the row first"));
  return q->integer(0);
}

CellWriter::CellWriter(Connection& db, const Uuid& row, const TxnOrigin& origin, std::optional<Moments> replace,
                       ContentHash& hash, std::int64_t now_us)
    : db_(db),
      origin_(origin),
      replace_(replace),
      hash_(hash),
      now_us_(now_us),
      insert_(db.statement(insert_cell)),
      find_(db.statement(find_cell)) {
  {
    row_ = row_number(db, row);
    auto q = db.use("SELECT longest_us FROM rows WHERE n = ?1");
    q->bind(1, row_);
    if (q->step()) longest_us_ = longest_stored_us_ = q->integer(0);
  }
  {
    auto q = db.use("SELECT seq FROM sqlite_sequence WHERE name = 'commits'");
    seq_ = (q->step() ? q->integer(0) : 0) + 1;
  }
  if (replace_) {
    // Unchanged cells are not written, so change_seq does not tell that they were put. On disk when there are many.
    db.execute(
        "CREATE TEMP TABLE IF NOT EXISTS touched(ident BLOB PRIMARY KEY) WITHOUT ROWID; DELETE FROM temp.touched");
  }
}

void CellWriter::put(std::span<const CellInput> cells) {
  for (const auto& cell : cells) check_cell(cell);
  if (std::is_sorted(cells.begin(), cells.end(), key_less)) {
    for (const auto& cell : cells) put_one(cell);
    return;
  }
  sort_batch(cells);
  for (const auto i : order_) put_one(cells[i]);
}

// Key order keeps the writes on neighbouring pages. Of an identity that comes twice only the later put is kept: sorting
// might bring the earlier one behind it.
void CellWriter::sort_batch(std::span<const CellInput> cells) {
  constexpr std::uint32_t dropped = UINT32_MAX;
  order_.resize(cells.size());
  std::iota(order_.begin(), order_.end(), 0U);
  table_.assign(std::bit_ceil(cells.size() * 2), 0);
  const std::size_t mask = table_.size() - 1;
  Ident mine, other;
  for (std::uint32_t i = 0; i < cells.size(); ++i) {
    const auto ident = mine.make(cells[i]);
    auto at = std::hash<std::string_view>{}(ident)&mask;
    while (table_[at] != 0 && other.make(cells[table_[at] - 1]) != ident) at = (at + 1) & mask;
    if (table_[at] != 0) order_[table_[at] - 1] = dropped;
    table_[at] = i + 1;
  }
  std::erase(order_, dropped);
  std::stable_sort(order_.begin(), order_.end(),
                   [&](std::uint32_t a, std::uint32_t b) { return key_less(cells[a], cells[b]); });
}

void CellWriter::put_one(const CellInput& cell) {
  const auto ident = ident_.make(cell);
  const auto hash = cell.tombstone ? std::string_view{} : hash_(cell);
  if (!cell.tombstone && !expect_known_ && insert(cell, ident, hash)) return;

  bool found = false;
  Known known{};
  {
    Query q(find_);
    q->bind(1, row_);
    q->bind_blob(2, ident);
    found = q->step();
    if (found)
      known = {q->integer(0), q->integer(1), q->integer(2), q->integer(3) != 0, !cell.tombstone && q->bytes(4) == hash};
  }
  // A sync of what is held already meets known cells one after the other: look first then.
  expect_known_ = found;
  if (found) {
    put_known(cell, ident, hash, known);
  } else if (!cell.tombstone) {
    insert(cell, ident, hash);
  }
}

bool CellWriter::insert(const CellInput& cell, std::string_view ident, std::string_view hash) {
  Query q(insert_);
  q->bind(1, row_);
  q->bind(2, cell.start_us);
  q->bind(3, cell.end_us);
  q->bind_blob(4, ident);
  q->bind(5, pack_time(cell.date));
  q->bind(6, pack_time(cell.end_date));
  q->bind(7, seq_);
  q->bind_blob(8, hash);
  q->bind_blob(9, cell.version);
  q->bind_text(10, cell.data);
  q->step();
  if (db_.changes() == 0) return false;
  longest_us_ = std::max(longest_us_, cell.end_us - cell.start_us);
  ++counts_.added;
  if (!cell.raw.empty()) write_raw(cell, ident, false);
  return true;
}

void CellWriter::put_known(const CellInput& cell, std::string_view ident, std::string_view hash, const Known& known) {
  const bool again = known.change_seq == seq_;  // written by this very commit
  if (cell.tombstone) {
    if (known.tombstone) return touch(ident);
    erase(ident);
    if (!again) ++counts_.deleted;
    return;
  }
  if (!known.tombstone && known.same_content && known.start_us == cell.start_us && known.end_us == cell.end_us) {
    if (!again) ++counts_.unchanged;
    return touch(ident);
  }
  auto q = db_.use(
      "UPDATE cells SET start_us=?3, end_us=?4, date=?5, end_date=?6, change_seq=?7, tombstone=0, hash=?8, version=?9, "
      "data=?10 WHERE row=?1 AND ident=?2");
  q->bind(1, row_);
  q->bind_blob(2, ident);
  q->bind(3, cell.start_us);
  q->bind(4, cell.end_us);
  q->bind(5, pack_time(cell.date));
  q->bind(6, pack_time(cell.end_date));
  q->bind(7, seq_);
  q->bind_blob(8, hash);
  q->bind_blob(9, cell.version);
  q->bind_text(10, cell.data);
  q->step();
  longest_us_ = std::max(longest_us_, cell.end_us - cell.start_us);
  if (!again) ++(known.tombstone ? counts_.added : counts_.updated);
  write_raw(cell, ident, true);
}

// A tombstone keeps identity and date, so that readers of changes learn what went; the content goes at once.
void CellWriter::erase(std::string_view ident) {
  {
    auto q = db_.use(
        "UPDATE cells SET tombstone=1, change_seq=?3, hash=x'', version=x'', data='' WHERE row=?1 AND ident=?2");
    q->bind(1, row_);
    q->bind_blob(2, ident);
    q->bind(3, seq_);
    q->step();
  }
  auto q = db_.use("DELETE FROM raws WHERE row=?1 AND ident=?2");
  q->bind(1, row_);
  q->bind_blob(2, ident);
  q->step();
}

void CellWriter::write_raw(const CellInput& cell, std::string_view ident, bool known) {
  if (cell.raw.empty()) {
    if (!known) return;
    auto q = db_.use("DELETE FROM raws WHERE row=?1 AND ident=?2");
    q->bind(1, row_);
    q->bind_blob(2, ident);
    q->step();
    return;
  }
  auto q = db_.use("INSERT OR REPLACE INTO raws(row, ident, raw) VALUES(?1,?2,?3)");
  q->bind(1, row_);
  q->bind_blob(2, ident);
  q->bind_blob(3, cell.raw);
  q->step();
}

void CellWriter::touch(std::string_view ident) {
  if (!replace_) return;
  auto q = db_.use("INSERT OR IGNORE INTO temp.touched(ident) VALUES(?1)");
  q->bind_blob(1, ident);
  q->step();
}

void CellWriter::delete_untouched() {
  {
    auto q = db_.use(
        "DELETE FROM raws WHERE row = ?1 AND ident IN (SELECT ident FROM cells WHERE row = ?1 AND start_us >= ?4 "
        "AND " TENTO_SQL_OVERLAPS
        " AND tombstone = 0 AND change_seq <> ?5 AND ident NOT IN (SELECT ident FROM temp.touched))");
    q->bind(1, row_);
    q->bind(2, replace_->from_us);
    q->bind(3, replace_->to_us);
    q->bind(4, earliest_start(*replace_, longest_us_));
    q->bind(5, seq_);
    q->step();
  }
  auto q = db_.use(
      "UPDATE cells SET tombstone=1, change_seq=?5, hash=x'', version=x'', data='' WHERE row = ?1 AND start_us >= ?4 "
      "AND " TENTO_SQL_OVERLAPS
      " AND tombstone = 0 AND change_seq <> ?5 AND ident NOT IN (SELECT ident FROM temp.touched)");
  q->bind(1, row_);
  q->bind(2, replace_->from_us);
  q->bind(3, replace_->to_us);
  q->bind(4, earliest_start(*replace_, longest_us_));
  q->bind(5, seq_);
  q->step();
  counts_.deleted += static_cast<std::uint64_t>(db_.changes());
}

TxnCounts CellWriter::finish() {
  if (replace_) delete_untouched();
  if (counts_.changed() == 0) return counts_;
  if (longest_us_ > longest_stored_us_) {
    auto q = db_.use("UPDATE rows SET longest_us = ?2 WHERE n = ?1");
    q->bind(1, row_);
    q->bind(2, longest_us_);
    q->step();
  }
  auto q = db_.use(
      "INSERT INTO commits(seq, row, run, at_us, data_version, provider_version, added, updated, deleted) "
      "VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9)");
  q->bind(1, seq_);
  q->bind(2, row_);
  q->bind(3, origin_.run_id);
  q->bind(4, now_us_);
  q->bind(5, origin_.data_version);
  q->bind_text(6, origin_.provider_version);
  q->bind(7, static_cast<std::int64_t>(counts_.added));
  q->bind(8, static_cast<std::int64_t>(counts_.updated));
  q->bind(9, static_cast<std::int64_t>(counts_.deleted));
  q->step();
  return counts_;
}

std::int64_t earliest_start(const Moments& range, std::int64_t longest_us) {
  std::int64_t start = 0;
  return __builtin_sub_overflow(range.from_us, longest_us, &start) ? INT64_MIN : start;
}

}  // namespace tento::host::sqlite
