// SPDX-License-Identifier: Apache-2.0
// What is known of a row's dates, as a compact list of spans that do not overlap.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include <tento/sdk/result.hpp>

#include "host/model/coverage.hpp"

namespace tento::host {

// Lays `statements` over `known` (sorted, disjoint): a new statement replaces what it overlaps. Neighbours that say the
// same become one when they were learnt at about the same time, measured against their age; so daily syncs of a moving
// window leave a handful of spans, not one a day, and a fresh span never looks old.
[[nodiscard]] std::vector<CoverageRecord> lay_over(std::vector<CoverageRecord> known,
                                                   std::span<const CoverageInput> statements, std::int64_t now_us);
// Joins neighbours that say the same, whenever they were learnt.
[[nodiscard]] std::vector<CoverageRecord> joined(const std::vector<CoverageRecord>& known);
// invalid_argument `bad_coverage` for an empty span.
[[nodiscard]] Result<void> check_coverage(std::span<const CoverageInput> statements);

}  // namespace tento::host
