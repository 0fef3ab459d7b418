// SPDX-License-Identifier: Apache-2.0
// The pages that people see while they connect an account, the same for every provider: the way to the service, and
// what came of it.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "host/operations/context.hpp"
#include "host/server/exchange.hpp"

namespace tento::host::server {

// Answers /oauth/start and /oauth/callback; nothing for any other path. No token is asked for: the link's ticket, the
// state and the browser's cookie are the right to be there. `base` is where this server is reached.
[[nodiscard]] std::optional<Outcome> oauth_page(Engine& engine, const Request& request, std::string_view base);

}  // namespace tento::host::server
