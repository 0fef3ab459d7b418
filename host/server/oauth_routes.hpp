// SPDX-License-Identifier: Apache-2.0
// The pages that people see while they connect an account, the same for every provider: the way to the service, and
// what came of it.
#pragma once

#include <vector>

#include "host/server/route.hpp"

namespace tento::host::server {

// /oauth/start and /oauth/callback. No token is asked for: the link's ticket, the state and the browser's cookie are
// the right to be there.
[[nodiscard]] std::vector<Route> oauth_routes();

}  // namespace tento::host::server
