// SPDX-License-Identifier: Apache-2.0
// Escapes of marks.
#include "host/base/mark.hpp"

namespace tento::host {

std::string mark_value(std::string_view text) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  constexpr std::string_view escaped = " {}%=";
  std::string out;
  for (const char c : text) {
    if (escaped.find(c) == std::string_view::npos) {
      out += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    ((out += '%') += digits[byte >> 4U]) += digits[byte & 15U];
  }
  return out;
}

}  // namespace tento::host
