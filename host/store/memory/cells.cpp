// SPDX-License-Identifier: Apache-2.0
// Cells: commits in, pages of ranges out.
#include <filesystem>

#include "host/store/cell_codec.hpp"
#include "host/store/cells_json.hpp"
#include "host/store/cursors.hpp"
#include "host/store/memory/cell_commit.hpp"
#include "host/store/memory/coverage.hpp"
#include "host/store/memory/refusals.hpp"
#include "host/store/memory/runs.hpp"
#include "host/store/memory/stores.hpp"
#include "host/store/outcome.hpp"

namespace tento::host::memory {

namespace {

void put_cursors(Row& row, std::span<const CursorInput> cursors) {
  for (const auto& cursor : cursors) {
    if (cursor.value.empty()) {
      row.cursors.erase(std::string(cursor.name));
    } else {
      row.cursors.insert_or_assign(std::string(cursor.name), std::string(cursor.value));
    }
  }
}

CellView view_of(std::string_view ident, const Cell& cell, std::int64_t updated_us) {
  CellView out;
  out.id = host::id_of(ident);
  out.start_us = cell.start_us;
  out.end_us = cell.end_us;
  out.date = unpack_time(cell.date, cell.start_us);
  out.end_date = unpack_time(cell.end_date, cell.end_us);
  out.data = cell.data;
  out.version = cell.version;
  out.change_seq = cell.change_seq;
  out.updated_us = updated_us;
  return out;
}

struct CopiedCell {
  std::string ident;
  Cell cell;
  std::int64_t updated_us = 0;
};

// So many cells behind the page's cursor as they were at one moment, and one more where there is one, so that a visitor
// may call the store.
struct CopiedPage {
  std::vector<CopiedCell> cells;
  std::size_t most = SIZE_MAX;  // of them belong to the page
};
Result<CopiedPage> copy_page(State& state, const Uuid& id, const Moments& range, const PageRequest& page,
                             std::size_t most, std::size_t most_bytes) {
  std::optional<Place> from;
  if (!page.cursor.empty()) {
    TENTO_TRY_ASSIGN(auto cursor, parse_page_cursor(page.cursor));
    from = place_of(cursor.start_us, cursor.end_us, std::move(cursor.ident));
  }
  return state.read([&](const Data& data) {
    CopiedPage out{{}, most};
    const auto* row = find_row(data, id);
    if (row == nullptr) return out;  // nothing was ever stored
    auto cells = cells_in(*row, range);
    const bool descending = page.order == ReadOrder::descending;
    if (descending) std::reverse(cells.begin(), cells.end());
    std::size_t bytes = 0;
    for (const auto* entry : cells) {
      const auto& [ident, cell] = *entry;
      if (from) {
        const auto place = place_of(cell.start_us, cell.end_us, ident);
        if (descending ? place >= *from : place <= *from) continue;
      }
      out.cells.push_back({ident, cell, time_of_commit(data, *row, cell.change_seq)});
      if (out.cells.size() > out.most) break;
      bytes += cell.data.size() + (page.raw ? cell.raw.size() : 0);
      if (bytes >= most_bytes) out.most = std::min(out.most, out.cells.size());
    }
    return out;
  });
}

// Gives the cells to `take(CellView, Cell)`, until it answers false; that cell still counts.
template <class Take>
PageEnd give_page(const CopiedPage& page, const Take& take) {
  PageEnd end;
  for (const auto& [ident, cell, updated_us] : page.cells) {
    const bool enough = !take(view_of(ident, cell, updated_us), cell);
    ++end.count;
    if (!enough && end.count != page.most) continue;
    if (end.count < page.cells.size()) end.next = cursor_text(PageCursor{cell.start_us, cell.end_us, ident});
    break;
  }
  return end;
}

}  // namespace

Result<TxnCounts> MemoryCells::commit(const RowCommit& commit) {
  TENTO_TRY_ASSIGN(const auto staged, stage(commit.cells));
  return state_.write([&](Data& data) -> Result<TxnCounts> {
    auto* row = find_row(data, commit.row);
    if (row == nullptr) return no_such_row(commit.row);
    const auto lease = commit.fence.value_or(Lease{});
    auto* job = lease.fence == 0 ? nullptr : held(data, lease);
    if ((commit.fence || commit.complete) && job == nullptr) return lost_lease(lease.job);
    TENTO_TRY(check_coverage(commit.coverage));
    const auto seq = next_seq(data, *row);
    const auto counts = land(data, *row, staged, commit.replace, seq, state_.now_us());
    put_coverage(data, *row, commit.coverage, state_.now_us());
    put_cursors(*row, commit.cursors);
    if (job != nullptr && counts.changed() > 0) job->record.deaths = 0;
    if (commit.complete) end_job(data, *job, *commit.complete, commit.origin.data_version);
    return counts;
  });
}

std::string MemoryCells::staging_folder() const {
  return std::filesystem::temp_directory_path().string();
}

Result<void> MemoryCells::read(const Uuid& row, Moments range, const CellVisitor& visit) {
  TENTO_TRY_ASSIGN(const auto cells, copy_page(state_, row, range, {}, SIZE_MAX, SIZE_MAX));
  give_page(cells, [&](const CellView& cell, const Cell&) { return visit(cell); });
  return {};
}

Result<PageEnd> MemoryCells::read_page(const Uuid& row, Moments range, const PageRequest& page,
                                       const CellVisitor& visit) {
  TENTO_TRY_ASSIGN(const auto cells, copy_page(state_, row, range, page, page.cells(), page.bytes));
  return give_page(cells, [&](CellView cell, const Cell& stored) {
    if (page.raw) cell.raw = stored.raw;
    return visit(cell);
  });
}

Result<PageEnd> MemoryCells::append_json(std::string& out, const Uuid& row, Moments range, const PageRequest& page) {
  TENTO_TRY_ASSIGN(const auto cells, copy_page(state_, row, range, page, page.cells(), page.bytes));
  out += '[';
  bool first = true;
  auto end = give_page(cells, [&](const CellView& cell, const Cell&) {
    if (!first) out += ',';
    first = false;
    append_cell_json(out, cell);
    return true;
  });
  out += ']';
  return end;
}

Result<std::optional<StoredCell>> MemoryCells::find(const Uuid& row, const CellKey& key) {
  CellInput named;
  named.id = key.id;
  named.date = key.date;
  Ident ident;
  const std::string wanted(ident.make(named));
  return state_.read([&](const Data& data) -> std::optional<StoredCell> {
    const auto* stored = find_row(data, row);
    if (stored == nullptr) return std::nullopt;
    const auto at = stored->cells.find(wanted);
    if (at == stored->cells.end()) return std::nullopt;
    const auto seen = view_of(at->first, at->second, time_of_commit(data, *stored, at->second.change_seq));
    return StoredCell{
        std::string(seen.id),      seen.date,       seen.end_date,  seen.start_us, seen.end_us, std::string(seen.data),
        std::string(seen.version), seen.change_seq, seen.updated_us};
  });
}

Result<std::uint64_t> MemoryCells::count(const Uuid& row) {
  return state_.read([&](const Data& data) -> std::uint64_t {
    const auto* stored = find_row(data, row);
    return stored == nullptr ? 0 : stored->cells.size();
  });
}

Result<std::optional<std::string>> MemoryCells::raw(const Uuid& row, std::string_view id) {
  return state_.read([&](const Data& data) -> std::optional<std::string> {
    const auto* stored = find_row(data, row);
    if (stored == nullptr) return std::nullopt;
    const auto at = stored->cells.find(std::string(id));
    if (at == stored->cells.end() || at->second.raw.empty()) return std::nullopt;
    return at->second.raw;
  });
}

}  // namespace tento::host::memory
