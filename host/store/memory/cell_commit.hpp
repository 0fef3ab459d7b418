// SPDX-License-Identifier: Apache-2.0
// Lands the cells of one commit on one row in memory.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "host/store/memory/data.hpp"

namespace tento::host::memory {

// A cell that was put and waits for its commit.
struct StagedCell {
  std::string ident;
  bool tombstone = false;
  Cell cell;
};
// Errors: invalid_data `bad_cell`.
[[nodiscard]] Result<std::vector<StagedCell>> stage(const CellParts& cells);

// Puts what was staged, the later of one identity, and deletes what `replace` covers and was not put; all under the
// number `seq`, which counts only when something changed.
TxnCounts land(Data& data, Row& row, const std::vector<StagedCell>& staged, std::optional<Moments> replace,
               std::int64_t seq, std::int64_t now_us);

}  // namespace tento::host::memory
