// SPDX-License-Identifier: Apache-2.0
// The keys that an account comes to by the patterns of its integration alone.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "host/model/account.hpp"
#include "host/schema/route_table.hpp"

namespace tento::host {

// The account's row of a pattern; nothing where it is another integration's, or needs further params.
[[nodiscard]] std::optional<std::string> account_key(const Route& route, const AccountRecord& account);
// The keys of an account's rows that need no further param.
[[nodiscard]] std::vector<std::string> account_keys(const RouteTable& table, const AccountRecord& account);

}  // namespace tento::host
