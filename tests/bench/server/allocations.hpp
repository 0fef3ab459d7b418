// SPDX-License-Identifier: Apache-2.0
// Counts what a program allocates: `malloc` and its like are its own, over those of the C library.
#pragma once

#include <cstdint>

namespace tento::bench {

// Calls of malloc, calloc and realloc so far, of all threads and libraries.
[[nodiscard]] std::uint64_t allocations();

}  // namespace tento::bench
