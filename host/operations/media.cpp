// SPDX-License-Identifier: Apache-2.0
// The formats an answer can have.
#include "host/operations/media.hpp"

namespace tento::host {

Formats formats_of(const Shape& shape) {
  constexpr Format json{Media::json, "application/json"}, jsonl{Media::jsonl, "application/jsonl"},
      csv{Media::csv, "text/csv; charset=utf-8"}, calendar{Media::calendar, "text/calendar; charset=utf-8"},
      wire{Media::wire, wire_media_type};
  if (!shape.text.empty()) return {{Media::text, shape.text}, wire};
  Formats all{json, jsonl, csv};
  if (shape.dated) all.push_back(calendar);
  all.push_back(wire);
  return all;
}

}  // namespace tento::host
