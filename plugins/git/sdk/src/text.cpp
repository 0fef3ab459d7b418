// SPDX-License-Identifier: Apache-2.0
// UTF-8 checked, mended, cut, and made from the encodings that commits are written in.
#include "gitlog/text.hpp"

#include <iconv.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>

namespace gitlog {
namespace {

constexpr std::string_view replacement = "\xEF\xBF\xBD";

// Length of the well-formed character at the beginning of `s`, or 0. RFC 3629, section 4.
std::size_t character(std::string_view s) noexcept {
  const auto byte = [&](std::size_t i) { return i < s.size() ? static_cast<std::uint8_t>(s[i]) : std::uint8_t{0}; };
  const auto tail = [&](std::size_t i) { return (byte(i) & 0xC0U) == 0x80U; };
  const std::uint8_t a = byte(0);
  const std::uint8_t b = byte(1);
  if (a < 0x80) return 1;
  if (a >= 0xC2 && a <= 0xDF) return tail(1) ? 2 : 0;
  if (a >= 0xE0 && a <= 0xEF) {
    const bool second = a == 0xE0 ? b >= 0xA0 && b <= 0xBF : a == 0xED ? b >= 0x80 && b <= 0x9F : tail(1);
    return second && tail(2) ? 3 : 0;
  }
  if (a >= 0xF0 && a <= 0xF4) {
    const bool second = a == 0xF0 ? b >= 0x90 && b <= 0xBF : a == 0xF4 ? b >= 0x80 && b <= 0x8F : tail(1);
    return second && tail(2) && tail(3) ? 4 : 0;
  }
  return 0;
}

// The name comes from the repository, and iconv loads a module by name: only encodings that commits are really written
// in are let through, none of the stateful Chinese ones whose converters had memory errors.
std::optional<std::string> known_encoding(std::string_view name) {
  std::string upper(name);
  std::transform(upper.begin(), upper.end(), upper.begin(),
                 [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; });
  if (upper.starts_with("ISO8859")) upper.insert(3, "-");
  if (upper.starts_with("CP125") && upper.size() == 6) upper.replace(0, 2, "WINDOWS-");
  static constexpr std::array prefixes = {std::string_view("ISO-8859-"), std::string_view("WINDOWS-125")};
  for (const auto prefix : prefixes) {
    const auto rest = std::string_view(upper).substr(std::min(prefix.size(), upper.size()));
    const bool digits = !rest.empty() && rest.size() <= 2 &&
                        std::all_of(rest.begin(), rest.end(), [](char c) { return c >= '0' && c <= '9'; });
    if (upper.starts_with(prefix) && digits) return prefix == "WINDOWS-125" ? "CP125" + std::string(rest) : upper;
  }
  static constexpr std::array<std::string_view, 18> others = {
      "LATIN1", "LATIN-1", "US-ASCII", "ASCII",  "KOI8-R", "KOI8-U",  "CP866",  "SHIFT_JIS", "SHIFT-JIS",
      "SJIS",   "CP932",   "EUC-JP",   "EUC-KR", "GBK",    "GB18030", "GB2312", "BIG5",      "UTF-16LE"};
  if (std::find(others.begin(), others.end(), upper) == others.end()) return std::nullopt;
  if (upper == "LATIN-1") return "LATIN1";
  if (upper == "SHIFT-JIS") return "SHIFT_JIS";
  return upper;
}

std::optional<std::string> convert(std::string_view bytes, const std::string& encoding) {
  const iconv_t converter = iconv_open("UTF-8", encoding.c_str());
  // POSIX has iconv_open fail by this number. NOLINTNEXTLINE(performance-no-int-to-ptr)
  if (converter == reinterpret_cast<iconv_t>(-1)) return std::nullopt;
  std::string out(bytes.size() * 4 + 16, '\0');  // no listed encoding needs more than three bytes a byte
  std::string in(bytes);                         // iconv's interface takes a writable pointer
  char* from = in.data();
  std::size_t left = in.size();
  char* to = out.data();
  std::size_t room = out.size();
  const bool whole = iconv(converter, &from, &left, &to, &room) != static_cast<std::size_t>(-1) && left == 0;
  iconv_close(converter);
  if (!whole) return std::nullopt;
  out.resize(out.size() - room);
  return out;
}

bool names_utf8(std::string_view encoding) {
  static constexpr std::array<std::string_view, 4> names = {"UTF-8", "utf-8", "UTF8", "utf8"};
  return encoding.empty() || std::find(names.begin(), names.end(), encoding) != names.end();
}

}  // namespace

bool is_utf8(std::string_view bytes) noexcept {
  while (!bytes.empty()) {
    const auto length = character(bytes);
    if (length == 0) return false;
    bytes.remove_prefix(length);
  }
  return true;
}

std::string replace_invalid(std::string_view bytes) {
  std::string out;
  out.reserve(bytes.size());
  while (!bytes.empty()) {
    const auto length = character(bytes);
    out += length == 0 ? replacement : bytes.substr(0, length);
    bytes.remove_prefix(length == 0 ? 1 : length);
  }
  return out;
}

std::string to_utf8(std::string_view bytes, std::string_view encoding) {
  if (!names_utf8(encoding)) {
    if (const auto known = known_encoding(encoding)) {
      if (auto text = convert(bytes, *known); text && is_utf8(*text)) return std::move(*text);
    }
  }
  return is_utf8(bytes) ? std::string(bytes) : replace_invalid(bytes);
}

std::string_view clip(std::string_view text, std::size_t limit) noexcept {
  if (text.size() <= limit) return text;
  while (limit > 0 && (static_cast<std::uint8_t>(text[limit]) & 0xC0U) == 0x80U) --limit;
  return text.substr(0, limit);
}

}  // namespace gitlog
