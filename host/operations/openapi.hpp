// SPDX-License-Identifier: Apache-2.0
// The API as an OpenAPI 3.1 document, made from the table of operations.
#pragma once

#include <string>
#include <string_view>

namespace tento::host {

// The document's text; the same for the same table. `server_url`: where the API is; `/` = where the document is.
[[nodiscard]] std::string openapi_json(std::string_view server_url);

}  // namespace tento::host
