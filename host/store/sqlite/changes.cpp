// SPDX-License-Identifier: Apache-2.0
// The feed of changes: cells, deletions and rows that went, merged in commit order, within one state of the store.
#include <algorithm>
#include <array>
#include <optional>

#include "host/store/cell_codec.hpp"
#include "host/store/cursors.hpp"
#include "host/store/sqlite/cell_check.hpp"
#include "host/store/sqlite/stores.hpp"

namespace tento::host::sqlite {

namespace {

constexpr std::chrono::milliseconds look_again{100};

FeedPosition position_of(Connection& db, const Uuid& user) {
  auto q = db.use("SELECT head, accounts FROM feeds WHERE owner = ?1");
  q->bind(1, user);
  if (!q->step()) return {};
  return {q->integer(0), q->integer(1)};
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
};

#define TENTO_SQL_CHANGED                                                                                           \
  "SELECT change_seq, row, ident, start_us, end_us, date, end_date, data, version, created_seq FROM cells INDEXED " \
  "BY cells_by_change "
#define TENTO_SQL_DELETED \
  "SELECT change_seq, row, ident, start_us, date FROM tombstones INDEXED BY tombstones_by_change "

// What is known of a user's feed; that of nobody is empty.
struct FeedHead {
  std::int64_t feed = 0;
  std::int64_t seq = 0;  // of the newest commit
  std::int64_t mark = 0;
  std::int64_t dropped = 0;   // cursors before it are not good any more
  std::int64_t unmarked = 0;  // cursors without a mark are good up to here
};

FeedHead head_of(Connection& db, const Uuid& user) {
  auto q = db.use(
      "SELECT n, head, mark, dropped, unmarked FROM feeds LEFT JOIN commits ON feed = n AND seq = head "
      "WHERE owner = ?1");
  q->bind(1, user);
  if (!q->step()) return {};
  return {q->integer(0), q->integer(1), q->integer(2), q->integer(3), q->integer(4)};
}

class Feed {
 public:
  Feed(Connection& db, const Uuid& user, bool doubted, const ChangeVisitor& visit)
      : db_(db), user_(user), visit_(visit) {
    if (doubted) check_.emplace(db);
  }

  ChangesEnd run(std::string_view after, std::size_t limit) {
    const Snapshot snapshot(db_);
    limit_ = limit == 0 ? ChangeStore::most_changes : std::min(limit, ChangeStore::most_changes);
    head_ = head_of(db_, user_);
    begin(after);
    begun_ = cursor_;
    if (begun_.at == ChangeCursor::At::cell) rest_of_cells();
    if (begun_.at == ChangeCursor::At::deletion) rest_of_deletions();
    later();
    if (!end_.more) cursor_ = cursor_behind(head_.seq, head_.mark);  // nothing is left: the reader is through
    end_.cursor = cursor_text(cursor_);
    return std::move(end_);
  }

 private:
  struct RowOf {
    Uuid id;
    std::string lookup_key;
  };
  struct Commit {
    std::int64_t seq = 0;  // 0 = there is none
    std::int64_t mark = 0;
    std::int64_t row = 0;
    std::int64_t at_us = 0;
  };

  // The newest commit up to a number.
  Commit commit_up_to(std::int64_t seq) {
    auto q =
        db_.use("SELECT seq, mark, row, at_us FROM commits WHERE feed = ?1 AND seq <= ?2 ORDER BY seq DESC LIMIT 1");
    q->bind(1, head_.feed);
    q->bind(2, seq);
    return q->step() ? Commit{q->integer(0), q->integer(1), q->integer(2), q->integer(3)} : Commit{};
  }

  void begin(std::string_view after) {
    if (after.empty()) {
      cursor_.since = head_.seq;
      cursor_.since_mark = head_.mark;
      return;
    }
    auto parsed = parse_change_cursor(after);
    if (!parsed) throw StoreFailure(parsed.error());
    cursor_ = std::move(*parsed);
    if (cursor_.seq > head_.seq || cursor_.since > head_.seq) expired("it is ahead of this store, so it is another's");
    // Deletions up to here the reader was told, or never needs.
    const auto whole = cursor_.at == ChangeCursor::At::end ? cursor_.seq : cursor_.seq - 1;
    if (std::max(whole, cursor_.base == 0 ? cursor_.since : 0) < head_.dropped)
      expired("what changed since then has been forgotten");
    if (cursor_.marked) {
      check_mark(cursor_.seq, cursor_.mark);
      if (cursor_.base == 0) check_mark(cursor_.since, cursor_.since_mark);
    } else {
      give_marks();
    }
  }

  void check_mark(std::int64_t seq, std::int64_t mark) {
    if (seq == 0) return;  // before the first commit all stores are alike
    const auto commit = commit_up_to(seq);
    if (commit.seq != seq || commit.mark != mark) expired("the store is not the one that gave it, or was put back");
  }

