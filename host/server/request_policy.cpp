// SPDX-License-Identifier: Apache-2.0
// Host and Origin.
#include "host/server/request_policy.hpp"

#include <algorithm>

#include "host/base/text.hpp"
#include "host/server/host_names.hpp"
#include "host/server/problems.hpp"

namespace tento::host::server {
namespace {

bool contains(const std::vector<std::string>& list, std::string_view what) {
  return std::find(list.begin(), list.end(), what) != list.end();
}

}  // namespace

std::optional<Answer> RequestPolicy::refusal(const Request& request, bool any_address) const {
  if (request.peer().local) return std::nullopt;
  const auto host = request.host();
  const auto origin = request.header("Origin");
  if (any_address && origin.empty() && (host.empty() || is_address(host))) return std::nullopt;
  if (!contains(hosts, host) && !contains(hosts, plain_host(host))) return unknown_host(host, public_url);
  if (!origin.empty() && !contains(origins, lower(origin)) && !shares_with(origin))
    return problem("foreign_origin", "request", "pages of " + quote(origin) + " may not use this server",
                   "add it to server.cors_origins in tento.toml if it may");
  return std::nullopt;
}

bool RequestPolicy::shares_with(std::string_view origin) const {
  return !origin.empty() && contains(cors, lower(origin));
}

}  // namespace tento::host::server
