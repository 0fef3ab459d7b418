// SPDX-License-Identifier: Apache-2.0
// Time zones as people name them.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "host/model/moments.hpp"

namespace tento::host {

// The zones of the database that are most like this text, best first: those whose city it names, then those spelled
// nearly so.
[[nodiscard]] std::vector<std::string> nearest_zones(std::string_view text, std::size_t most = 3);

// The zone an argument names; a usage error that offers the nearest otherwise.
[[nodiscard]] Result<Zone> zone_argument(std::string_view name);

}  // namespace tento::host
