// SPDX-License-Identifier: Apache-2.0
// Percent escapes, taken once.
#include "host/server/uri.hpp"

#include <simdjson.h>

#include <algorithm>

#include "host/base/text.hpp"
#include "host/operations/operation.hpp"

namespace tento::host::server {
namespace {

int nibble(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

Result<std::string> percent_decoded(std::string_view text) {
  const auto bad = [&](std::string_view what) {
    return fail(
        usage_error(quote(text) + " " + std::string(what), "escape it once: % and two hex digits a byte of UTF-8"));
  };
  const auto plain = std::min(text.find('%'), text.size());
  std::string out(text.substr(0, plain));
  for (std::size_t i = plain; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i];
      continue;
    }
    if (i + 2 >= text.size() || nibble(text[i + 1]) < 0 || nibble(text[i + 2]) < 0)
      return bad("has a % without two hex digits");
    out += static_cast<char>(nibble(text[i + 1]) * 16 + nibble(text[i + 2]));
    i += 2;
  }
  if (!simdjson::validate_utf8(out.data(), out.size())) return bad("is not valid UTF-8");
  if (out.find('\0') != std::string::npos) return bad("has a NUL in it");
  return out;
}

Result<std::string> key_of_path(std::string_view segment) {
  if (segment.find('%') == std::string_view::npos) return std::string(segment);
  // Whoever escapes a key's colons escapes all of it.
  if (segment.find(':') == std::string_view::npos) return percent_decoded(segment);
  // Clients and proxies also escape what need not be (RFC 3986, 6.2.2.2), each its own part of it. What the key's
  // parser reads alike either way becomes what it is; a colon, a slash and a percent sign may be meant as part of a
  // name. The first character is a colon in any case.
  std::string out;
  for (std::size_t i = 0; i < segment.size(); ++i) {
    const int high = i + 2 < segment.size() ? nibble(segment[i + 1]) : -1;
    const int low = i + 2 < segment.size() ? nibble(segment[i + 2]) : -1;
    const int code = segment[i] == '%' && high >= 0 && low >= 0 ? high * 16 + low : -1;
    const bool kept = code <= 0x20 || code >= 0x7F || code == '%' || code == '/' || (code == ':' && i > 0);
    if (kept) {
      out += segment[i];
      continue;
    }
    out += static_cast<char>(code);
    i += 2;
  }
  return out;
}

}  // namespace tento::host::server
