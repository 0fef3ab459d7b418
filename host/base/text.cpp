// SPDX-License-Identifier: Apache-2.0
// Cleaning foreign text; UTF-8 is judged by simdjson.
#include "host/base/text.hpp"

#include <simdjson.h>

#include <charconv>

namespace tento::host {
namespace {

// Bytes of the UTF-8 character at the front; 0 when there is none.
std::size_t character(std::string_view text) {
  const auto lead = static_cast<unsigned char>(text[0]);
  if (lead < 0x80) return 1;
  const std::size_t size = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  return text.size() >= size && simdjson::validate_utf8(text.data(), size) ? size : 0;
}

void append_hex(std::string& out, unsigned code, unsigned digits) {
  static constexpr char digits_of[] = "0123456789abcdef";
  while (digits > 0) out += digits_of[(code >> (4 * --digits)) & 15];
}

// Of a character of at most three bytes.
unsigned code_of(std::string_view text) {
  const auto byte = [&](std::size_t at) { return static_cast<unsigned>(static_cast<unsigned char>(text[at])); };
  if (byte(0) < 0x80) return byte(0);
  if (byte(0) < 0xe0) return (byte(0) & 0x1f) << 6 | (byte(1) & 0x3f);
  return (byte(0) & 0x0f) << 12 | (byte(1) & 0x3f) << 6 | (byte(2) & 0x3f);
}

}  // namespace

std::size_t control_at_front(std::string_view text) {
  const auto lead = static_cast<unsigned char>(text[0]);
  if (lead < 0x20 || lead == 0x7f) return 1;
  if (lead == 0xc2 && text.size() > 1 && static_cast<unsigned char>(text[1]) < 0xa0) return 2;
  if (lead != 0xe2 || text.size() < 3) return 0;
  const unsigned code = code_of(text);
  const bool control = (code >= 0x2028 && code <= 0x202e) || (code >= 0x2066 && code <= 0x2069);
  return control ? 3 : 0;
}

std::string control_in_letters(std::string_view control) {
  std::string out = "\\u";
  append_hex(out, code_of(control), 4);
  return out;
}

std::string plain(std::string_view text, std::size_t most) {
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    if (out.size() >= most) {
      out += "...";
      break;
    }
    const auto rest = text.substr(at);
    const std::size_t size = character(rest);
    if (size == 0) {
      out += '?';
    } else if (control_at_front(rest) == 1) {
      out += "\\x";
      append_hex(out, code_of(rest), 2);
    } else if (control_at_front(rest) > 1) {
      out += control_in_letters(rest.substr(0, size));
    } else {
      out.append(rest.substr(0, size));
    }
    at += size == 0 ? 1 : size;
  }
  return out;
}

std::string quote(std::string_view text, std::size_t most) {
  return "`" + plain(text, most) + "`";
}

std::optional<std::int64_t> parse_seconds(std::string_view text) {
  std::int64_t unit = 1;
  if (text.ends_with('s'))
    text.remove_suffix(1);
  else if (text.ends_with('m'))
    unit = 60, text.remove_suffix(1);
  else if (text.ends_with('h'))
    unit = 3600, text.remove_suffix(1);
  else if (text.ends_with('d'))
    unit = 86'400, text.remove_suffix(1);
  std::int64_t n = 0;
  const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), n);
  constexpr std::int64_t longest = std::int64_t{3660} * 24 * 3600;
  if (ec != std::errc() || end != text.data() + text.size() || n < 0 || n > longest / unit) return std::nullopt;
  return n * unit;
}

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return out;
}

}  // namespace tento::host
