// SPDX-License-Identifier: Apache-2.0
// Row ids: version 5 UUIDs (RFC 9562) of an owner and a canonical key.
#pragma once

#include <string_view>

#include <tento/sdk/uuid.hpp>

namespace tento::host {

// UUIDv5(TENTO_ROW_NAMESPACE, owner id || canonical key); test vectors are in abi/README.md.
[[nodiscard]] Uuid row_id(const Uuid& owner, std::string_view canonical_key);

}  // namespace tento::host
