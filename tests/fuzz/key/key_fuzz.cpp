// SPDX-License-Identifier: Apache-2.0
// Keys and patterns from any bytes: no crash, one verdict, and a canonical form that is a fixed point.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <tento/sdk/key.hpp>

using namespace tento;

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

// One parameter for each segment, so that the pattern takes whatever the key holds.
Result<Pattern> open_pattern(std::size_t segments) {
  std::string text = ":~any";
  for (std::size_t i = 1; i < segments; ++i) text += ":{p" + std::to_string(i) + "}";
  return Pattern::parse(text);
}

void try_key(std::string_view key) {
  const KeyDefect defect = check_key(key);
  const auto split = split_key(key);
  require(split.has_value() == (defect == KeyDefect::none));
  if (!split) {
    require(!split.error().message.empty() && split.error().message.size() < 512);
    return;
  }
  std::string joined;
  for (const std::string_view segment : *split) {
    joined.append(":").append(segment);
    const auto decoded = percent_decode(segment);
    require(decoded.has_value() && !decoded->empty() && decoded->size() <= TENTO_MAX_PARAM);
    require(percent_decode(percent_encode_param(*decoded)) == *decoded);
  }
  require(joined == key);

  const auto opened = open_pattern(split->size());
  if (!opened) {
    require(split->size() > 400);  // its text alone is longer than a pattern may be
    return;
  }
  const Pattern& pattern = *opened;
  const std::string same_shape = ":~any" + joined.substr(1 + split->front().size());
  const auto params = match_pattern(pattern, same_shape);
  if (!params) {
    require(same_shape.size() > TENTO_MAX_KEY);
    return;
  }
  const auto canonical = pattern.key(*params);
  if (!canonical) {
    require(canonical.error().code == ErrorCode::too_large);
    return;
  }
  require(match_pattern(pattern, *canonical) == *params);
  require(pattern.key(*match_pattern(pattern, *canonical)) == *canonical);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto pattern = Pattern::parse(text)) {
    require(pattern->text() == text);
    // A pattern's own text is a key that it matches: its parameters take `{name}`.
    require(match_pattern(*pattern, text).has_value());
  }
  try_key(text);
  // A pattern and a key in one input, so that matching is reached too.
  if (const std::size_t nul = text.find('\0'); nul != std::string_view::npos) {
    const auto pattern = Pattern::parse(text.substr(0, nul));
    const std::string_view key = text.substr(nul + 1);
    if (pattern) {
      const auto params = match_pattern(*pattern, key);
      if (params) {
        const auto canonical = pattern->key(*params);
        if (canonical) {
          require(match_pattern(*pattern, *canonical) == *params);
        } else {
          require(canonical.error().code == ErrorCode::too_large);
        }
      }
    }
    try_key(key);
  }
  return 0;
}
