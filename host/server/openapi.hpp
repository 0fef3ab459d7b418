// SPDX-License-Identifier: Apache-2.0
// The API as an OpenAPI 3.1 document, made from the table of routes.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "host/server/route.hpp"

namespace tento::host::server {

// The document's text; the same for the same table. `server_url`: where the API is; `/` = where the document is.
[[nodiscard]] std::string openapi_json(std::span<const Route> routes, std::string_view server_url);

}  // namespace tento::host::server
