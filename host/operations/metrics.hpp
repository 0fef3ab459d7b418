// SPDX-License-Identifier: Apache-2.0
// The figures of a running host, with what is looked up in its store.
#pragma once

#include <string>

#include "host/operations/context.hpp"

namespace tento::host {

// For `GET /metrics` (metrics_media_type); an error when the engine measures nothing or the store cannot be read.
[[nodiscard]] Result<std::string> metrics_text(Engine& engine);

}  // namespace tento::host
