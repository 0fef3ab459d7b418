// SPDX-License-Identifier: Apache-2.0
// The ways to what is not an operation: the front page, the meaning of errors, the API's description, health, metrics.
#pragma once

#include <string_view>
#include <vector>

#include "host/server/route.hpp"

namespace tento::host::server {

[[nodiscard]] std::vector<Route> system_routes();

// The page about an error code.
[[nodiscard]] Answer error_page(std::string_view code);

}  // namespace tento::host::server
