// SPDX-License-Identifier: Apache-2.0
// Key forms -> a target.
#pragma once

#include <memory>
#include <string_view>

#include <tento/sdk/result.hpp>

#include "host/dispatch/dispatcher.hpp"

namespace tento::host {

// All of resolve() but making a new row's record: the row in the target has an id and a key, and `created_us` 0 when
// the store does not know it yet.
Result<Target> resolve_key(Store& store, std::shared_ptr<const RouteTable> table, const UserRecord& owner,
                           std::string_view key, std::uint32_t verb);

}  // namespace tento::host
