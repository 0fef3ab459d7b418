// SPDX-License-Identifier: Apache-2.0
// For whom guards hold: what the configuration says of them, then what the program around the host says.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "host/app/app_options.hpp"
#include "host/store/user_store.hpp"

namespace tento::host {

// The guards that somebody says something of; `operator`, which every host knows, need not be among them.
[[nodiscard]] std::vector<std::string> known_guards(const AppOptions& options);

// See DispatcherOptions::guard. The users outlive it.
[[nodiscard]] std::function<bool(std::string_view guard, const UserRecord& owner, const ActorInfo& actor)> guard_of(
    const AppOptions& options, UserStore& users);

}  // namespace tento::host
