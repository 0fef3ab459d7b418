// SPDX-License-Identifier: Apache-2.0
// Texts of a fixed size: cut at characters (UTF-8, RFC 3629), cleaned when they are read.
#include <tento/sdk/fixed_text.hpp>

#include <algorithm>
#include <cstring>

namespace tento {
namespace {

// Bytes of the character that begins at `at`; 0 when there is none.
std::size_t character_size(std::string_view text, std::size_t at) noexcept {
  const auto byte = [text](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = byte(at);
  if (lead < 0x80) return 1;
  const std::size_t size = lead >= 0xc2 && lead <= 0xdf   ? 2
                           : lead >= 0xe0 && lead <= 0xef ? 3
                           : lead >= 0xf0 && lead <= 0xf4 ? 4
                                                          : 0;
  if (size == 0 || text.size() - at < size) return 0;
  for (std::size_t i = 1; i < size; ++i) {
    if ((byte(at + i) & 0xc0) != 0x80) return 0;
  }
  const unsigned char second = byte(at + 1);
  const bool overlong = (lead == 0xe0 && second < 0xa0) || (lead == 0xf0 && second < 0x90);
  const bool beyond = (lead == 0xed && second > 0x9f) || (lead == 0xf4 && second > 0x8f);
  return overlong || beyond ? 0 : size;
}

}  // namespace

std::string clean_line(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t size = character_size(text, at);
    const auto first = static_cast<unsigned char>(text[at]);
    if (size == 0) {
      out += '?';
    } else if (first < 0x20 || first == 0x7f) {
      out += ' ';
    } else {
      out.append(text.substr(at, size));
    }
    at += std::max<std::size_t>(size, 1);
  }
  return out;
}

std::string_view cut_text(std::string_view text, std::size_t size) noexcept {
  if (text.size() <= size) return text;
  while (size > 0 && (static_cast<unsigned char>(text[size]) & 0xc0) == 0x80) --size;
  return text.substr(0, size);
}

void detail::write_fixed(char* out, std::size_t size, std::string_view text) noexcept {
  text = cut_text(text.substr(0, text.find('\0')), size - 1);
  text.copy(out, text.size());
  std::memset(out + text.size(), 0, size - text.size());
}

std::string detail::read_fixed(const char* text, std::size_t size) {
  const std::string_view whole(text, strnlen(text, size));
  std::string out;
  for (std::size_t at = 0; at < whole.size();) {
    const std::size_t bytes = character_size(whole, at);
    // A text that fills its array may have been cut in the middle of its last character.
    if (bytes == 0 && whole.size() >= size - 1 && size - at < 5) break;
    if (bytes == 0) {
      out += '?';
    } else {
      out.append(whole.substr(at, bytes));
    }
    at += std::max<std::size_t>(bytes, 1);
  }
  return out;
}

}  // namespace tento
