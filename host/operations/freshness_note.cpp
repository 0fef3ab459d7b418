// SPDX-License-Identifier: Apache-2.0
// Freshness in words.
#include "host/operations/freshness_note.hpp"

#include "host/base/clock.hpp"
#include "host/base/mark.hpp"
#include "host/model/time_text.hpp"

namespace tento::host {
std::optional<std::string> freshness_note(const ReadCheck& check, const std::string& key, bool never_asked) {
  const auto& freshness = check.freshness;
  std::string what;
  switch (freshness.state) {
    case Freshness::fresh:
      if (freshness.reason.empty()) return std::nullopt;
      return "what is shown lacks something: " + freshness.reason;
    case Freshness::stale:
      what = "what is shown is out of date";
      break;
    case Freshness::missing:
      what = never_asked ? "never synced" : "parts of this range were never fetched";
      break;
    case Freshness::failed:
      what = "the last sync failed" + (freshness.reason.empty() ? "" : ": " + freshness.reason);
      break;
  }
  if (!check.queued.empty())
    return what + "; stage " + check.stage + " is queued and runs with the next sync: {op:row sync " + mark_value(key) +
           "}";
  if (freshness.state == Freshness::failed && freshness.retry_at_us > unix_now_us()) {
    return what + "; it may be tried again at " + moment_text(freshness.retry_at_us);
  }
  if (check.freshness.state == Freshness::missing && !freshness.reason.empty()) return what + ": " + freshness.reason;
  // Tried a moment ago.
  return what + "; {op:row sync " + mark_value(key) + "} fetches it";
}

}  // namespace tento::host
