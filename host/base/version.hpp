// SPDX-License-Identifier: Apache-2.0
// Which version of Tento this is.
#pragma once

#include <string_view>

namespace tento::host {

// The project's version, `1.2.3`, as the build was told.
[[nodiscard]] std::string_view host_version();

}  // namespace tento::host
