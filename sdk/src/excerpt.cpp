// SPDX-License-Identifier: Apache-2.0
// Places in texts.
#include <tento/sdk/excerpt.hpp>

#include <algorithm>

#include "digits.hpp"

namespace tento {
namespace {

// Bytes that the character at the beginning of `text` takes; 0 when it is not one.
std::size_t first_character_size(std::string_view text) noexcept {
  const auto byte = [text](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = byte(0);
  if (first < 0x80) return 1;
  const std::size_t size = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || first > 0xf4 || text.size() < size) return 0;
  for (std::size_t i = 1; i < size; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return 0;
  }
  // Overlong forms, surrogates, and what is above U+10FFFF.
  if ((first == 0xe0 && byte(1) < 0xa0) || (first == 0xed && byte(1) > 0x9f)) return 0;
  if ((first == 0xf0 && byte(1) < 0x90) || (first == 0xf4 && byte(1) > 0x8f)) return 0;
  return size;
}

}  // namespace

std::string place_in(std::string_view text, std::size_t offset) {
  constexpr std::size_t bytes_before = 24, bytes_after = 16;
  offset = std::min(offset, text.size());
  const std::size_t from = offset > bytes_before ? offset - bytes_before : 0;
  std::string out = "at byte " + std::to_string(offset);
  const std::string_view before = text.substr(from, offset - from), behind = text.substr(offset, bytes_after);
  if (before.empty() && behind.empty()) return out + ", since it is empty";
  if (before.empty()) return out + ", before " + quoted(behind);
  if (behind.empty()) return out + ", after " + quoted(before) + ", where it ends";
  return out + ", between " + quoted(before) + " and " + quoted(behind);
}

std::size_t first_not_utf8(std::string_view text) noexcept {
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t size = first_character_size(text.substr(at));
    if (size == 0) return at;
    at += size;
  }
  return std::string_view::npos;
}

}  // namespace tento
