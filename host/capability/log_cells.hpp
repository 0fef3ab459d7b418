// SPDX-License-Identifier: Apache-2.0
// Runs of a row as cells: what its `:logs` row and recent_log_cells give.
#pragma once

#include <cstdint>

#include <tento/sdk/result.hpp>

#include "host/model/moments.hpp"
#include "host/store/store.hpp"

namespace tento::host {

enum class LogOrder { newest_first, oldest_first };

// The latest `limit` runs of a row (0 = 1000, the most there are of) that overlap the range: id = the run's, date =
// when it began, end_date = when it ended, data = stage, status, counts, message and error. False from the visitor
// ends.
Result<void> visit_log_cells(Store& store, const Uuid& row, Moments range, std::uint64_t limit, LogOrder order,
                             const CellVisitor& visit);

}  // namespace tento::host
