// SPDX-License-Identifier: Apache-2.0
// Patterns whose only param is the account.
#include "host/dispatch/account_keys.hpp"

#include <utility>

#include "host/loader/descriptors.hpp"

namespace tento::host {

std::optional<std::string> account_key(const Route& route, const AccountRecord& account) {
  if (route.provider->note().id != account.provider || view(route.integration->id) != account.integration ||
      route.account_param < 0)
    return std::nullopt;
  auto key = route.pattern.key({{std::string(view(route.integration->account_param)), account.auth_id}});
  if (!key) return std::nullopt;
  return std::move(*key);
}

std::vector<std::string> account_keys(const RouteTable& table, const AccountRecord& account) {
  std::vector<std::string> keys;
  for (const auto* route : table.routes())
    if (auto key = account_key(*route, account)) keys.push_back(std::move(*key));
  return keys;
}

}  // namespace tento::host
