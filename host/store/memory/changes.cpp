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
  Uuid owner;
  std::string lookup_key;
  std::string ident;
  Cell cell;  // of a deletion: date and start
  std::int64_t at_us = 0;
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

Result<ChangeCursor> begin(const Data& data, std::string_view after) {
  ChangeCursor cursor;
  if (after.empty()) {
    cursor.since = data.newest_seq;
    return cursor;
  }
  TENTO_TRY_ASSIGN(cursor, parse_change_cursor(after));
  if (cursor.seq > data.newest_seq || cursor.since > data.newest_seq)
    return expired("it is ahead of this store, so it is another's");
  // Deletions up to here the reader was told, or never needs.
  const auto whole = cursor.at == ChangeCursor::At::end ? cursor.seq : cursor.seq - 1;
  if (std::max(whole, cursor.base == 0 ? cursor.since : 0) < data.dropped_seq)
    return expired("deletions since then have been forgotten");
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
std::vector<Entry> untold(const Data& data, std::optional<Uuid> owner, const ChangeCursor& cursor) {
  std::vector<Entry> out;
  // Deletions from before a reader began at the beginning are never told.
  const auto deletions_after = cursor.base == 0 ? cursor.since : 0;
  const auto add = [&](Entry entry) {
    if (entry.at != ChangeCursor::At::cell && entry.seq <= deletions_after) return;
    if (behind(entry, cursor)) out.push_back(std::move(entry));
  };
  for (const auto& [id, row] : data.rows) {
    const auto& record = row.record;
    if (owner && record.owner != *owner) continue;
    if (record.change_seq < cursor.seq) continue;
    for (const auto& [ident, cell] : row.cells)
      if (cell.change_seq >= cursor.seq)
        add({cell.change_seq, ChangeCursor::At::cell, place_of(cell.start_us, cell.end_us, ident), id, record.owner,
             record.lookup_key, ident, cell, time_of_commit(data, cell.change_seq)});
    for (const auto& [ident, gone] : row.tombstones) {
      Cell cell;
      cell.start_us = cell.end_us = gone.start_us;
      cell.date = gone.date;
      cell.change_seq = gone.change_seq;
      add({gone.change_seq,
           ChangeCursor::At::deletion,
           {0, 0, ident},
           id,
           record.owner,
           record.lookup_key,
           ident,
           std::move(cell),
           time_of_commit(data, gone.change_seq)});
    }
  }
  for (const auto& [seq, gone] : data.gone_rows) {
    if (owner && gone.owner != *owner) continue;
    Cell none;
    none.change_seq = seq;
    add({seq, ChangeCursor::At::end, {}, gone.row, gone.owner, gone.lookup_key, {}, std::move(none), gone.at_us});
  }
  std::sort(out.begin(), out.end(), before);
  return out;
}

Change change_of(const Entry& entry, const ChangeCursor& cursor) {
  Change change;
  change.seq = entry.seq;
  change.row = entry.row;
  change.owner = entry.owner;
  change.lookup_key = entry.lookup_key;
  change.cell.change_seq = entry.seq;
  change.cell.updated_us = entry.at_us;
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

Result<ChangesEnd> MemoryChanges::read(std::optional<Uuid> owner, std::string_view after, std::size_t limit,
                                       const ChangeVisitor& visit) {
  ChangeCursor cursor;
  std::int64_t newest = 0;
  TENTO_TRY_ASSIGN(const auto entries, state_.read([&](const Data& data) -> Result<std::vector<Entry>> {
    TENTO_TRY_ASSIGN(cursor, begin(data, after));
    newest = data.newest_seq;
    return untold(data, owner, cursor);
  }));
  ChangesEnd end;
  for (const auto& entry : entries) {
    cursor.seq = entry.seq;
    cursor.at = entry.at;
    cursor.cell = {};
    if (entry.at == ChangeCursor::At::cell) cursor.cell = {entry.cell.start_us, entry.cell.end_us, entry.ident};
    if (entry.at == ChangeCursor::At::deletion) cursor.cell.ident = entry.ident;
    auto change = change_of(entry, cursor);
    change.position = &cursor;
    const bool enough = !visit(change);
    ++end.count;
    if (!enough && end.count != limit) continue;
    end.more = end.count < entries.size();
    break;
  }
  if (!end.more) {  // nothing is left: the reader is through
    cursor = {};
    cursor.seq = cursor.base = cursor.since = newest;
  }
  end.cursor = cursor_text(cursor);
  return end;
}

Result<std::string> MemoryChanges::newest() {
  ChangeCursor cursor;
  cursor.seq = cursor.base = cursor.since = state_.read([](const Data& data) { return data.newest_seq; });
  return cursor_text(cursor);
}

}  // namespace tento::host::memory
