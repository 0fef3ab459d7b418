// SPDX-License-Identifier: Apache-2.0
// What has to hold for the rows of one provider before they become routes.
#pragma once

#include <deque>
#include <span>
#include <string>
#include <vector>

#include "host/schema/route_table.hpp"

namespace tento::host {

// Descriptors of rows that the host makes itself, with the texts they point to. Addresses are stable.
struct HostRow {
  std::string pattern;
  std::string label;
  tento_row row{};
};

// The routes of one provider, in the order of its descriptors, host-made log rows last.
struct ProviderRoutes {
  std::vector<std::unique_ptr<Route>> routes;
  std::deque<HostRow> host_rows;
};

// Everything that can be said of one provider alone.
[[nodiscard]] Accepted<ProviderRoutes> routes_of(const std::shared_ptr<Provider>& provider,
                                                 std::span<const std::string> guards);

}  // namespace tento::host
