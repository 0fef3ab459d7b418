// SPDX-License-Identifier: Apache-2.0
// The cells of rows: written in commits of one row each, read by ranges.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include <tento/sdk/result.hpp>
#include <tento/sdk/uuid.hpp>

#include "host/model/cell.hpp"
#include "host/model/moments.hpp"
#include "host/store/recency.hpp"
#include "host/store/row_commit.hpp"

namespace tento::host {

enum class ReadOrder { ascending, descending };
// However much is asked for, a page is at most so long; it has at least one cell where there is one.
inline constexpr std::size_t most_cells_in_page = 10'000;
inline constexpr std::size_t most_bytes_in_page = std::size_t{8} << 20;  // of data and raw bytes
// Which part of a range: so many cells (0 = as many as a page has) behind a cursor that a page before gave (empty =
// from the start).
struct PageRequest {
  ReadOrder order = ReadOrder::ascending;
  std::size_t limit = 0;
  std::string_view cursor = {};
  bool raw = false;  // the visitor is given each cell's raw bytes, too
  Recency recency = Recency::any();
  std::size_t bytes = most_bytes_in_page;  // it ends behind the cell with which it has so many; no more than that
  [[nodiscard]] std::size_t cells() const {
    return limit == 0 || limit > most_cells_in_page ? most_cells_in_page : limit;
  }
};
struct PageEnd {
  std::size_t count = 0;
  std::string next;  // cursor of the next page; empty = this was the last
};

// False = enough.
using CellVisitor = std::function<bool(const CellView&)>;

class CellStore {
 public:
  virtual ~CellStore() = default;
  // Errors: no_such_row; bad_cell, bad_coverage; fenced; those of a store that cannot be written (see outcome_of).
  virtual Result<TxnCounts> commit(const RowCommit& commit) = 0;
  // One batch alone.
  Result<TxnCounts> persist(const Uuid& row, std::span<const CellInput> cells, TxnOrigin origin) {
    RowCommit batch;
    batch.row = row;
    batch.origin = std::move(origin);
    batch.cells = cells;
    return commit(batch);
  }
  // Where cells that wait for their commit may be kept, on the disk that they will land on.
  [[nodiscard]] virtual std::string staging_folder() const = 0;

  // Cells that overlap the range, ascending (start, longer first, id), without tombstones: all of them, one at a time.
  // A visitor may call the store.
  virtual Result<void> read(const Uuid& row, Moments range, const CellVisitor& visit) = 0;
  // A part of the same, in either order. A visitor that has enough ends the page behind the cell it was given. A cursor
  // that no page gave is invalid_argument, tag `bad_cursor`.
  virtual Result<PageEnd> read_page(const Uuid& row, Moments range, const PageRequest& page,
                                    const CellVisitor& visit) = 0;
  // The same cells as the text of a JSON array (see append_cell_json), appended to `out`. Stored JSON is copied, never
  // parsed.
  virtual Result<PageEnd> append_json(std::string& out, const Uuid& row, Moments range, const PageRequest& page) = 0;
  // The first page, of at most `limit`. Gives how many.
  Result<std::size_t> append_json(std::string& out, const Uuid& row, Moments range, std::size_t limit) {
    const auto end = append_json(out, row, range, PageRequest{ReadOrder::ascending, limit});
    if (!end) return fail(end.error());
    return end->count;
  }
  virtual Result<std::optional<StoredCell>> find(const Uuid& row, const CellKey& key) = 0;
  virtual Result<std::uint64_t> count(const Uuid& row) = 0;
  // The service's own bytes of a cell with an id, where the provider gave them.
  virtual Result<std::optional<std::string>> raw(const Uuid& row, std::string_view id) = 0;
};

}  // namespace tento::host
