// SPDX-License-Identifier: Apache-2.0
// Small text helpers that the parsers of times and keys share; not part of the SDK's interface.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace tento {

// The number that `text` is: one to `most` decimal digits and nothing else.
[[nodiscard]] constexpr std::optional<unsigned> read_digits(std::string_view text, std::size_t most) noexcept {
  if (text.empty() || text.size() > most) return std::nullopt;
  unsigned out = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    out = out * 10 + static_cast<unsigned>(c - '0');
  }
  return out;
}

// Appends `number` with at least `width` digits.
inline void append_padded(std::string& out, unsigned number, std::size_t width) {
  char buffer[10];
  std::size_t used = 0;
  do {
    buffer[used++] = static_cast<char>('0' + number % 10);
    number /= 10;
  } while (number != 0);
  for (std::size_t i = used; i < width; ++i) out += '0';
  while (used > 0) out += buffer[--used];
}

// `text` for an error message: in backticks, cut at 64 bytes, bytes beyond printable ASCII as \xNN.
[[nodiscard]] inline std::string quoted(std::string_view text) {
  static constexpr char hex_digits[] = "0123456789abcdef";
  std::string out = "`";
  for (const char c : text.substr(0, 64)) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x20 && byte < 0x7f) {
      out += c;
    } else {
      out.append("\\x") += hex_digits[byte >> 4];
      out += hex_digits[byte & 15];
    }
  }
  if (text.size() > 64) out += "...";
  out += '`';
  return out;
}

}  // namespace tento