  // A cursor from before there were marks may stand behind a commit of another user: it is as good behind the one of
  // its own user that came before that.
  void give_marks() {
    if (cursor_.seq > head_.unmarked || cursor_.since > head_.unmarked)
      expired("it has no mark, so it is another store's");
    const auto commit = commit_up_to(cursor_.seq);
    if (commit.seq != cursor_.seq) {
      cursor_.at = ChangeCursor::At::end;
      cursor_.cell = {};
    }
    cursor_.seq = commit.seq;
    cursor_.mark = commit.mark;
    cursor_.base = commit_up_to(cursor_.base).seq;
    const auto since = commit_up_to(cursor_.since);
    cursor_.since = since.seq;
    cursor_.since_mark = since.mark;
    cursor_.marked = true;
  }

  void rest_of_cells() {
    const auto& place = begun_.cell;
    auto q =
        db_.use(TENTO_SQL_CHANGED
                "WHERE feed = ?6 AND change_seq = ?1 AND row = ?2 AND start_us >= ?3 AND (start_us > ?3 OR "
                "end_us < ?4 OR (end_us = ?4 AND ident > ?5)) ORDER BY change_seq, row, start_us, end_us DESC, ident");
    q->bind(1, begun_.seq);
    q->bind(2, commit_up_to(begun_.seq).row);
    q->bind(3, place.start_us);
    q->bind(4, place.end_us);
    q->bind_blob(5, place.ident);
    q->bind(6, head_.feed);
    while (!end_.more && q->step()) tell_cell(*q.operator->());
  }

  void rest_of_deletions() {
    auto q = db_.use(TENTO_SQL_DELETED
                     "WHERE feed = ?4 AND change_seq = ?1 AND row = ?2 AND ident > ?3 ORDER BY change_seq, row, ident");
    q->bind(1, begun_.seq);
    q->bind(2, commit_up_to(begun_.seq).row);
    q->bind_blob(3, begun_.cell.ident);
    q->bind(4, head_.feed);
    while (!end_.more && q->step()) tell_deletion(*q.operator->());
  }

  void later() {
    if (end_.more) return;
    auto cells = db_.use(TENTO_SQL_CHANGED
                         "WHERE feed = ?2 AND change_seq > ?1 ORDER BY change_seq, row, start_us, end_us DESC, ident");
    auto deletions = db_.use(TENTO_SQL_DELETED "WHERE feed = ?2 AND change_seq > ?1 ORDER BY change_seq, row, ident");
    auto rows =
        db_.use("SELECT seq, 0, row, lookup_key, at_us FROM gone_rows WHERE feed = ?2 AND seq > ?1 ORDER BY seq");
    const auto seq = begun_.seq;
    cells->bind(1, seq);
    // Where the reader stood among the cells of a commit, its deletions are still to come.
    deletions->bind(1, begun_.at == ChangeCursor::At::cell ? seq - 1 : seq);
    rows->bind(1, seq);
    std::array<Source, 3> sources{{{cells.operator->(), ChangeKind::updated},
                                   {deletions.operator->(), ChangeKind::deleted},
                                   {rows.operator->(), ChangeKind::row_gone}}};
    for (auto& source : sources) {
      source.statement->bind(2, head_.feed);
      source.step();
    }
    for (;;) {
      Source* next = nullptr;
      for (auto& source : sources)
        if (source.there && (next == nullptr || source.seq < next->seq)) next = &source;
      if (next == nullptr) return;
      if (next->kind == ChangeKind::updated) tell_cell(*next->statement);
      if (next->kind == ChangeKind::deleted) tell_deletion(*next->statement);
      if (next->kind == ChangeKind::row_gone) tell_row(*next->statement);
      if (end_.more) return;
      next->step();
    }
  }

  const RowOf* row(std::int64_t n) {
    if (n != known_n_) {
      auto q = db_.use("SELECT id, lookup_key FROM rows WHERE n = ?1");
      q->bind(1, n);
      known_n_ = n;
      known_.reset();
      if (q->step()) known_ = RowOf{q->uuid(0), q->text(1)};
    }
    return known_ ? &*known_ : nullptr;
  }

  // Whether there is room for one more change; when the page is full already, that change is what is left.
  bool has_room() {
    if (full_) end_.more = true;
    return !full_;
  }

  Change change_of(const RowOf& of, ChangeKind kind, std::int64_t seq) {
    Change change;
    change.kind = kind;
    change.seq = seq;
    change.row = of.id;
    change.lookup_key = of.lookup_key;
    change.cell.change_seq = seq;
    if (seq != told_.seq) told_ = commit_up_to(seq);
    change.cell.updated_us = told_.at_us;
    cursor_.seq = seq;
    cursor_.mark = told_.mark;
    return change;
  }

  void give(Change& change) {
    change.position = &cursor_;
    ++end_.count;
    bytes_ += change.cell.data.size() + change.cell.id.size() + change.cell.version.size() + change.lookup_key.size();
    if (!visit_(change) || end_.count == limit_ || bytes_ >= ChangeStore::most_bytes) full_ = true;
  }

