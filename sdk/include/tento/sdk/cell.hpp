// SPDX-License-Identifier: Apache-2.0
/// @file cell.hpp
/// One dated entry of a row: as a value that owns its bytes (`Cell`), and as a view of bytes that somebody else owns
/// (`CellView`). What a write gave back (`WriteOutput`).
#pragma once

#include <tento/cell.h>

#include <concepts>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "result.hpp"
#include "time.hpp"

namespace tento {

/// One entry of a row. Identity is `(row, id)` when there is an id, else `(row, date)`.
struct Cell {
  std::optional<std::string> id = {};  ///< the service's id of the entry; required in rows with several entries a day
  SemanticTime date;                   ///< when it is, or when it starts
  std::optional<SemanticTime> end_date = {};  ///< when it ends; none = no end of its own
  std::string data = {};                      ///< one JSON value: what readers get
  std::string version = {};                   ///< the service's version of it (an ETag); empty = none
  std::string raw = {};                       ///< the service's own bytes, served on request; empty = none
  bool deleted = false;                       ///< a tombstone: the entry is gone and `data` is empty

  friend bool operator==(const Cell&, const Cell&) = default;  ///< memberwise
};

/// A text whose bytes belong to somebody else: a std::string_view that cannot be made of a temporary std::string, whose
/// bytes would be gone at the end of the statement. Give such a string a name that lives long enough.
class BorrowedText : public std::string_view {
 public:
  constexpr BorrowedText() noexcept = default;  ///< empty
  /// A view of `text`, whose bytes must outlive it.
  template <std::convertible_to<std::string_view> T>
  constexpr BorrowedText(const T& text) noexcept : std::string_view(text) {}  // NOLINT(*-explicit-constructor)
  /// A temporary string would take its bytes with it.
  template <class Traits, class Allocator>
  BorrowedText(const std::basic_string<char, Traits, Allocator>&& text) = delete;
};

/// A cell whose bytes belong to somebody else. Cheap to copy; see who owns the bytes at each use. Temporary strings and
/// cells, whose bytes it would outlive, do not compile.
struct CellView {
  BorrowedText id;                 ///< empty = none
  tento_semantic_time date{};      ///< kind NONE only in a tombstone that has an id
  tento_semantic_time end_date{};  ///< kind NONE = no end of its own
  BorrowedText data;               ///< one JSON value
  BorrowedText version;            ///< empty = none
  BorrowedText raw;                ///< empty = none
  bool deleted = false;            ///< whether it is a tombstone

  /// An empty view, to be filled.
  CellView() noexcept { date.offset_minutes = end_date.offset_minutes = TENTO_OFFSET_UNKNOWN; }
  /// A cell with an id.
  CellView(BorrowedText id_, const SemanticTime& date_, BorrowedText data_) noexcept : CellView() {
    id = id_;
    date = date_.to_abi();
    data = data_;
  }
  /// A view of `cell`, which must outlive it.
  CellView(const Cell& cell) noexcept : CellView() {  // NOLINT(*-explicit-constructor): it is one
    if (cell.id) id = *cell.id;
    if (!cell.deleted || !cell.id) date = cell.date.to_abi();  // a tombstone with an id needs no date
    if (cell.end_date) end_date = cell.end_date->to_abi();
    data = cell.data;
    version = cell.version;
    raw = cell.raw;
    deleted = cell.deleted;
  }
  /// A temporary cell would take its bytes with it.
  CellView(const Cell&& cell) = delete;
  /// The tombstone of an entry that has an id.
  [[nodiscard]] static CellView tombstone(BorrowedText id) noexcept {
    CellView out;
    out.id = id;
    out.deleted = true;
    return out;
  }
  /// The tombstone of an entry that is known by its date.
  [[nodiscard]] static CellView tombstone(const SemanticTime& date) noexcept {
    CellView out;
    out.date = date.to_abi();
    out.deleted = true;
    return out;
  }
  /// Bytes that count against the limits of a batch.
  [[nodiscard]] std::size_t bytes() const noexcept { return id.size() + data.size() + version.size() + raw.size(); }
  /// As it crosses the ABI; borrows the bytes.
  [[nodiscard]] tento_cell abi() const noexcept {
    return {str(id), date, end_date, str(data), deleted ? TENTO_CELL_TOMBSTONE : 0u, 0u, str(version), str(raw)};
  }
  /// The view of a cell of `batch` at `index`; fields beyond the batch's stride are empty.
  [[nodiscard]] static CellView from_abi(const tento_cell_batch& batch, std::size_t index) noexcept;
  /// A copy that owns its bytes; an error when a date is none.
  [[nodiscard]] Result<Cell> to_cell() const;
};

/// What a write did, as the host stores it.
struct WriteOutput {
  std::vector<Cell> cells;  ///< what the service has now, tombstones included; none = accepted, the host syncs

  /// The service took it and will show the result later.
  [[nodiscard]] static WriteOutput accepted() { return {}; }
  /// The service has this cell now.
  [[nodiscard]] static WriteOutput stored(Cell cell) {
    WriteOutput out;
    out.cells.push_back(std::move(cell));
    return out;
  }
  /// The entry with this id is gone.
  [[nodiscard]] static WriteOutput removed(std::string_view id);
  /// The entry of this date is gone.
  [[nodiscard]] static WriteOutput removed(const SemanticTime& date);
};

}  // namespace tento
