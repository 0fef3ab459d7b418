// SPDX-License-Identifier: Apache-2.0
// Step 3: whether the operator lets this file run, decided before any code of it can.
#pragma once

#include <string>

#include "host/loader/provider.hpp"

namespace tento::host {

// By pinned digest and allowed features. A pin for the id has to match; without one it is a matter of `require_pins`.
[[nodiscard]] Accepted<void> check_trust(const NoteData& note, const std::string& sha256, const LoaderOptions& options);

}  // namespace tento::host
