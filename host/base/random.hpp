// SPDX-License-Identifier: Apache-2.0
// Randomness that nobody can guess, by OpenSSL. Where it has none, which means that its installation is broken, these
// throw std::runtime_error.
#pragma once

#include <cstddef>
#include <string>

#include <tento/sdk/uuid.hpp>

namespace tento::host {

[[nodiscard]] std::string random_bytes(std::size_t count);
// Random bytes as base64url without padding: 32 bytes become 43 characters. The bytes themselves are wiped.
[[nodiscard]] std::string random_text(std::size_t bytes = 32);
[[nodiscard]] Uuid random_uuid();  // version 4, RFC 9562

}  // namespace tento::host
