// SPDX-License-Identifier: Apache-2.0
// What is known of a row's dates, as a compact list of spans that do not overlap.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "host/store/cell_store.hpp"
#include "host/store/sqlite/connection.hpp"

namespace tento::host::sqlite {

// Lays `statements` over `known` (sorted, disjoint): a new statement replaces what it overlaps. Neighbours that say the
// same become one when they were learnt at about the same time, measured against their age; so daily syncs of a moving
// window leave a handful of spans, not one a day, and a fresh span never looks old.
[[nodiscard]] std::vector<CoverageRecord> lay_over(std::vector<CoverageRecord> known,
                                                   std::span<const CoverageInput> statements, std::int64_t now_us);
// Joins neighbours that say the same, whenever they were learnt.
[[nodiscard]] std::vector<CoverageRecord> joined(const std::vector<CoverageRecord>& known);

[[nodiscard]] std::vector<CoverageRecord> read_coverage(Connection& db, std::int64_t row);
// Throws StoreFailure (invalid_argument) for an empty span.
void write_coverage(Connection& db, std::int64_t row, std::span<const CoverageInput> statements, std::int64_t now_us);

}  // namespace tento::host::sqlite
