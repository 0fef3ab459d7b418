// SPDX-License-Identifier: Apache-2.0
// Base64 by OpenSSL.
#include "host/deps/base64.hpp"

#include <openssl/evp.h>

namespace tento::host {

std::string base64(std::string_view bytes) {
  std::string out((bytes.size() + 2) / 3 * 4 + 1, '\0');  // it writes a NUL behind
  const int size =
      EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                      reinterpret_cast<const unsigned char*>(bytes.data()), static_cast<int>(bytes.size()));
  out.resize(static_cast<std::size_t>(size));
  return out;
}

}  // namespace tento::host
