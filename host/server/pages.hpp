// SPDX-License-Identifier: Apache-2.0
// The pages that are no operation: the front page, what an error means, the API's description, plain words.
#pragma once

#include <string>
#include <string_view>

#include "host/operations/context.hpp"
#include "host/server/page.hpp"

namespace tento::host::server {

// Providers and row patterns, as one plain page; nothing of an owner's.
[[nodiscard]] Answer front_page(Engine& engine);
[[nodiscard]] Answer openapi_page(std::string_view public_url);
// In the text format of Prometheus, for who may read.
[[nodiscard]] Answer metrics_page(Engine& engine, const Caller& caller);
[[nodiscard]] Answer error_page(std::string_view code);

}  // namespace tento::host::server
