// SPDX-License-Identifier: Apache-2.0
// Digests, and comparing what an attacker may time; by OpenSSL.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace tento::host {

// SHA-256 (FIPS 180-4), 32 bytes. Throws std::runtime_error where OpenSSL is broken and has none.
[[nodiscard]] std::string sha256(std::string_view bytes);
// The same as 64 lower-case digits.
[[nodiscard]] std::string sha256_hex(std::string_view bytes);
[[nodiscard]] inline std::string sha256_hex(std::span<const std::byte> bytes) {
  return sha256_hex(std::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size()));
}
// Takes as long whatever the texts say; their lengths are no secret.
[[nodiscard]] bool same_text(std::string_view a, std::string_view b) noexcept;

}  // namespace tento::host
