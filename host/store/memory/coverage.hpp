// SPDX-License-Identifier: Apache-2.0
// Coverage of a row in memory. For use inside a transaction.
#pragma once

#include <cstdint>
#include <span>

#include "host/store/coverage_spans.hpp"
#include "host/store/memory/data.hpp"

namespace tento::host::memory {

// Of spans that were checked.
void put_coverage(Data& data, Row& row, std::span<const CoverageInput> coverage, std::int64_t now_us);

}  // namespace tento::host::memory
