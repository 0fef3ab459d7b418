// SPDX-License-Identifier: Apache-2.0
// The way to the stream of live events.
#pragma once

#include <vector>

#include "host/server/route.hpp"

namespace tento::host::server {

[[nodiscard]] std::vector<Route> event_routes();

}  // namespace tento::host::server
