// SPDX-License-Identifier: Apache-2.0
// Cleaning foreign text; UTF-8 is judged by simdjson.
#include "host/base/text.hpp"

#include <simdjson.h>

namespace tento::host {
namespace {

// Bytes of the UTF-8 character at the front; 0 when there is none.
std::size_t character(std::string_view text) {
  const auto lead = static_cast<unsigned char>(text[0]);
  if (lead < 0x80) return 1;
  const std::size_t size = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  return text.size() >= size && simdjson::validate_utf8(text.data(), size) ? size : 0;
}

}  // namespace

std::string plain(std::string_view text, std::size_t most) {
  static constexpr char hex_digits[] = "0123456789abcdef";
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    if (out.size() >= most) {
      out += "...";
      break;
    }
    const auto byte = static_cast<unsigned char>(text[at]);
    const std::size_t size = character(text.substr(at));
    if (size == 0) {
      out += '?';
    } else if (byte < 0x20 || byte == 0x7f) {
      out += "\\x";
      out += hex_digits[byte >> 4];
      out += hex_digits[byte & 15];
    } else {
      out.append(text.substr(at, size));
    }
    at += size == 0 ? 1 : size;
  }
  return out;
}

std::string quote(std::string_view text, std::size_t most) {
  return "`" + plain(text, most) + "`";
}

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return out;
}

}  // namespace tento::host
