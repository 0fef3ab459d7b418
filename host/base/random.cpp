// SPDX-License-Identifier: Apache-2.0
// Random bytes of OpenSSL.
#include "host/base/random.hpp"

#include <openssl/crypto.h>
#include <openssl/rand.h>

#include <cstring>
#include <stdexcept>

#include "host/base/encoding.hpp"

namespace tento::host {

std::string random_bytes(std::size_t count) {
  std::string out(count, '\0');
  if (RAND_bytes(reinterpret_cast<unsigned char*>(out.data()), static_cast<int>(count)) != 1)
    throw std::runtime_error("OpenSSL gives no random bytes. Repair the installation of OpenSSL 3");
  return out;
}

std::string random_text(std::size_t bytes) {
  auto raw = random_bytes(bytes);
  auto out = base64url(raw);
  OPENSSL_cleanse(raw.data(), raw.size());
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

}  // namespace tento::host
