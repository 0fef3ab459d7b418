// SPDX-License-Identifier: Apache-2.0
// Segment by segment, so that no spelling of a key gets past a prefix.
#include "host/access/key_prefix.hpp"

#include <tento/sdk/key.hpp>

namespace tento::host {

Result<std::string> canonical_prefix(std::string_view text) {
  if (const auto defect = check_key(text); defect != KeyDefect::none) return fail(key_error(defect, text));
  std::string out;
  std::string decoded;
  for (const std::string_view segment : KeySegments(text)) {
    out += ':';
    decoded.clear();
    append_percent_decoded(decoded, segment);
    append_percent_encoded(out, decoded);
  }
  return out;
}

bool covers(std::string_view canonical_prefix, std::string_view canonical_key) {
  return canonical_key.starts_with(canonical_prefix) &&
         (canonical_key.size() == canonical_prefix.size() || canonical_key[canonical_prefix.size()] == ':');
}

}  // namespace tento::host
