// SPDX-License-Identifier: Apache-2.0
// Insert all first, look only on conflict: new cells, the common case of a sync, cost no lookup of their own.
#include "host/store/sqlite/cell_writer.hpp"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <bit>
#include <functional>
#include <numeric>

#include "host/store/sqlite/errors.hpp"
#include "host/store/sqlite/feeds.hpp"

namespace tento::host::sqlite {

namespace {

bool key_less(const CellInput& a, const CellInput& b) {
  if (a.start_us != b.start_us) return a.start_us < b.start_us;
  if (a.end_us != b.end_us) return a.end_us > b.end_us;
  return a.id < b.id;
}

}  // namespace

struct CellWriter::Known {
  std::int64_t change_seq;
  bool same;  // content and span
};

void no_row(const Uuid& row) {
  throw StoreFailure(
      store_error(ErrorCode::not_found, ErrorClass::internal,
                  fmt::format("the store has no row {}. It was purged meanwhile, or never made", row.text()),
                  "no_such_row", "make the row first"));
}

std::int64_t row_number(Connection& db, const Uuid& row) {
  auto q = db.use("SELECT n FROM rows WHERE id = ?1");
  q->bind(1, row);
  if (!q->step()) no_row(row);
  return q->integer(0);
}

CellWriter::CellWriter(Connection& db, const Uuid& row, const TxnOrigin& origin, std::optional<Moments> replace,
                       CellBatch& batch, std::int64_t now_us)
    : db_(db), origin_(origin), replace_(replace), batch_(batch), now_us_(now_us) {
  {
    auto q = db.use(
        "SELECT rows.n, longest_us, EXISTS(SELECT 1 FROM tombstones WHERE row = rows.n), latest, feeds.n "
        "FROM rows JOIN feeds USING(owner) WHERE rows.id = ?1");
    q->bind(1, row);
    if (!q->step()) no_row(row);
    row_ = q->integer(0);
    longest_us_ = q->integer(1);
    has_tombstones_ = q->integer(2) != 0;
    seq_ = q->integer(3) + 1;  // the one writer allots it, so numbers are committed in order
    feed_ = q->integer(4);
  }
  if (replace_) {
    // Unchanged cells are not written, so change_seq does not tell that they were put. On disk when there are many.
    db.execute(
        "CREATE TEMP TABLE IF NOT EXISTS touched(ident BLOB PRIMARY KEY) WITHOUT ROWID; DELETE FROM temp.touched");
  }
}

void CellWriter::put(std::span<const CellInput> cells) {
  for (const auto& cell : cells) check_cell(cell);
  arrange(cells);
  batch_.cells.clear();
  std::size_t known_ones = 0;
  if (expect_known_) {
    for (const auto* cell : puts_) {
      const auto ident = ident_.make(*cell);
      if (const auto known = find(*cell, ident)) {
        ++known_ones;
        put_known(*cell, ident, *known);
      } else {
        batch_.cells.push_back(cell);
      }
    }
  } else {
    batch_.cells.assign(puts_.begin(), puts_.end());
  }
  const auto fresh = batch_.cells.size();
  const auto added_before = counts_.added;
  insert_batch();
  if (const auto conflicts = fresh - (counts_.added - added_before); conflicts != 0) {
    known_ones += conflicts;
    for (const auto* cell : batch_.cells) resolve(*cell);
  }
  // A sync of what is held already meets known cells again: look first then.
  expect_known_ = known_ones * 2 > puts_.size();
  for (const auto* cell : tombstones_) resolve(*cell);
}

// Key order keeps the writes on neighbouring pages. Of an identity that comes twice only the later put is kept: sorting
// might bring the earlier one behind it.
void CellWriter::arrange(std::span<const CellInput> cells) {
  puts_.clear();
  puts_.reserve(cells.size());
  tombstones_.clear();
  const auto take = [this](const CellInput& cell) { (cell.tombstone ? tombstones_ : puts_).push_back(&cell); };
  const bool deletes = std::any_of(cells.begin(), cells.end(), [](const auto& cell) { return cell.tombstone; });
  if (!deletes && std::is_sorted(cells.begin(), cells.end(), key_less)) {
    for (const auto& cell : cells) take(cell);
    return;
  }
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
  for (const auto i : order_) take(cells[i]);
}

// Lands those of the batch whose identity is new.
void CellWriter::insert_batch() {
  if (batch_.cells.empty()) return;
  {
    auto q = db_.use(
        "INSERT INTO cells(row, start_us, end_us, ident, date, end_date, change_seq, hash, version, data, created_seq, "
        "feed) SELECT ?1, start_us, end_us, ident, date, end_date, ?2, hash, version, data, ?2, ?3 FROM tento_batch "
        "WHERE true "
        "ON CONFLICT DO NOTHING");
    q->bind(1, row_);
    q->bind(2, seq_);
    q->bind(3, feed_);
    q->step();
    counts_.added += static_cast<std::uint64_t>(db_.changes());
  }
  if (has_tombstones_) {
    auto q = db_.use("DELETE FROM tombstones WHERE row = ?1 AND ident IN (SELECT ident FROM tento_batch)");
    q->bind(1, row_);
    q->step();
  }
  for (const auto* cell : batch_.cells) {
    longest_us_ = std::max(longest_us_, cell->end_us - cell->start_us);
    if (!cell->raw.empty()) write_raw(*cell, ident_.make(*cell));
  }
}

std::optional<CellWriter::Known> CellWriter::find(const CellInput& cell, std::string_view ident) {
  auto q = db_.use("SELECT start_us, end_us, change_seq, hash FROM cells WHERE row = ?1 AND ident = ?2");
  q->bind(1, row_);
  q->bind_blob(2, ident);
  if (!q->step()) return std::nullopt;
  Known known{};
  known.change_seq = q->integer(2);
  known.same = !cell.tombstone && q->integer(0) == cell.start_us && q->integer(1) == cell.end_us &&
               q->bytes(3) == batch_.hash(cell) && (!check_ || check_->holds(row_, ident));
  return known;
}

void CellWriter::resolve(const CellInput& cell) {
  const auto ident = ident_.make(cell);
  if (const auto known = find(cell, ident)) put_known(cell, ident, *known);
}

void CellWriter::put_known(const CellInput& cell, std::string_view ident, const Known& known) {
  const bool again = known.change_seq == seq_;  // written by this very commit, and counted then
  if (cell.tombstone) {
    erase(ident);
    ++counts_.deleted;
    return;
  }
  if (known.same) {
    if (again) return;
    ++counts_.unchanged;
    return touch(ident);
  }
  auto q = db_.use(
      "UPDATE cells SET start_us=?3, end_us=?4, date=?5, end_date=?6, change_seq=?7, hash=?8, version=?9, data=?10 "
      "WHERE row=?1 AND ident=?2");
  q->bind(1, row_);
  q->bind_blob(2, ident);
  q->bind(3, cell.start_us);
  q->bind(4, cell.end_us);
  q->bind(5, pack_time(cell.date));
  q->bind(6, pack_time(cell.end_date));
  q->bind(7, seq_);
  q->bind_blob(8, batch_.hash(cell));
  q->bind_blob(9, cell.version);
  q->bind_text(10, cell.data);
  q->step();
  longest_us_ = std::max(longest_us_, cell.end_us - cell.start_us);
  if (!again) ++counts_.updated;
  write_raw(cell, ident);
}

// A tombstone keeps identity and date, so that readers of changes learn what went; the content goes at once.
void CellWriter::erase(std::string_view ident) {
  bury(ident);
  for (auto* statement : {&db_.statement("DELETE FROM cells WHERE row=?1 AND ident=?2"),
                          &db_.statement("DELETE FROM raws WHERE row=?1 AND ident=?2")}) {
    Query q(*statement);
    q->bind(1, row_);
    q->bind_blob(2, ident);
    q->step();
  }
}

void CellWriter::bury(std::string_view ident) {
  auto q = db_.use(
      "INSERT OR REPLACE INTO tombstones(row, ident, date, start_us, change_seq, feed) "
      "SELECT row, ident, date, start_us, ?3, feed FROM cells WHERE row=?1 AND ident=?2");
  q->bind(1, row_);
  q->bind_blob(2, ident);
  q->bind(3, seq_);
  q->step();
  has_tombstones_ = true;
}

void CellWriter::write_raw(const CellInput& cell, std::string_view ident) {
  if (cell.raw.empty()) {
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

// What a replacing transaction covers and neither wrote nor met unchanged.
#define TENTO_SQL_UNTOUCHED                                                                             \
  "FROM cells WHERE row = ?1 AND start_us >= ?4 AND start_us < ?3 AND (end_us > ?2 OR start_us >= ?2) " \
  "AND change_seq <> ?5 AND ident NOT IN (SELECT ident FROM temp.touched)"

void CellWriter::bind_untouched(const Query& q) const {
  q->bind(1, row_);
  q->bind(2, replace_->from_us);
  q->bind(3, replace_->to_us);
  q->bind(4, earliest_start(*replace_, longest_us_));
  q->bind(5, seq_);
}

void CellWriter::delete_untouched() {
  for (auto* statement :
       {&db_.statement("INSERT OR REPLACE INTO tombstones(row, ident, date, start_us, change_seq, feed) "
                       "SELECT row, ident, date, start_us, ?5, feed " TENTO_SQL_UNTOUCHED),
        &db_.statement("DELETE FROM raws WHERE row = ?1 AND ident IN (SELECT ident " TENTO_SQL_UNTOUCHED ")"),
        &db_.statement("DELETE " TENTO_SQL_UNTOUCHED)}) {
    Query q(*statement);
    bind_untouched(q);
    q->step();
  }
  counts_.deleted += static_cast<std::uint64_t>(db_.changes());
}

TxnCounts CellWriter::finish() {
  if (replace_) delete_untouched();
  if (counts_.changed() == 0) return counts_;
  record_commit(db_, {feed_, seq_, row_, longest_us_, now_us_}, origin_, counts_);
  return counts_;
}

std::int64_t earliest_start(const Moments& range, std::int64_t longest_us) {
  std::int64_t start = 0;
  return __builtin_sub_overflow(range.from_us, longest_us, &start) ? INT64_MIN : start;
}

}  // namespace tento::host::sqlite
