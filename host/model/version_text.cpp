// SPDX-License-Identifier: Apache-2.0
// Escaping of versions, by percent as in URLs.
#include "host/model/version_text.hpp"

#include <algorithm>

#include "host/base/encoding.hpp"

namespace tento::host {
namespace {

bool stands(char c) {
  return c > 0x20 && c < 0x7F && c != '"' && c != '%' && c != '*' && c != ',' && c != '\\';
}

int value_of(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

void append_version_text(std::string& out, std::string_view version) {
  if (std::all_of(version.begin(), version.end(), stands)) {
    out += version;
    return;
  }
  for (const char c : version) {
    if (stands(c))
      out += c;
    else
      append_percent(out, c);
  }
}

std::string version_text(std::string_view version) {
  std::string out;
  append_version_text(out, version);
  return out;
}

Result<std::string> version_of_text(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i];
      continue;
    }
    const int high = i + 2 < text.size() ? value_of(text[i + 1]) : -1;
    const int low = i + 2 < text.size() ? value_of(text[i + 2]) : -1;
    if (high < 0 || low < 0)
      return fail(ErrorCode::invalid_argument, ErrorClass::config, "the version has a % without two hex digits",
                  "bad_version");
    out += static_cast<char>(high * 16 + low);
    i += 2;
  }
  return out;
}

}  // namespace tento::host
