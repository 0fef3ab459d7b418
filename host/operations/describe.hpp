// SPDX-License-Identifier: Apache-2.0
// Words for what providers describe: verbs, guards, stages, kinds of credential, settings.
#pragma once

#include <string>
#include <vector>

#include "host/loader/descriptors.hpp"
#include "host/operations/output.hpp"
#include "host/schema/route_table.hpp"

namespace tento::host {

[[nodiscard]] std::vector<std::string> verb_names(std::uint32_t verbs);
[[nodiscard]] std::string_view how_name(tento_auth_how how);
[[nodiscard]] std::string_view setting_type_name(tento_setting_type type);
// `operator`, or `operator (post, delete)` when it does not guard all of the row's verbs.
[[nodiscard]] std::vector<std::string> guard_names(const tento_row& row, std::uint32_t verbs);
[[nodiscard]] std::vector<std::string> stage_names(const tento_sync_shape* shape);
// The settings of an account as a JSON array of {name,type,required,default,help,choices}.
[[nodiscard]] std::string settings_json(const tento_auth* auth);

}  // namespace tento::host
