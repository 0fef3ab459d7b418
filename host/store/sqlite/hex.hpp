// SPDX-License-Identifier: Apache-2.0
// Bytes in JSON lines.
#pragma once

#include <string>
#include <string_view>

namespace tento::host::sqlite {

// Appends `"0a1b"`.
inline void append_hex(std::string& out, std::string_view bytes) {
  static constexpr char digits[] = "0123456789abcdef";
  out += '"';
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    out += digits[byte >> 4];
    out += digits[byte & 15];
  }
  out += '"';
}

}  // namespace tento::host::sqlite
