// SPDX-License-Identifier: Apache-2.0
// Steps 9 and 10 of what was loaded: one table of all routes, and every interface that they need.
#pragma once

#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "host/app/app_options.hpp"
#include "host/capability/boot_report.hpp"

namespace tento::host {

// How it is in a host that runs already.
struct RunningBefore {
  std::vector<ServingProvider> serving;
  std::vector<ProviderInfo> told;  // what the latest check came to
};

// Logs what nobody was told of before. At the start `running` is null. Else those that serve come first where two
// clash, and stay where their new version does not pass; what lacks an interface is refused, whatever the configuration
// says of a start.
[[nodiscard]] BootReport check_providers(const AppOptions& options, const DepsRegistry& registry,
                                         const LoadReport& loaded, const RunningBefore* running);

// The providers of a table, each once, by id.
[[nodiscard]] std::vector<std::shared_ptr<Provider>> providers_of(const RouteTable& table);
// Those of the report's table, with their files.
[[nodiscard]] std::vector<ServingProvider> serving_of(const BootReport& report);
[[nodiscard]] std::vector<ProviderChange> changes_between(const RunningBefore& before, const RunningBefore& after);

}  // namespace tento::host
