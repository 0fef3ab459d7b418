// SPDX-License-Identifier: Apache-2.0
// What became of a cell: one entry of the change feed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include <tento/sdk/uuid.hpp>

#include "host/model/cell.hpp"

namespace tento::host {

struct ChangeCursor;  // see cursors.hpp
enum class ChangeKind {
  added,
  updated,
  deleted,
  row_gone,  // the row went with all its cells: its account was purged
};
// What became of a cell, at its latest change. Views are borrowed until the visitor returns.
struct Change {
  ChangeKind kind = ChangeKind::added;
  std::int64_t seq = 0;
  Uuid row;
  std::string_view lookup_key;
  CellView cell;  // of a deletion: id, date and start; of a row that is gone: nothing
  const ChangeCursor* position = nullptr;
  // The cursor behind this change.
  [[nodiscard]] std::string cursor() const;
};
// False = enough; what it was given counts as told.
using ChangeVisitor = std::function<bool(const Change&)>;
struct ChangesEnd {
  std::size_t count = 0;
  std::string cursor;  // behind what was told; never empty
  bool more = false;   // something is left behind it
};

}  // namespace tento::host
