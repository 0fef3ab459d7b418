// SPDX-License-Identifier: Apache-2.0
// Parts of a column's JSON as texts.
#pragma once

#include <simdjson.h>

#include <string>
#include <string_view>

namespace tento::host {

// A text as it is, null as nothing, all else as JSON.
inline std::string text_of(simdjson::dom::element element) {
  std::string_view text;
  if (element.get(text) == simdjson::SUCCESS) return std::string(text);
  if (element.is_null()) return {};
  return simdjson::minify(element);
}

}  // namespace tento::host
