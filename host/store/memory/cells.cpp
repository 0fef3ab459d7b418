// SPDX-License-Identifier: Apache-2.0
// Cells: batches and transactions in, pages of ranges out.
#include "host/store/cell_codec.hpp"
#include "host/store/cells_json.hpp"
#include "host/store/cursors.hpp"
#include "host/store/memory/cell_commit.hpp"
#include "host/store/memory/coverage.hpp"
#include "host/store/memory/refusals.hpp"
#include "host/store/memory/stores.hpp"

namespace tento::host::memory {

namespace {

class MemoryTxn final : public CellTxn {
 public:
  MemoryTxn(State& state, const Uuid& row, std::optional<Moments> replace)
      : state_(state), row_(row), replace_(replace) {}

  Result<void> put(std::span<const CellInput> cells) override {
    if (ended_) return has_ended();
    TENTO_TRY_ASSIGN(auto more, stage(cells));
    staged_.insert(staged_.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
    return {};
  }

  Result<TxnCounts> commit(std::span<const CoverageInput> coverage, std::span<const CursorInput> cursors) override {
    if (ended_) return has_ended();
    ended_ = true;
    return state_.write([&](Data& data, auto& events) -> Result<TxnCounts> {
      auto* row = find_row(data, row_);
      if (row == nullptr) return no_such_row(row_);
      TENTO_TRY(check_coverage(coverage));
      const auto seq = next_seq(data, *row);
      const auto counts = land(data, *row, staged_, replace_, seq, state_.now_us());
      put_coverage(data, *row, coverage, state_.now_us());
      for (const auto& cursor : cursors) {
        if (cursor.value.empty()) {
          row->cursors.erase(std::string(cursor.name));
        } else {
          row->cursors.insert_or_assign(std::string(cursor.name), std::string(cursor.value));
        }
      }
      if (counts.changed() != 0) {
        events.push_back({CommitEventKind::cells, seq, row_, row->record.owner, counts});
      } else if (!coverage.empty()) {
        events.push_back({CommitEventKind::coverage, 0, row_, row->record.owner, {}});
      }
      return counts;
    });
  }

 private:
  static ErrorBuilder has_ended() {
    return error(ErrorCode::invalid_argument, ErrorClass::internal, "the transaction has ended. Begin another one")
        .tag("txn_ended")
        .remedy("begin another one");
  }

  State& state_;
  Uuid row_;
  std::optional<Moments> replace_;
  std::vector<StagedCell> staged_;
  bool ended_ = false;
};

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

// A page as it was at one moment, and one cell more where there is one, so that a visitor may call the store.
struct CopiedCell {
  std::string ident;
  Cell cell;
  std::int64_t updated_us = 0;
};

Result<std::vector<CopiedCell>> copy_page(State& state, const Uuid& id, const Moments& range, const PageRequest& page) {
  std::optional<Place> from;
  if (!page.cursor.empty()) {
    TENTO_TRY_ASSIGN(auto cursor, parse_page_cursor(page.cursor));
    from = place_of(cursor.start_us, cursor.end_us, std::move(cursor.ident));
  }
  return state.read([&](const Data& data) {
    std::vector<CopiedCell> out;
    const auto* row = find_row(data, id);
    if (row == nullptr) return out;  // nothing was ever stored
    auto cells = cells_in(*row, range);
    const bool descending = page.order == ReadOrder::descending;
    if (descending) std::reverse(cells.begin(), cells.end());
    for (const auto* entry : cells) {
      const auto& [ident, cell] = *entry;
      if (from) {
        const auto place = place_of(cell.start_us, cell.end_us, ident);
        if (descending ? place >= *from : place <= *from) continue;
      }
      out.push_back({ident, cell, time_of_commit(data, *row, cell.change_seq)});
      if (page.limit != 0 && out.size() > page.limit) break;
    }
    return out;
  });
}

// Gives the cells to `take(CellView, Cell)`, until it answers false; that cell still counts.
template <class Take>
PageEnd give_page(const std::vector<CopiedCell>& cells, std::size_t limit, const Take& take) {
  PageEnd end;
  for (const auto& [ident, cell, updated_us] : cells) {
    const bool enough = !take(view_of(ident, cell, updated_us), cell);
    ++end.count;
    if (!enough && end.count != limit) continue;
    if (end.count < cells.size()) end.next = cursor_text(PageCursor{cell.start_us, cell.end_us, ident});
    break;
  }
  return end;
}

}  // namespace

Result<std::unique_ptr<CellTxn>> MemoryCells::begin(const Uuid& row, std::optional<Moments> replace, TxnOrigin) {
  if (!state_.read([&](const Data& data) { return find_row(data, row) != nullptr; })) return no_such_row(row);
  return std::make_unique<MemoryTxn>(state_, row, replace);
}

Result<TxnCounts> MemoryCells::persist(const Uuid& row, std::span<const CellInput> cells, TxnOrigin origin) {
  TENTO_TRY_ASSIGN(const auto txn, begin(row, std::nullopt, std::move(origin)));
  TENTO_TRY(txn->put(cells));
  return txn->commit({}, {});
}

Result<void> MemoryCells::read(const Uuid& row, Moments range, const CellVisitor& visit) {
  TENTO_TRY(read_page(row, range, {}, visit));
  return {};
}

Result<PageEnd> MemoryCells::read_page(const Uuid& row, Moments range, const PageRequest& page,
                                       const CellVisitor& visit) {
  TENTO_TRY_ASSIGN(const auto cells, copy_page(state_, row, range, page));
  return give_page(cells, page.limit, [&](CellView cell, const Cell& stored) {
    if (page.raw) cell.raw = stored.raw;
    return visit(cell);
  });
}

Result<PageEnd> MemoryCells::append_json(std::string& out, const Uuid& row, Moments range, const PageRequest& page) {
  TENTO_TRY_ASSIGN(const auto cells, copy_page(state_, row, range, page));
  out += '[';
  bool first = true;
  auto end = give_page(cells, page.limit, [&](const CellView& cell, const Cell&) {
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
