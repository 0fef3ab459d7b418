// SPDX-License-Identifier: Apache-2.0
// Coverage of a row in memory. For use inside a transaction.
#pragma once

#include <cstdint>
#include <span>

#include "host/store/memory/data.hpp"

namespace tento::host::memory {

// invalid_argument `bad_coverage` for an empty span.
[[nodiscard]] Result<void> check_coverage(std::span<const CoverageInput> coverage);
// Of spans that were checked.
void put_coverage(Row& row, std::span<const CoverageInput> coverage, std::int64_t now_us);

}  // namespace tento::host::memory
