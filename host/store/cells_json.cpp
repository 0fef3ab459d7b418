// SPDX-License-Identifier: Apache-2.0
// The writer that ranges go through: one growing buffer, no allocation per cell. Written by hand, since JsonWriter
// looks at each name for escapes and appends piece by piece: it takes four times as long for a cell.
#include "host/store/cells_json.hpp"

#include <algorithm>
#include <array>

#include "host/base/json.hpp"
#include "host/model/version_text.hpp"

namespace tento::host {

namespace {

char* put(char* at, std::string_view text) {
  return std::copy(text.begin(), text.end(), at);
}

// Room for two times of the widest form and what stands around them.
using Frame = std::array<char, 192>;

}  // namespace

void append_cell_json(std::string& out, const CellView& cell) {
  out += "{\"id\":";
  if (cell.id.empty()) {
    out += "null";
  } else {
    append_json_string(out, cell.id);
  }
  Frame frame;
  const auto time = [](char* from, const tento_semantic_time& value) {
    if (value.kind == TENTO_TIME_NONE) return put(from, "null");  // a deletion by id may have none
    *from = '"';
    from = write_semantic_time(from + 1, value);
    *from = '"';
    return from + 1;
  };
  char* at = time(put(frame.data(), ",\"date\":"), cell.date);
  at = time(put(at, ",\"end_date\":"), cell.end_date);
  at = put(at, ",\"data\":");
  out.append(frame.data(), at);
  out += cell.data.empty() ? std::string_view("null") : cell.data;  // a deletion has none
  if (cell.version.empty()) {
    out += ",\"version\":null}";
  } else {
    out += ",\"version\":\"";
    append_version_text(out, cell.version);
    out += "\"}";
  }
}

}  // namespace tento::host
