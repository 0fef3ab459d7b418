// SPDX-License-Identifier: Apache-2.0
// Condition, write, sync.
#include "host/services/row_writes.hpp"

#include <algorithm>
#include <utility>

#include "host/base/error.hpp"
#include "host/base/json.hpp"
#include "host/loader/descriptors.hpp"
#include "host/model/version_text.hpp"

namespace tento::host {
namespace {

ErrorBuilder precondition_failed(std::string why) {
  return error(ErrorCode::conflict, ErrorClass::config, std::move(why))
      .tag("precondition_failed")
      .remedy("read the cell again, then decide");
}

std::string_view without_blanks(std::string_view part) {
  while (!part.empty() && (part.front() == ' ' || part.front() == '\t')) part.remove_prefix(1);
  while (!part.empty() && (part.back() == ' ' || part.back() == '\t')) part.remove_suffix(1);
  return part;
}

}  // namespace

Result<WriteCondition> parse_write_condition(std::string_view text) {
  WriteCondition out;
  if (without_blanks(text) == "*") {
    out.any = true;
    return out;
  }
  while (!text.empty()) {
    const auto end = text.find(',');
    auto part = without_blanks(text.substr(0, end));
    text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
    if (part.empty() || part.starts_with("W/")) continue;
    if (part.size() >= 2 && part.front() == '"' && part.back() == '"') part = part.substr(1, part.size() - 2);
    TENTO_TRY_ASSIGN(auto version, version_of_text(part));
    if (!version.empty()) out.versions.push_back(std::move(version));
  }
  return out;
}

// The version that the provider is to find. It is the judge of that; the store decides only what it alone is asked.
Result<std::string> RowWrites::expected_version(const Target& target, const RowWrite& write) const {
  const WriteCondition& condition = *write.condition;
  if (!condition.any && condition.versions.size() == 1) return condition.versions.front();
  CellKey key{write.request.cell_id, {}};
  if (write.request.cell_date) key.date = write.request.cell_date->to_abi();
  TENTO_TRY_ASSIGN(const auto known, store_.cells().find(target.row.id, key));
  if (!known) return precondition_failed("the row " + target.row.lookup_key + " has no such cell");
  if (condition.any) return std::string();
  const auto& versions = condition.versions;
  if (std::find(versions.begin(), versions.end(), known->version) == versions.end())
    return precondition_failed("the cell has none of these versions");
  return known->version;
}

Result<RowWritten> RowWrites::write(const Target& target, RowWrite write) {
  if (write.condition) {
    TENTO_TRY_ASSIGN(write.request.expected, expected_version(target, write));
  }
  CallOptions options;
  options.actor = write.actor;
  options.control = write.control;
  auto outcome = calls_.write(target, write.request, options);
  if (!outcome) {
    auto failed = std::move(outcome).error();
    if (!write.request.expected.empty() && failed.code == ErrorCode::conflict) failed.tag = "precondition_failed";
    return fail(std::move(failed));
  }
  RowWritten out;
  out.accepted = outcome->accepted_only;
  out.counts = outcome->counts;
  JsonWriter cells(out.cells_json);
  cells.begin_array();
  for (const auto& cell : outcome->cells_json) cells.raw(cell);
  cells.end_array();
  const auto* shape = target.match.route->sync_shape;
  if (!out.accepted || shape == nullptr) return out;
  // The first stage fetches what became of it.
  TENTO_TRY_ASSIGN(out.sync, sync_.run_stage(target, view(stages(*shape).front()->name), std::move(write.wait)));
  return out;
}

void RowWritten::add_runs(std::vector<RunRecord> ended) {
  runs = std::move(ended);
  for (const auto& run : runs) {
    counts.added += run.counts.added;
    counts.updated += run.counts.updated;
    counts.deleted += run.counts.deleted;
  }
}

}  // namespace tento::host
