// SPDX-License-Identifier: Apache-2.0
// Pages of other origins that the configuration lets in (WHATWG Fetch, CORS protocol).
#pragma once

#include <string_view>

#include "host/server/exchange.hpp"

namespace tento::host::server {

// A browser asks whether a page may send what it is about to send.
[[nodiscard]] bool is_preflight(const Request& request);
// Yes: what the API takes. Needs no token, since the browser sends none with the question.
[[nodiscard]] Answer preflight(std::string_view origin);
// Lets the page of that origin read the answer, whatever it says.
void share(Answer& answer, std::string_view origin);

}  // namespace tento::host::server
