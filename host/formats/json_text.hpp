// SPDX-License-Identifier: Apache-2.0
// Values of records as JSON text.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "host/operations/output.hpp"

namespace tento::host {

// Appends a text as a JSON string; bytes that are no UTF-8 are replaced, since JSON has no place for them.
void append_json_text(std::string& out, std::string_view text);
// Appends JSON as it is, but on one line: between its tokens line ends are spaces.
void append_json_line(std::string& out, std::string_view json);

// Appends a value. Usable with std::visit.
struct AppendJson {
  std::string& out;
  bool one_line = false;
  void operator()(std::monostate) const { out += "null"; }
  void operator()(bool b) const { out += b ? "true" : "false"; }
  void operator()(std::int64_t n) const { out += std::to_string(n); }
  void operator()(std::string_view text) const { append_json_text(out, text); }
  void operator()(JsonView json) const;
  void operator()(std::span<const std::string> list) const;
};

}  // namespace tento::host
