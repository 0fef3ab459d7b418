// SPDX-License-Identifier: Apache-2.0
// Widths by the C library's table of characters.
#include "host/cli/display_width.hpp"

#include <wchar.h>

namespace tento::cli {
namespace {

struct Character {
  wchar_t code = 0;
  std::size_t bytes = 1;
};

// The character at the beginning of a text that is not empty; a byte that is no UTF-8 stands for itself.
Character first_of(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = byte(0);
  const std::size_t bytes = lead < 0x80 ? 1 : lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : lead >= 0xC0 ? 2 : 1;
  if (bytes == 1 || bytes > text.size()) return {static_cast<wchar_t>(lead < 0x80 ? lead : 0xFFFD), 1};
  unsigned code = lead & (0xFFU >> (bytes + 1));
  for (std::size_t i = 1; i < bytes; ++i) {
    if ((byte(i) & 0xC0U) != 0x80U) return {static_cast<wchar_t>(0xFFFD), 1};
    code = code << 6U | (byte(i) & 0x3FU);
  }
  return {static_cast<wchar_t>(code), bytes};
}

std::size_t width_of(wchar_t code) {
  const int width = ::wcwidth(code);
  return width < 0 ? 1 : static_cast<std::size_t>(width);
}

}  // namespace

DisplayWidth::DisplayWidth()
    : utf8_(::newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr)), before_(utf8_ == nullptr ? nullptr : ::uselocale(utf8_)) {}

DisplayWidth::~DisplayWidth() {
  if (utf8_ == nullptr) return;
  ::uselocale(before_);
  ::freelocale(utf8_);
}

std::size_t DisplayWidth::of(std::string_view text) const {
  std::size_t columns = 0;
  while (!text.empty()) {
    const auto next = first_of(text);
    columns += width_of(next.code);
    text.remove_prefix(next.bytes);
  }
  return columns;
}

std::string DisplayWidth::cut(std::string text, std::size_t columns) const {
  if (of(text) <= columns) return text;
  std::size_t seen = 0, at = 0;
  while (at < text.size()) {
    const auto next = first_of(std::string_view(text).substr(at));
    if (seen + width_of(next.code) >= columns) break;
    seen += width_of(next.code);
    at += next.bytes;
  }
  // What combines with the last character stays with it.
  while (at > 0 && at < text.size()) {
    const auto next = first_of(std::string_view(text).substr(at));
    if (width_of(next.code) != 0) break;
    at += next.bytes;
  }
  text.resize(at);
  return text + "\u2026";
}

}  // namespace tento::cli
