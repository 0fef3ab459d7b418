// SPDX-License-Identifier: Apache-2.0
// Moments of the past, out of cursors.
#include <tento/sdk/looked_at.hpp>

namespace tento {

std::string look_text(Instant at) {
  std::string text = SemanticTime(Instant(std::chrono::floor<std::chrono::seconds>(at))).text();
  text.resize(text.size() - 6);  // +00:00
  return text + "Z";
}

std::optional<Instant> looked_at(std::string_view text, Instant now, std::chrono::seconds skew) {
  const auto time = SemanticTime::parse(text);
  if (!time || !time->is_instant() || *time->instant() > now + skew) return std::nullopt;
  return time->instant();
}

}  // namespace tento
