// SPDX-License-Identifier: Apache-2.0
// The feed of changes: cells, deletions and rows that went, merged in commit order, within one state of the store.
#include <algorithm>
#include <array>
#include <unordered_map>

#include "host/store/cell_codec.hpp"
#include "host/store/cursors.hpp"
#include "host/store/sqlite/stores.hpp"

namespace tento::host::sqlite {

namespace {

// Others' changes are stepped over: of one commit so many before the rest of it is jumped, and so many in one reading.
constexpr int steps_before_jump = 32;
constexpr int most_steps = 20'000;

std::int64_t newest_seq(Connection& db) {
  auto q = db.use("SELECT coalesce(max(seq), 0) FROM commits");
  q->step();
  return q->integer(0);
}

[[noreturn]] void expired(const char* why) {
  throw StoreFailure(store_error(
      ErrorCode::conflict, ErrorClass::config,
      std::string("the cursor is of no use any more: ") + why + ". Read the rows anew and go on from the newest cursor",
      "cursor_expired", "read the rows anew"));
}

// Changes of one kind in commit order, one at a time.
struct Source {
  Statement* statement;
  ChangeKind kind;
  bool there = false;
  std::int64_t seq = 0;
  void step() {
    there = statement->step();
    if (there) seq = statement->integer(0);
  }
  // To the first one behind this commit; its only parameter is that.
  void jump(std::int64_t behind) {
    statement->reset();
    statement->bind(1, behind);
    step();
  }
};

#define TENTO_SQL_CHANGED                                                                                           \
  "SELECT change_seq, row, ident, start_us, end_us, date, end_date, data, version, created_seq FROM cells INDEXED " \
  "BY cells_by_change "
#define TENTO_SQL_DELETED \
  "SELECT change_seq, row, ident, start_us, date FROM tombstones INDEXED BY tombstones_by_change "

class Feed {
 public:
  Feed(Connection& db, std::optional<Uuid> owner, const ChangeVisitor& visit) : db_(db), owner_(owner), visit_(visit) {}

  ChangesEnd run(std::string_view after, std::size_t limit) {
    const Snapshot snapshot(db_);
    limit_ = limit;
    newest_ = newest_seq(db_);
    begin(after);
    begun_ = cursor_;
    if (begun_.at == ChangeCursor::At::cell) rest_of_cells();
    if (begun_.at == ChangeCursor::At::deletion) rest_of_deletions();
    later();
    if (!end_.more) {  // nothing is left: the reader is through
      cursor_ = {};
      cursor_.seq = cursor_.base = cursor_.since = newest_;
    }
    end_.cursor = cursor_text(cursor_);
    return std::move(end_);
  }

 private:
  struct RowOf {
    Uuid id;
    Uuid owner;
    std::string lookup_key;
  };

  void begin(std::string_view after) {
    if (after.empty()) {
      cursor_.since = newest_;
      return;
    }
    auto parsed = parse_change_cursor(after);
    if (!parsed) throw StoreFailure(parsed.error());
    cursor_ = std::move(*parsed);
    if (cursor_.seq > newest_ || cursor_.since > newest_) expired("it is ahead of this store, so it is another's");
    std::int64_t dropped = 0;
    {
      auto q = db_.use("SELECT value FROM meta WHERE name = 'dropped_seq'");
      if (q->step()) dropped = q->integer(0);
    }
    // Deletions up to here the reader was told, or never needs.
    const auto whole = cursor_.at == ChangeCursor::At::end ? cursor_.seq : cursor_.seq - 1;
    if (std::max(whole, cursor_.base == 0 ? cursor_.since : 0) < dropped)
      expired("deletions since then have been forgotten");
  }

  // The row that a commit is about.
  std::int64_t row_of_commit() {
    auto q = db_.use("SELECT row FROM commits WHERE seq = ?1");
    q->bind(1, begun_.seq);
    return q->step() ? q->integer(0) : 0;
  }

  void rest_of_cells() {
    const auto& place = begun_.cell;
    auto q = db_.use(TENTO_SQL_CHANGED
                     "WHERE change_seq = ?1 AND row = ?2 AND start_us >= ?3 AND (start_us > ?3 OR end_us < ?4 OR "
                     "(end_us = ?4 AND ident > ?5)) ORDER BY change_seq, row, start_us, end_us DESC, ident");
    q->bind(1, begun_.seq);
    q->bind(2, row_of_commit());
    q->bind(3, place.start_us);
    q->bind(4, place.end_us);
    q->bind_blob(5, place.ident);
    while (!end_.more && q->step()) tell_cell(*q.operator->());
  }

