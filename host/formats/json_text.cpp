// SPDX-License-Identifier: Apache-2.0
// Values of records as JSON text.
#include "host/formats/json_text.hpp"

#include <simdjson.h>

#include <algorithm>

#include "host/base/json.hpp"
#include "host/base/text.hpp"

namespace tento::host {

// Paths and texts of foreign files may be no UTF-8; JSON has to be.
void append_json_text(std::string& out, std::string_view text) {
  if (simdjson::validate_utf8(text.data(), text.size()))
    append_json_string(out, text);
  else
    append_json_string(out, plain(text, text.size() * 4 + 16));
}

void append_json_line(std::string& out, std::string_view json) {
  const auto begin = static_cast<std::ptrdiff_t>(out.size());
  out += json;
  // Inside of a JSON string a line end is always escaped.
  std::replace_if(
      out.begin() + begin, out.end(), [](char c) { return c == '\n' || c == '\r'; }, ' ');
}

void AppendJson::operator()(JsonView json) const {
  if (json.text.empty())
    out += "null";
  else if (one_line)
    append_json_line(out, json.text);
  else
    out += json.text;
}

void AppendJson::operator()(std::span<const std::string> list) const {
  out += '[';
  for (std::size_t i = 0; i < list.size(); ++i) {
    if (i > 0) out += ',';
    append_json_text(out, list[i]);
  }
  out += ']';
}

}  // namespace tento::host
