// SPDX-License-Identifier: Apache-2.0
// A provider's request, read from the ABI and checked: nothing of it is trusted.
#pragma once

#include <tento/deps.h>

#include <tento/sdk/result.hpp>
#include <tento/sdk/transport.hpp>

#include "host/egress/credential.hpp"

namespace tento::host {

// The request as a value, or why it is refused, naming the part at fault and never its value. `injection` is what the
// host sets itself; `max_wait` is above 0 afterwards.
[[nodiscard]] Result<http::Request> read_request(const tento_http_request* ask, const Injection& injection);

}  // namespace tento::host
