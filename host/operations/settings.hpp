// SPDX-License-Identifier: Apache-2.0
// Settings of an account as a person writes them, checked against the integration's table.
#pragma once

#include <tento/auth.h>

#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include <tento/sdk/result.hpp>

namespace tento::host {

// From `name=value` texts to the JSON object the provider reads. Unknown names, wrong types, missing required ones,
// values outside pattern or choices are usage errors; so is a secret, which is never an argument. Relative paths are
// taken from `folder`. A list takes several texts of one name, or one separated by commas.
[[nodiscard]] Result<std::string> settings_to_json(std::span<const tento_setting* const> table,
                                                   const std::vector<std::string>& given,
                                                   const std::filesystem::path& folder);

}  // namespace tento::host