  void tell_cell(Statement& q) {
    const auto* of = row(q.integer(1));
    const auto seq = q.integer(0);
    if (of == nullptr || !has_room()) return;
    if (check_) check_->require(q.integer(1), q.bytes(2));
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
    give(change);
  }

  void tell_deletion(Statement& q) {
    const auto seq = q.integer(0);
    if (cursor_.base == 0 && seq <= cursor_.since) return;  // never told
    const auto* of = row(q.integer(1));
    if (of == nullptr || !has_room()) return;
    auto change = change_of(*of, ChangeKind::deleted, seq);
    cursor_.at = ChangeCursor::At::deletion;
    cursor_.cell = {};
    cursor_.cell.ident = q.bytes(2);
    auto& cell = change.cell;
    cell.id = id_of(q.bytes(2));
    cell.start_us = cell.end_us = q.integer(3);
    cell.date = unpack_time(q.integer(4), cell.start_us);
    cell.tombstone = true;
    give(change);
  }

  void tell_row(Statement& q) {
    const auto seq = q.integer(0);
    if (cursor_.base == 0 && seq <= cursor_.since) return;
    if (!has_room()) return;
    const RowOf of{q.uuid(2), q.text(3)};
    auto change = change_of(of, ChangeKind::row_gone, seq);
    cursor_.at = ChangeCursor::At::end;
    cursor_.cell = {};
    change.cell.updated_us = q.integer(4);
    give(change);
  }

  Connection& db_;
  const Uuid& user_;
  const ChangeVisitor& visit_;
  std::optional<CellCheck> check_;
  std::size_t limit_ = 0;
  FeedHead head_;
  ChangeCursor begun_;
  ChangeCursor cursor_;  // behind what was told
  ChangesEnd end_;
  std::size_t bytes_ = 0;
  bool full_ = false;
  std::int64_t known_n_ = 0;
  std::optional<RowOf> known_;
  Commit told_;
};

}  // namespace

Result<ChangesEnd> SqliteChanges::read(const Uuid& user, std::string_view after, std::size_t limit,
                                       const ChangeVisitor& visit) {
  return db_.read([&](Connection& db) { return Feed(db, user, db_.doubted(), visit).run(after, limit); });
}

Result<std::string> SqliteChanges::newest(const Uuid& user) {
  return db_.read([&](Connection& db) {
    const auto head = head_of(db, user);
    return cursor_text(cursor_behind(head.seq, head.mark));
  });
}

Result<FeedPosition> SqliteChanges::position(const Uuid& user) {
  return db_.read([&](Connection& db) { return position_of(db, user); });
}

Result<std::vector<WatchedUser>> SqliteChanges::wait(std::span<const WatchedUser> users,
                                                     std::chrono::steady_clock::time_point deadline,
                                                     const std::stop_token& stop) {
  for (;;) {
    const auto count = db_.commits().count();  // what is committed behind this look wakes
    TENTO_TRY_ASSIGN(auto moved, db_.read([&](Connection& db) {
      std::vector<WatchedUser> out;
      for (const auto& watched : users)
        if (const auto now = position_of(db, watched.user); now != watched.seen) out.push_back({watched.user, now});
      return out;
    }));
    const auto now = std::chrono::steady_clock::now();
    if (!moved.empty() || stop.stop_requested() || now >= deadline) return moved;
    // Of what another process commits nobody is woken.
    db_.commits().wait(count, db_.writable() ? deadline : std::min(deadline, now + look_again), stop);
  }
}

// The newest commit that is old stays, as the first place that a cursor can stand at; so do those of cells that are
// there, which say when these changed. Commits before the place of last time are looked at again where there is a newer
// one: meanwhile their cells may have changed.
Result<std::uint64_t> SqliteMaintenance::drop_changes(std::int64_t before_us) {
  return db_.write([&](Connection& db) {
    const auto run = [&db, before_us](Query q) {
      q->bind(1, before_us);
      q->step();
      return static_cast<std::uint64_t>(db.changes());
    };
    const auto moved = run(
        db.use("UPDATE feeds SET dropped = old.seq FROM (SELECT feed, max(seq) AS seq FROM commits WHERE at_us < ?1 "
               "GROUP BY feed) AS old WHERE old.feed = n AND dropped < old.seq"));
    if (moved == 0) return std::uint64_t{0};
    run(db.use("DELETE FROM gone_rows WHERE at_us < ?1"));
    const auto deletions =
        run(db.use("DELETE FROM tombstones WHERE (feed, change_seq) IN (SELECT feed, seq FROM commits WHERE at_us < ?1 "
                   "AND deleted > 0)"));
    run(
        db.use("DELETE FROM commits WHERE at_us < ?1 AND seq < (SELECT dropped FROM feeds WHERE n = feed) AND "
               "NOT EXISTS(SELECT 1 FROM cells INDEXED BY cells_by_change WHERE cells.feed = commits.feed AND "
               "change_seq = seq)"));
    return deletions;
  });
}

}  // namespace tento::host::sqlite
