// SPDX-License-Identifier: Apache-2.0
// The feed of changes: cells, deletions and rows that went, in commit order, as they were at one moment.
#include <algorithm>

#include "host/base/error.hpp"
#include "host/store/cell_codec.hpp"
#include "host/store/cursors.hpp"
#include "host/store/memory/stores.hpp"

namespace tento::host::memory {

namespace {

// One change, owned. Inside a commit cells come before deletions.
struct Entry {
  std::int64_t seq = 0;
  ChangeCursor::At at = ChangeCursor::At::end;  // `end` = the row went
  Place place;
  Uuid row;
  std::string lookup_key;
  std::string ident;
  Cell cell;      // of a deletion: date and start
  Commit commit;  // that it came with
};

int rank(ChangeCursor::At at) {
  return at == ChangeCursor::At::cell ? 0 : at == ChangeCursor::At::deletion ? 1 : 2;
}

bool before(const Entry& a, const Entry& b) {
  return std::tuple(a.seq, rank(a.at), a.place) < std::tuple(b.seq, rank(b.at), b.place);
}

ErrorBuilder expired(std::string_view why) {
  return error(ErrorCode::conflict, ErrorClass::config,
               "the cursor is of no use any more: " + std::string(why) +
                   ". Read the rows anew and go on from the newest cursor")
      .tag("cursor_expired")
      .remedy("read the rows anew");
}

const Feed& feed_of(const Data& data, const Uuid& user) {
  static const Feed nobodys;
  const auto at = data.feeds.find(user);
  return at == data.feeds.end() ? nobodys : at->second;
}

Commit commit_of(const Feed& feed, std::int64_t seq) {
  const auto at = feed.commits.find(seq);
  return at == feed.commits.end() ? Commit{} : at->second;
}

FeedPosition position_of(const Feed& feed) {
  return {feed.head, feed.accounts};
}

ChangeCursor behind_all(const Feed& feed) {
  return cursor_behind(feed.head, commit_of(feed, feed.head).mark);
}

Result<ChangeCursor> begin(const Feed& feed, std::string_view after) {
  ChangeCursor cursor;
  if (after.empty()) {
    cursor.since = feed.head;
    cursor.since_mark = commit_of(feed, feed.head).mark;
    return cursor;
  }
  TENTO_TRY_ASSIGN(cursor, parse_change_cursor(after));
  if (cursor.seq > feed.head || cursor.since > feed.head)
    return expired("it is ahead of this store, so it is another's");
  // Deletions up to here the reader was told, or never needs.
  const auto whole = cursor.at == ChangeCursor::At::end ? cursor.seq : cursor.seq - 1;
  if (std::max(whole, cursor.base == 0 ? cursor.since : 0) < feed.dropped)
    return expired("what changed since then has been forgotten");
  const auto is_ours = [&feed](std::int64_t seq, std::int64_t mark) {
    return seq == 0 || (feed.commits.contains(seq) && feed.commits.at(seq).mark == mark);
  };
  if (!cursor.marked || !is_ours(cursor.seq, cursor.mark) ||
      (cursor.base == 0 && !is_ours(cursor.since, cursor.since_mark)))
    return expired("the store is not the one that gave it, or was put back");
  return cursor;
}

// Whether an entry is behind the place that the reader had reached.
bool behind(const Entry& entry, const ChangeCursor& cursor) {
  if (entry.seq != cursor.seq) return entry.seq > cursor.seq;
  switch (cursor.at) {
    case ChangeCursor::At::cell:
      if (entry.at != ChangeCursor::At::cell) return true;
      return entry.place > place_of(cursor.cell.start_us, cursor.cell.end_us, cursor.cell.ident);
    case ChangeCursor::At::deletion:
      return entry.at == ChangeCursor::At::deletion && entry.ident > cursor.cell.ident;
    default:
      return false;
  }
}

// What the reader has not been told, in order.
std::vector<Entry> untold(const Data& data, const Uuid& user, const ChangeCursor& cursor) {
  std::vector<Entry> out;
  const auto& feed = feed_of(data, user);
  // Deletions from before a reader began at the beginning are never told.
  const auto deletions_after = cursor.base == 0 ? cursor.since : 0;
  const auto add = [&](Entry entry) {
    if (entry.at != ChangeCursor::At::cell && entry.seq <= deletions_after) return;
    entry.commit = commit_of(feed, entry.seq);
    if (behind(entry, cursor)) out.push_back(std::move(entry));
  };
  for (const auto& [id, row] : data.rows) {
    const auto& record = row.record;
    if (record.owner != user || record.change_seq < cursor.seq) continue;
    for (const auto& [ident, cell] : row.cells)
      if (cell.change_seq >= cursor.seq)
        add({cell.change_seq,
             ChangeCursor::At::cell,
             place_of(cell.start_us, cell.end_us, ident),
             id,
             record.lookup_key,
             ident,
             cell,
             {}});
    for (const auto& [ident, gone] : row.tombstones) {
      Cell cell;
      cell.start_us = cell.end_us = gone.start_us;
      cell.date = gone.date;
      add({gone.change_seq,
           ChangeCursor::At::deletion,
           {0, 0, ident},
           id,
           record.lookup_key,
           ident,
           std::move(cell),
           {}});
    }
  }
  for (const auto& [seq, gone] : feed.gone_rows)
    add({seq, ChangeCursor::At::end, {}, gone.row, gone.lookup_key, {}, {}, {}});
  std::sort(out.begin(), out.end(), before);
  return out;
}

Change change_of(const Entry& entry, const ChangeCursor& cursor) {
  Change change;
  change.seq = entry.seq;
  change.row = entry.row;
  change.lookup_key = entry.lookup_key;
  change.cell.change_seq = entry.seq;
  change.cell.updated_us = entry.commit.at_us;
  if (entry.at == ChangeCursor::At::end) {
    change.kind = ChangeKind::row_gone;
    return change;
  }
  change.cell.id = host::id_of(entry.ident);
  change.cell.start_us = entry.cell.start_us;
  change.cell.end_us = entry.cell.end_us;
  change.cell.date = unpack_time(entry.cell.date, entry.cell.start_us);
  if (entry.at == ChangeCursor::At::deletion) {
    change.kind = ChangeKind::deleted;
    change.cell.tombstone = true;
    return change;
  }
  const bool is_new = cursor.base == 0 || entry.cell.created_seq > cursor.base;
  change.kind = is_new ? ChangeKind::added : ChangeKind::updated;
  change.cell.end_date = unpack_time(entry.cell.end_date, entry.cell.end_us);
  change.cell.data = entry.cell.data;
  change.cell.version = entry.cell.version;
  return change;
}

}  // namespace

Result<ChangesEnd> MemoryChanges::read(const Uuid& user, std::string_view after, std::size_t limit,
                                       const ChangeVisitor& visit) {
  const auto most = limit == 0 ? most_changes : std::min(limit, most_changes);
  ChangeCursor cursor, through;
  TENTO_TRY_ASSIGN(const auto entries, state_.read([&](const Data& data) -> Result<std::vector<Entry>> {
    const auto& feed = feed_of(data, user);
    TENTO_TRY_ASSIGN(cursor, begin(feed, after));
    through = behind_all(feed);
    return untold(data, user, cursor);
  }));
  ChangesEnd end;
  std::size_t bytes = 0;
  for (const auto& entry : entries) {
    cursor.seq = entry.seq;
    cursor.mark = entry.commit.mark;
    cursor.at = entry.at;
    cursor.cell = {};
    if (entry.at == ChangeCursor::At::cell) cursor.cell = {entry.cell.start_us, entry.cell.end_us, entry.ident};
    if (entry.at == ChangeCursor::At::deletion) cursor.cell.ident = entry.ident;
    auto change = change_of(entry, cursor);
    change.position = &cursor;
    bytes += change.cell.data.size() + change.cell.id.size() + change.cell.version.size() + change.lookup_key.size();
    const bool enough = !visit(change);
    ++end.count;
    if (!enough && end.count != most && bytes < most_bytes) continue;
    end.more = end.count < entries.size();
    break;
  }
  end.cursor = cursor_text(end.more ? cursor : through);  // nothing is left: the reader is through
  return end;
}

Result<std::string> MemoryChanges::newest(const Uuid& user) {
  return cursor_text(state_.read([&](const Data& data) { return behind_all(feed_of(data, user)); }));
}

Result<FeedPosition> MemoryChanges::position(const Uuid& user) {
  return state_.read([&](const Data& data) { return position_of(feed_of(data, user)); });
}

Result<std::vector<WatchedUser>> MemoryChanges::wait(std::span<const WatchedUser> users,
                                                     std::chrono::steady_clock::time_point deadline,
                                                     const std::stop_token& stop) {
  for (;;) {
    const auto count = state_.commits().count();  // what is committed behind this look wakes
    auto moved = state_.read([&](const Data& data) {
      std::vector<WatchedUser> out;
      for (const auto& watched : users)
        if (const auto now = position_of(feed_of(data, watched.user)); now != watched.seen)
          out.push_back({watched.user, now});
      return out;
    });
    if (!moved.empty() || stop.stop_requested() || std::chrono::steady_clock::now() >= deadline) return moved;
    state_.commits().wait(count, deadline, stop);
  }
}

}  // namespace tento::host::memory
