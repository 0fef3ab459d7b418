// SPDX-License-Identifier: Apache-2.0
// The cells of rows: written in transactions of one row each, read by ranges.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include <tento/sdk/result.hpp>
#include <tento/sdk/uuid.hpp>

#include "host/model/cell.hpp"
#include "host/model/coverage.hpp"
#include "host/model/moments.hpp"
#include "host/store/row_store.hpp"

namespace tento::host {

enum class ReadOrder { ascending, descending };
// Which part of a range: so many cells (0 = all) behind a cursor that a page before gave (empty = from the start).
struct PageRequest {
  ReadOrder order = ReadOrder::ascending;
  std::size_t limit = 0;
  std::string_view cursor = {};
  bool raw = false;  // the visitor is given each cell's raw bytes, too
};
struct PageEnd {
  std::size_t count = 0;
  std::string next;  // cursor of the next page; empty = this was the last
};

// False = enough.
using CellVisitor = std::function<bool(const CellView&)>;

// What a transaction writes under, besides the cells.
struct TxnOrigin {
  std::uint32_t data_version = 0;
  std::string provider_version;
  std::int64_t run_id = 0;  // 0 = none
};

// One transaction on one row. Nothing is visible before commit; destroying it aborts. No connection and no lock is held
// before the commit, so a provider may take its time.
class CellTxn {
 public:
  virtual ~CellTxn() = default;
  // Accepted, not durable. Same identity again: the last wins. Memory stays bounded however much is put.
  virtual Result<void> put(std::span<const CellInput> cells) = 0;
  // Cells, deletions (of what `replace` covers and was not put), coverage and cursors land together, durable.
  virtual Result<TxnCounts> commit(std::span<const CoverageInput> coverage, std::span<const CursorInput> cursors) = 0;
};

class CellStore {
 public:
  virtual ~CellStore() = default;
  // `replace`: what it covers and is not put gets deleted at commit.
  virtual Result<std::unique_ptr<CellTxn>> begin(const Uuid& row, std::optional<Moments> replace, TxnOrigin origin) = 0;
  // One batch, durable on return.
  virtual Result<TxnCounts> persist(const Uuid& row, std::span<const CellInput> cells, TxnOrigin origin) = 0;
  // Cells that overlap the range, ascending (start, longer first, id), without tombstones.
  virtual Result<void> read(const Uuid& row, Moments range, const CellVisitor& visit) = 0;
  // A part of the same, in either order. A visitor that has enough ends the page behind the cell it was given. A cursor
  // that no page gave is invalid_argument, tag `bad_cursor`.
  virtual Result<PageEnd> read_page(const Uuid& row, Moments range, const PageRequest& page,
                                    const CellVisitor& visit) = 0;
  // The same cells as the text of a JSON array (see append_cell_json), appended to `out`. Stored JSON is copied, never
  // parsed.
  virtual Result<PageEnd> append_json(std::string& out, const Uuid& row, Moments range, const PageRequest& page) = 0;
  // At most `limit` from the start, 0 = all. Gives how many.
  Result<std::size_t> append_json(std::string& out, const Uuid& row, Moments range, std::size_t limit) {
    const auto end = append_json(out, row, range, PageRequest{ReadOrder::ascending, limit, {}});
    if (!end) return fail(end.error());
    return end->count;
  }
  virtual Result<std::optional<StoredCell>> find(const Uuid& row, const CellKey& key) = 0;
  virtual Result<std::uint64_t> count(const Uuid& row) = 0;
  // The service's own bytes of a cell with an id, where the provider gave them.
  virtual Result<std::optional<std::string>> raw(const Uuid& row, std::string_view id) = 0;
};

}  // namespace tento::host
