// SPDX-License-Identifier: Apache-2.0
// "Did you mean": the patterns most like a key that has none. Linear in the patterns; for error texts only.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "host/schema/route_table.hpp"

namespace tento::host {

// At most `most` patterns, the most similar first; empty when nothing is similar.
[[nodiscard]] std::vector<std::string> nearest_patterns(std::span<const Route* const> routes, std::string_view key,
                                                        std::size_t most = 3);

}  // namespace tento::host
