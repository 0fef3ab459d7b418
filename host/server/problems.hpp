// SPDX-License-Identifier: Apache-2.0
// Errors as answers: a status and a problem document (RFC 9457).
#pragma once

#include <string_view>

#include <tento/sdk/result.hpp>

#include "host/server/exchange.hpp"

namespace tento::host::server {

[[nodiscard]] unsigned status_of(const Error& error);
// `title` says what was being done. An instance is the path that was asked for.
[[nodiscard]] Answer problem(const Error& error, std::string_view title, std::string_view instance = {});
[[nodiscard]] Answer problem(unsigned status, std::string_view code, std::string_view title, std::string_view detail,
                             std::string_view remedy);

}  // namespace tento::host::server
