// SPDX-License-Identifier: Apache-2.0
// Coverage and freshness, as JSON and as a line for people.
#include "host/operations/coverage.hpp"

#include <chrono>

#include "host/base/clock.hpp"
#include "host/base/json.hpp"
#include "host/operations/output.hpp"
#include "host/operations/wording.hpp"

namespace tento::host {
namespace {

void append_moment(std::string& out, std::int64_t us) {
  const auto field = time_field(us);
  if (const auto* text = std::get_if<std::string>(&field))
    append_json_string(out, *text);
  else
    out += "null";
}

// What is too old reads as stale, though it was told as held.
std::string_view state_name(const CoverageRecord& record, std::int64_t stale_after_s) {
  if (record.state == TENTO_COVERAGE_FAILED) return "failed";
  if (record.state == TENTO_COVERAGE_STALE || too_old(record, stale_after_s, unix_now_us())) return "stale";
  return record.state == TENTO_COVERAGE_EMPTY ? "empty" : "have";
}

}  // namespace

std::string coverage_json(const std::vector<CoverageRecord>& coverage, std::int64_t stale_after_s) {
  std::string out = "[";
  for (const auto& c : coverage) {
    if (out.size() > 1) out += ',';
    out += "{\"from\":";
    append_moment(out, c.span.from_us);
    out += ",\"to\":";
    append_moment(out, c.span.to_us);
    out += ",\"state\":";
    append_json_string(out, state_name(c, stale_after_s));
    out += ",\"asked\":";
    append_moment(out, c.asked_us);
    out += ",\"reason\":";
    if (c.reason.empty())
      out += "null";
    else
      append_json_string(out, c.reason);
    out += '}';
  }
  return out + "]";
}

std::string freshness_json(const ReadCheck& check) {
  std::string out = "{\"state\":";
  append_json_string(out, to_string(check.freshness.state));
  out += ",\"stage\":";
  append_json_string(out, check.stage);
  out += ",\"queued\":";
  out += check.queued.empty() ? "false" : "true";
  out += ",\"reason\":";
  if (check.freshness.reason.empty())
    out += "null";
  else
    append_json_string(out, check.freshness.reason);
  out += ",\"retry_at\":";
  append_moment(out, check.freshness.retry_at_us);
  return out + "}";
}

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
    const auto at = time_field(freshness.retry_at_us);
    if (const auto* text = std::get_if<std::string>(&at)) return what + "; it may be tried again at " + *text;
  }
  // Outside of what readers wait for, or tried a moment ago.
  return what + "; {op:row sync " + mark_value(key) + "} fetches it";
}

}  // namespace tento::host
