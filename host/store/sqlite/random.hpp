// SPDX-License-Identifier: Apache-2.0
// Random bytes of OpenSSL. Failures throw StoreFailure.
#pragma once

#include <cstddef>
#include <string>

#include <tento/sdk/uuid.hpp>

namespace tento::host::sqlite {

[[nodiscard]] std::string random_bytes(std::size_t count);
[[nodiscard]] Uuid random_uuid();  // version 4, RFC 9562

}  // namespace tento::host::sqlite