  void rest_of_deletions() {
    auto q =
        db_.use(TENTO_SQL_DELETED "WHERE change_seq = ?1 AND row = ?2 AND ident > ?3 ORDER BY change_seq, row, ident");
    q->bind(1, begun_.seq);
    q->bind(2, row_of_commit());
    q->bind_blob(3, begun_.cell.ident);
    while (!end_.more && q->step()) tell_deletion(*q.operator->());
  }

  void later() {
    if (end_.more) return;
    auto cells =
        db_.use(TENTO_SQL_CHANGED "WHERE change_seq > ?1 ORDER BY change_seq, row, start_us, end_us DESC, ident");
    auto deletions = db_.use(TENTO_SQL_DELETED "WHERE change_seq > ?1 ORDER BY change_seq, row, ident");
    auto rows = db_.use("SELECT seq, 0, row, owner, lookup_key, at_us FROM gone_rows WHERE seq > ?1 ORDER BY seq");
    const auto seq = begun_.seq;
    cells->bind(1, seq);
    // Where the reader stood among the cells of a commit, its deletions are still to come.
    deletions->bind(1, begun_.at == ChangeCursor::At::cell ? seq - 1 : seq);
    rows->bind(1, seq);
    std::array<Source, 3> sources{{{cells.operator->(), ChangeKind::updated},
                                   {deletions.operator->(), ChangeKind::deleted},
                                   {rows.operator->(), ChangeKind::row_gone}}};
    for (auto& source : sources) source.step();
    for (;;) {
      Source* next = nullptr;
      for (auto& source : sources)
        if (source.there && (next == nullptr || source.seq < next->seq)) next = &source;
      if (next == nullptr) return;
      if (next->kind == ChangeKind::updated) tell_cell(*next->statement);
      if (next->kind == ChangeKind::deleted) tell_deletion(*next->statement);
      if (next->kind == ChangeKind::row_gone) tell_row(*next->statement);
      if (end_.more) return;
      if (stepped_ >= most_steps && next->seq > cursor_.seq) return rest_later(next->seq);
      if (stepped_here_ >= steps_before_jump && next->kind != ChangeKind::row_gone) {
        // All of a commit is of one row.
        for (auto& source : sources)
          if (source.kind != ChangeKind::row_gone && source.there && source.seq <= stepped_seq_)
            source.jump(stepped_seq_);
        stepped_here_ = 0;
        continue;
      }
      next->step();
    }
  }

  // Enough for one reading: the reader goes on behind the commit that was stepped over last.
  void rest_later(std::int64_t seq) {
    cursor_.seq = seq;
    cursor_.at = ChangeCursor::At::end;
    cursor_.cell = {};
    end_.more = true;
  }

  const RowOf* row(std::int64_t n) {
    if (n != known_n_) {
      auto q = db_.use("SELECT id, owner, lookup_key FROM rows WHERE n = ?1");
      q->bind(1, n);
      known_n_ = n;
      known_.reset();
      if (q->step()) known_ = RowOf{q->uuid(0), q->uuid(1), q->text(2)};
    }
    return known_ ? &*known_ : nullptr;
  }

  // Whether the change is one for this reader; when the page is full already, it is what is left.
  bool wanted(const RowOf* of, std::int64_t seq) {
    if (of == nullptr || (owner_ && of->owner != *owner_)) {
      ++stepped_;
      stepped_here_ = seq == stepped_seq_ ? stepped_here_ + 1 : 1;
      stepped_seq_ = seq;
      return false;
    }
    stepped_here_ = 0;
    if (full_) end_.more = true;
    return !full_;
  }

  Change change_of(const RowOf& of, ChangeKind kind, std::int64_t seq) {
    Change change;
    change.kind = kind;
    change.seq = seq;
    change.row = of.id;
    change.owner = of.owner;
    change.lookup_key = of.lookup_key;
    cursor_.seq = seq;
    return change;
  }

  void give(Change& change) {
    change.position = &cursor_;
    ++end_.count;
    if (!visit_(change) || end_.count == limit_) full_ = true;
  }

  std::int64_t time_of(std::int64_t seq) {
    if (seq != timed_seq_) {
      auto q = db_.use("SELECT at_us FROM commits WHERE seq = ?1");
      q->bind(1, seq);
      timed_seq_ = seq;
      time_us_ = q->step() ? q->integer(0) : 0;
    }
    return time_us_;
  }

