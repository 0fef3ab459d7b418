// SPDX-License-Identifier: Apache-2.0
// Who sends a request: the bearer of a token (RFC 6750), this machine's user over the socket file, or anybody on this
// machine where the configuration opens loopback.
#pragma once

#include <tento/sdk/result.hpp>

#include "host/operations/context.hpp"
#include "host/server/exchange.hpp"
#include "host/server/request_policy.hpp"

namespace tento::host::server {

// auth_required, with `unauthorized` or a tag of Access.
[[nodiscard]] Result<Caller> authenticate(const Directory& directory, Access& access, const Request& request,
                                          const RequestPolicy& policy);

}  // namespace tento::host::server
