// SPDX-License-Identifier: Apache-2.0
// Batches of cells as providers hand them over -> cells the store can take, or the first thing that is wrong.
#pragma once

#include <tento/cell.h>

#include <memory>
#include <span>
#include <vector>

#include <tento/sdk/result.hpp>

#include "host/model/cell.hpp"
#include "host/model/moments.hpp"

namespace tento::host {

// What the row a batch is for asks of its cells.
struct CellRules {
  bool single = false;         // TENTO_ROW_SINGLE: ids are optional
  bool tombstones = true;      // computed cells have none
  const Zone* zone = nullptr;  // the account's; never null
};

// Checks batches; keeps its parser and buffers from one to the next. Not for two threads at once.
class CellIntake {
 public:
  CellIntake();
  ~CellIntake();
  CellIntake(CellIntake&&) noexcept;
  CellIntake& operator=(CellIntake&&) noexcept;

  // The cells of a batch, views into it, valid until the next `take`. One bad cell fails the batch: limits, UTF-8,
  // JSON, dates, flags and identity are checked, and the error names the cell's index and id.
  Result<std::span<const CellInput>> take(const tento_cell_batch* batch, const CellRules& rules);

  // Gives its memory back.
  void release() noexcept;

 private:
  struct Json;
  std::unique_ptr<Json> json_;
  std::vector<CellInput> cells_;
};

}  // namespace tento::host
