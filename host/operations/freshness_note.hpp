// SPDX-License-Identifier: Apache-2.0
// One line for people about how fresh what they are shown is.
#pragma once

#include <optional>
#include <string>

#include "host/sync/orchestrator.hpp"

namespace tento::host {

// What is stored, and what happens about it; none when it is fresh. `never_asked`: there is no coverage at all.
[[nodiscard]] std::optional<std::string> freshness_note(const ReadCheck& check, const std::string& key,
                                                        bool never_asked);

}  // namespace tento::host
