// SPDX-License-Identifier: Apache-2.0
// The table of what is known of rows' dates.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "host/store/coverage_spans.hpp"
#include "host/store/sqlite/connection.hpp"

namespace tento::host::sqlite {

[[nodiscard]] std::vector<CoverageRecord> read_coverage(Connection& db, std::int64_t row);
// Throws StoreFailure (invalid_argument) for an empty span.
void write_coverage(Connection& db, std::int64_t row, std::span<const CoverageInput> statements, std::int64_t now_us);

}  // namespace tento::host::sqlite
