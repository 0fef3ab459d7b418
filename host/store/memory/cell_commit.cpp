// SPDX-License-Identifier: Apache-2.0
// What a commit makes of each cell: added, updated, unchanged, deleted.
#include "host/store/memory/cell_commit.hpp"

#include <set>

#include "host/store/cell_codec.hpp"
#include "host/store/failure.hpp"

namespace tento::host::memory {

namespace {

void erase(Row& row, std::map<std::string, Cell>::iterator at, std::int64_t seq) {
  row.tombstones[at->first] = {at->second.date, at->second.start_us, seq};
  row.cells.erase(at);
}

}  // namespace

Result<std::vector<StagedCell>> stage(const CellParts& cells) {
  return guarded([&] {
    std::vector<StagedCell> out;
    Ident ident;
    ContentHash hash;
    cells.each([&](std::span<const CellInput> part) {
      for (const auto& cell : part) {
        check_cell(cell);
        StagedCell staged;
        staged.ident = ident.make(cell);
        staged.tombstone = cell.tombstone;
        if (!cell.tombstone)
          staged.cell = {cell.start_us,
                         cell.end_us,
                         pack_time(cell.date),
                         pack_time(cell.end_date),
                         std::string(cell.data),
                         std::string(cell.version),
                         std::string(cell.raw),
                         std::string(hash(cell)),
                         0,
                         0};
        out.push_back(std::move(staged));
      }
    });
    return out;
  });
}

TxnCounts land(Data& data, Row& row, const std::vector<StagedCell>& staged, std::optional<Moments> replace,
               std::int64_t seq, std::int64_t now_us) {
  TxnCounts counts;
  std::map<std::string_view, const StagedCell*> latest;
  for (const auto& cell : staged) latest[cell.ident] = &cell;
  for (const auto& [ident, put] : latest) {
    const auto known = row.cells.find(put->ident);
    if (put->tombstone) {
      if (known == row.cells.end()) continue;
      erase(row, known, seq);
      ++counts.deleted;
      continue;
    }
    auto cell = put->cell;
    cell.change_seq = cell.created_seq = seq;
    if (known == row.cells.end()) {
      row.tombstones.erase(put->ident);
      row.cells.emplace(put->ident, std::move(cell));
      ++counts.added;
      continue;
    }
    const auto& before = known->second;
    if (before.hash == cell.hash && before.start_us == cell.start_us && before.end_us == cell.end_us) {
      ++counts.unchanged;
      continue;
    }
    cell.created_seq = before.created_seq;
    known->second = std::move(cell);
    ++counts.updated;
  }
  if (replace) {
    for (auto at = row.cells.begin(); at != row.cells.end();) {
      const auto next = std::next(at);
      if (!latest.contains(at->first) && overlaps({at->second.start_us, at->second.end_us}, *replace)) {
        erase(row, at, seq);
        ++counts.deleted;
      }
      at = next;
    }
  }
  if (counts.changed() != 0) record_commit(data, row, seq, now_us);
  return counts;
}

}  // namespace tento::host::memory
