// SPDX-License-Identifier: Apache-2.0
// The whole table of routes.
#include <iterator>
#include <vector>

#include "host/server/event_routes.hpp"
#include "host/server/oauth_routes.hpp"
#include "host/server/operation_routes.hpp"
#include "host/server/route.hpp"
#include "host/server/system_routes.hpp"

namespace tento::host::server {

std::span<const Route> routes() {
  static const std::vector<Route> all = [] {
    std::vector<Route> out;
    for (auto family : {system_routes, event_routes, oauth_routes, operation_routes}) {
      auto part = family();
      out.insert(out.end(), std::make_move_iterator(part.begin()), std::make_move_iterator(part.end()));
    }
    return out;
  }();
  return all;
}

}  // namespace tento::host::server
