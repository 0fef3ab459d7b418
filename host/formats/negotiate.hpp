// SPDX-License-Identifier: Apache-2.0
// Which format an answer takes: by the suffix of the path, else by the header Accept (RFC 9110 section 12.5.1).
#pragma once

#include <optional>
#include <string_view>

#include <tento/sdk/result.hpp>

#include "host/operations/media.hpp"
#include "host/operations/operation.hpp"

namespace tento::host {

// The tag of the error when there is no acceptable format (406).
inline constexpr std::string_view not_acceptable_tag = "not_acceptable";

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
