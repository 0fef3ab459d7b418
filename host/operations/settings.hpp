// SPDX-License-Identifier: Apache-2.0
// Settings of an account as a person writes them, checked against the integration's table.
#pragma once

#include <tento/auth.h>

#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <tento/sdk/result.hpp>

namespace tento::host {

// What paths among the settings are taken from, and where they may lead.
struct PathRule {
  std::filesystem::path folder;                                  // relative ones are taken from it
  std::optional<std::vector<std::filesystem::path>> roots = {};  // they lie in one of these; absent = anywhere
};

// From `name=value` texts to the JSON object the provider reads. Unknown names, wrong types, missing required ones,
// values outside pattern or choices are usage errors; so is a secret, which is never an argument. A path that leads
// elsewhere than the rule lets it, also through a link, is forbidden (tag `path_not_allowed`), whether it is there or
// not. A list takes several texts of one name, or one separated by commas.
[[nodiscard]] Result<std::string> settings_to_json(std::span<const tento_setting* const> table,
                                                   const std::vector<std::string>& given, const PathRule& paths);

}  // namespace tento::host
