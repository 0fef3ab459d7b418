// SPDX-License-Identifier: Apache-2.0
// What is wrong with an installation: folders, permissions, providers, the store, the vault. Looks alone: nothing is
// made, and nothing sealed.
#pragma once

#include <string>
#include <vector>

#include <tento/sdk/result.hpp>

#include "host/capability/boot_report.hpp"
#include "host/config/config.hpp"

namespace tento::host {

enum class FindingStatus { ok, warn, fail };
[[nodiscard]] std::string_view to_string(FindingStatus status);

struct Finding {
  std::string check;
  FindingStatus status = FindingStatus::ok;
  std::string text;
  std::string remedy = {};
};

// `report`: the providers, or why they could not be looked at. `deep`: all of the store is read: each index, reference
// and rule.
[[nodiscard]] std::vector<Finding> check_installation(const Config& config, const Result<BootReport>& report,
                                                      bool deep);
// What the program is made of.
struct Versions {
  std::string tento;
  std::string abi;    // `1.0`
  std::string store;  // what a store is kept with, and its version
};
[[nodiscard]] Versions versions();

}  // namespace tento::host
