// SPDX-License-Identifier: Apache-2.0
// The formats an answer can have, and what they are called.
#pragma once

#include <boost/container/static_vector.hpp>
#include <string_view>

#include "host/operations/operation.hpp"

namespace tento::host {

enum class Media {
  json,      // application/json
  jsonl,     // application/jsonl, also asked for as application/x-ndjson
  csv,       // text/csv
  calendar,  // text/calendar
  wire,      // between a host and its command line; only for those who name it
  text,      // the answer is a text of its own, of the shape's media type
};

struct Format {
  Media media = Media::json;
  std::string_view content_type;  // as the answer's header says it; lives as long as the shape
  friend bool operator==(const Format&, const Format&) = default;
};

inline constexpr std::string_view wire_media_type = "application/vnd.tento.output+jsonl";

// The formats of an answer, preferred ones first.
using Formats = boost::container::static_vector<Format, 6>;
[[nodiscard]] Formats formats_of(const Shape& shape);

}  // namespace tento::host
