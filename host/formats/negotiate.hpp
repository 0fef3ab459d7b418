// SPDX-License-Identifier: Apache-2.0
// Which format an answer takes: by the suffix of the path, else by the header Accept (RFC 9110 section 12.5.1).
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include <tento/sdk/result.hpp>

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
// The tag of the error when there is no acceptable format (406).
inline constexpr std::string_view not_acceptable_tag = "not_acceptable";

// The formats of an answer, preferred ones first.
[[nodiscard]] std::vector<Format> formats_of(const Shape& shape);

// A path without `.json`, `.jsonl`, `.csv` or `.ics` at its end, and what that asks for. Only for paths whose last
// segment is not a param: a param's value may end so, too.
struct SuffixedPath {
  std::string_view path;
  std::optional<Media> media;
};
[[nodiscard]] SuffixedPath split_suffix(std::string_view path);

// `accept`: the values of the header, joined by commas; empty = anything. A suffix wins over it. The error names what
// there is.
[[nodiscard]] Result<Format> choose_format(const Shape& shape, std::string_view accept,
                                           std::optional<Media> suffix = std::nullopt);

}  // namespace tento::host
