// SPDX-License-Identifier: Apache-2.0
// The ways to the operations, one a binding of the table of operations.
#pragma once

#include <vector>

#include "host/server/route.hpp"

namespace tento::host::server {

[[nodiscard]] std::vector<Route> operation_routes();

}  // namespace tento::host::server
