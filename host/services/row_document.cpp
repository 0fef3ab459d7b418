// SPDX-License-Identifier: Apache-2.0
// The parts of a row's document, and their members.
#include "host/services/row_document.hpp"

#include <string_view>
#include <utility>

#include "host/model/time_text.hpp"

namespace tento::host {
std::string_view coverage_state(const CoverageRecord& record, std::int64_t stale_after_s, std::int64_t now_us) {
  if (record.state == TENTO_COVERAGE_FAILED) return "failed";
  if (record.state == TENTO_COVERAGE_STALE || too_old(record, stale_after_s, now_us)) return "stale";
  return record.state == TENTO_COVERAGE_EMPTY ? "empty" : "have";
}

std::string coverage_json(const std::vector<CoverageRecord>& coverage, std::int64_t stale_after_s,
                          std::int64_t now_us) {
  std::string out;
  JsonWriter json(out);
  json.begin_array();
  for (const auto& record : coverage) {
    json.begin_object()
        .member_or_null("from", moment_text(record.span.from_us))
        .member_or_null("to", moment_text(record.span.to_us))
        .member("state", coverage_state(record, stale_after_s, now_us))
        .member_or_null("asked", moment_text(record.asked_us))
        .member_or_null("reason", record.reason)
        .end_object();
  }
  json.end_array();
  return out;
}

std::string freshness_json(const ReadCheck& check) {
  std::string out;
  JsonWriter(out)
      .begin_object()
      .member("state", to_string(check.freshness.state))
      .member("stage", check.stage)
      .member("queued", !check.queued.empty())
      .member_or_null("reason", check.freshness.reason)
      .member_or_null("retry_at", moment_text(check.freshness.retry_at_us))
      .end_object();
  return out;
}

std::string row_json(const Target& target) {
  std::string out;
  const std::string& attributes = target.row.attributes_json;
  JsonWriter(out)
      .begin_object()
      .member("key", target.row.lookup_key)
      .member("id", target.row.id.text())
      .member("pattern", target.match.route->pattern.text())
      .member("zone", target.zone())
      .member("state", to_string(target.state))
      .key("attributes")
      .raw(attributes.empty() ? std::string_view("null") : std::string_view(attributes))
      .end_object();
  return out;
}

RowMembers row_members(std::string coverage, std::string freshness, std::string_view next, std::string row) {
  std::string cursor = "null";
  if (!next.empty()) append_json_string(cursor = {}, next);
  return {{{"coverage", std::move(coverage)},
           {"freshness", std::move(freshness)},
           {"next", std::move(cursor)},
           {"row", std::move(row)}}};
}

}  // namespace tento::host
