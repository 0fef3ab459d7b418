// SPDX-License-Identifier: Apache-2.0
// Base64 (RFC 4648 section 4).
#pragma once

#include <string>
#include <string_view>

namespace tento::host {

[[nodiscard]] std::string base64(std::string_view bytes);

}  // namespace tento::host