  void tell_cell(Statement& q) {
    const auto* of = row(q.integer(1));
    const auto seq = q.integer(0);
    if (!wanted(of, seq)) return;
    const bool fresh = cursor_.base == 0 || q.integer(9) > cursor_.base;
    auto change = change_of(*of, fresh ? ChangeKind::added : ChangeKind::updated, seq);
    cursor_.at = ChangeCursor::At::cell;
    cursor_.cell.ident = q.bytes(2);
    cursor_.cell.start_us = q.integer(3);
    cursor_.cell.end_us = q.integer(4);
    auto& cell = change.cell;
    cell.id = id_of(q.bytes(2));
    cell.start_us = cursor_.cell.start_us;
    cell.end_us = cursor_.cell.end_us;
    cell.date = unpack_time(q.integer(5), cell.start_us);
    cell.end_date = unpack_time(q.integer(6), cell.end_us);
    cell.data = q.bytes(7);
    cell.version = q.bytes(8);
    cell.change_seq = seq;
    cell.updated_us = time_of(seq);
    give(change);
  }

  void tell_deletion(Statement& q) {
    const auto seq = q.integer(0);
    if (cursor_.base == 0 && seq <= cursor_.since) return;  // never told
    const auto* of = row(q.integer(1));
    if (!wanted(of, seq)) return;
    auto change = change_of(*of, ChangeKind::deleted, seq);
    cursor_.at = ChangeCursor::At::deletion;
    cursor_.cell = {};
    cursor_.cell.ident = q.bytes(2);
    auto& cell = change.cell;
    cell.id = id_of(q.bytes(2));
    cell.start_us = cell.end_us = q.integer(3);
    cell.date = unpack_time(q.integer(4), cell.start_us);
    cell.change_seq = seq;
    cell.updated_us = time_of(seq);
    cell.tombstone = true;
    give(change);
  }

  void tell_row(Statement& q) {
    const auto seq = q.integer(0);
    if (cursor_.base == 0 && seq <= cursor_.since) return;
    const RowOf of{q.uuid(2), q.uuid(3), q.text(4)};
    if (!wanted(&of, seq)) return;
    auto change = change_of(of, ChangeKind::row_gone, seq);
    cursor_.at = ChangeCursor::At::end;
    cursor_.cell = {};
    change.cell.change_seq = seq;
    change.cell.updated_us = q.integer(5);
    give(change);
  }

  Connection& db_;
  std::optional<Uuid> owner_;
  const ChangeVisitor& visit_;
  std::size_t limit_ = 0;
  std::int64_t newest_ = 0;
  ChangeCursor begun_;
  ChangeCursor cursor_;  // behind what was told
  ChangesEnd end_;
  bool full_ = false;
  int stepped_ = 0;                // others' changes in this reading
  int stepped_here_ = 0;           // of one commit, in a row
  std::int64_t stepped_seq_ = -1;  // which
  std::int64_t known_n_ = 0;
  std::optional<RowOf> known_;
  std::int64_t timed_seq_ = 0;
  std::int64_t time_us_ = 0;
};

}  // namespace

Result<ChangesEnd> SqliteChanges::read(std::optional<Uuid> owner, std::string_view after, std::size_t limit,
                                       const ChangeVisitor& visit) {
  return db_.read([&](Connection& db) { return Feed(db, owner, visit).run(after, limit); });
}

Result<std::string> SqliteChanges::newest() {
  return db_.read([](Connection& db) {
    ChangeCursor cursor;
    cursor.seq = cursor.base = cursor.since = newest_seq(db);
    return cursor_text(cursor);
  });
}

Result<std::uint64_t> SqliteMaintenance::drop_tombstones(std::int64_t before_us) {
  return db_.write([&](Connection& db) {
    {
      auto q = db.use(
          "UPDATE meta SET value = gone.seq FROM (SELECT max("
          "coalesce((SELECT max(change_seq) FROM tombstones WHERE change_seq IN (SELECT seq FROM commits WHERE at_us < "
          "?1 AND deleted > 0)), 0), coalesce((SELECT max(seq) FROM gone_rows WHERE at_us < ?1), 0)) AS seq) AS gone "
          "WHERE name = 'dropped_seq' AND value < gone.seq");
      q->bind(1, before_us);
      q->step();
    }
    {
      auto q = db.use("DELETE FROM gone_rows WHERE at_us < ?1");
      q->bind(1, before_us);
      q->step();
    }
    auto q =
        db.use("DELETE FROM tombstones WHERE change_seq IN (SELECT seq FROM commits WHERE at_us < ?1 AND deleted > 0)");
    q->bind(1, before_us);
    q->step();
    return static_cast<std::uint64_t>(db.changes());
  });
}

}  // namespace tento::host::sqlite
