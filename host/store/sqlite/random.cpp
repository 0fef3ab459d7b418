// SPDX-License-Identifier: Apache-2.0
// Random bytes.
#include "host/store/sqlite/random.hpp"

#include <openssl/rand.h>

#include <cstring>

#include "host/store/sqlite/errors.hpp"

namespace tento::host::sqlite {

std::string random_bytes(std::size_t count) {
  std::string out(count, '\0');
  if (RAND_bytes(reinterpret_cast<unsigned char*>(out.data()), static_cast<int>(count)) != 1)
    throw StoreFailure(store_error(ErrorCode::unspecified, ErrorClass::internal,
                                   "OpenSSL gives no random bytes. Repair the installation of OpenSSL 3", "no_random",
                                   "repair OpenSSL"));
  return out;
}

Uuid random_uuid() {
  Uuid id;
  const auto bytes = random_bytes(id.bytes.size());
  std::memcpy(id.bytes.data(), bytes.data(), bytes.size());
  id.bytes[6] = static_cast<std::uint8_t>((id.bytes[6] & 0x0f) | 0x40);
  id.bytes[8] = static_cast<std::uint8_t>((id.bytes[8] & 0x3f) | 0x80);
  return id;
}

}  // namespace tento::host::sqlite
