// SPDX-License-Identifier: Apache-2.0
// Changing a zone: the days of stored cells begin and end elsewhere then, which is a change of those cells.
#include <algorithm>

#include "host/store/cell_codec.hpp"
#include "host/store/sqlite/cell_writer.hpp"
#include "host/store/sqlite/feeds.hpp"
#include "host/store/sqlite/stores.hpp"

namespace tento::host::sqlite {

namespace {

// Cells of a row are read in pages, since one that moves changes its place.
constexpr std::int64_t page = 4096;

struct Moved {
  std::string ident;
  Moments span;
};

void write_zone(Connection& db, const ZoneSubject& subject, std::string_view zone) {
  if (subject.provider.empty()) {
    auto q = db.use("UPDATE owners SET time_zone = ?2 WHERE id = ?1");
    q->bind(1, subject.owner);
    q->bind_text(2, zone);
    q->step();
  } else {
    auto q = db.use("UPDATE accounts SET time_zone = ?4 WHERE owner = ?1 AND provider = ?2 AND auth_id = ?3");
    q->bind(1, subject.owner);
    q->bind_text(2, subject.provider);
    q->bind_text(3, subject.auth_id);
    q->bind_text(4, zone);
    q->step();
  }
  if (db.changes() == 0)
    throw StoreFailure(store_error(ErrorCode::not_found, ErrorClass::config,
                                   "there is no such user or account. Name one that the store has", "no_such_account",
                                   "list what there is"));
}

struct ZonedRow {
  std::int64_t n;
  std::int64_t feed;
};

// The rows whose days are counted in the zone.
std::vector<ZonedRow> rows_of(Connection& db, const ZoneSubject& subject) {
  std::vector<ZonedRow> out;
  if (subject.provider.empty()) {
    auto q = db.use(
        "SELECT rows.n, feeds.n FROM rows JOIN feeds USING(owner) WHERE owner = ?1 AND NOT EXISTS (SELECT 1 "
        "FROM accounts WHERE accounts.owner = "
        "rows.owner "
        "AND accounts.provider = rows.provider AND accounts.auth_id = rows.auth_id AND accounts.time_zone <> '')");
    q->bind(1, subject.owner);
    while (q->step()) out.push_back({q->integer(0), q->integer(1)});
    return out;
  }
  auto q = db.use(
      "SELECT rows.n, feeds.n FROM rows JOIN feeds USING(owner) "
      "WHERE owner = ?1 AND provider = ?2 AND auth_id = ?3");
  q->bind(1, subject.owner);
  q->bind_text(2, subject.provider);
  q->bind_text(3, subject.auth_id);
  while (q->step()) out.push_back({q->integer(0), q->integer(1)});
  return out;
}

// The next page after `ident`: those of it that move, and where it ends (empty = it was the last).
std::vector<Moved> next_page(Connection& db, std::int64_t row, std::string& ident, const MomentsOfCell& moments) {
  std::vector<Moved> out;
  std::int64_t seen = 0;
  const std::string after = ident;
  auto q = db.use(
      "SELECT ident, date, end_date, start_us, end_us FROM cells WHERE row = ?1 AND ident > ?2 ORDER BY ident LIMIT "
      "?3");
  q->bind(1, row);
  q->bind_blob(2, after);
  q->bind(3, page);
  while (q->step()) {
    ++seen;
    ident = q->text(0);
    const Moments now{q->integer(3), q->integer(4)};
    const auto span = moments(unpack_time(q->integer(1), now.from_us), unpack_time(q->integer(2), now.to_us));
    if (!span) throw StoreFailure(span.error());
    if (span->from_us != now.from_us || span->to_us != now.to_us) out.push_back({ident, *span});
  }
  if (seen < page) ident.clear();
  return out;
}

std::uint64_t move_cells(Connection& db, const ZonedRow& row, std::int64_t seq, const MomentsOfCell& moments,
                         std::int64_t now_us) {
  std::uint64_t count = 0;
  std::int64_t longest = 0;
  std::string ident;
  do {
    const auto moved = next_page(db, row.n, ident, moments);
    for (const auto& cell : moved) {
      auto q = db.use("UPDATE cells SET start_us = ?3, end_us = ?4, change_seq = ?5 WHERE row = ?1 AND ident = ?2");
      q->bind(1, row.n);
      q->bind_blob(2, cell.ident);
      q->bind(3, cell.span.from_us);
      q->bind(4, cell.span.to_us);
      q->bind(5, seq);
      q->step();
      longest = std::max(longest, cell.span.to_us - cell.span.from_us);
    }
    count += moved.size();
  } while (!ident.empty());
  if (count == 0) return 0;
  TxnCounts counts;
  counts.updated = count;
  record_commit(db, {row.feed, seq, row.n, longest, now_us}, {}, counts);
  return count;
}

}  // namespace

Result<std::uint64_t> SqliteUsers::set_zone(const ZoneSubject& subject, std::string_view zone,
                                            const MomentsOfCell& moments) {
  return db_.write([&](Connection& db) {
    write_zone(db, subject, zone);
    access_changed(db);  // who holds an owner's record reads it anew
    std::uint64_t count = 0;
    for (const auto& row : rows_of(db, subject)) {
      const auto seq = next_seq(db, row.feed);
      const auto moved = move_cells(db, row, seq, moments, db_.now_us());
      count += moved;
      // Which dates a range has is another question in another zone, also where nothing moved.
      if (moved == 0) touch_row(db, row.n);
    }
    return count;
  });
}

}  // namespace tento::host::sqlite
