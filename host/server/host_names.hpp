// SPDX-License-Identifier: Apache-2.0
// What requests call the server (RFC 9110, 7.2): forms of one name, and who is told which names there are.
#pragma once

#include <string>
#include <string_view>

#include "host/server/exchange.hpp"

namespace tento::host::server {

// The name in small letters, without the dot that ends a full name, an IPv6 address in its shortest form. The port
// stays as it is.
[[nodiscard]] std::string plain_host(std::string_view host);
// Whether it is an IP address, with a port or without, and no name.
[[nodiscard]] bool is_address(std::string_view host);

// 421, with the setting that lets the name in.
[[nodiscard]] Answer unknown_host(std::string_view host, std::string_view public_url);

}  // namespace tento::host::server
