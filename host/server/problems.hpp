// SPDX-License-Identifier: Apache-2.0
// Errors as answers: a status and a problem document (RFC 9457).
#pragma once

#include <string_view>

#include <tento/sdk/result.hpp>

#include "host/server/exchange.hpp"

namespace tento::host::server {

// `title` says what was being done. An instance is the path that was asked for.
[[nodiscard]] Answer problem(const Error& error, std::string_view title, std::string_view instance = {});
// Of a tag of the registry, which has the status and the class.
[[nodiscard]] Answer problem(std::string_view tag, std::string_view title, std::string_view detail,
                             std::string_view remedy);

}  // namespace tento::host::server
