// SPDX-License-Identifier: Apache-2.0
// One run -> one cell.
#include "host/capability/log_cells.hpp"

#include <algorithm>
#include <string>

#include "host/base/json.hpp"
#include "host/model/run.hpp"
#include "host/store/job_store.hpp"

namespace tento::host {
namespace {

constexpr std::size_t kMostRuns = 1000;

tento_semantic_time instant(std::int64_t unix_us) {
  return SemanticTime(Instant{std::chrono::microseconds{unix_us}}, 0).to_abi();
}

std::string data_of(const RunRecord& run) {
  std::string out = "{\"stage\":";
  append_json_string(out, run.stage);
  out += ",\"status\":";
  append_json_string(out, to_string(run.status));
  const auto number = [&out](std::string_view key, std::uint64_t value) {
    ((out += ",\"") += key) += "\":";
    out += std::to_string(value);
  };
  number("done", run.done);
  number("total", run.total);
  number("added", run.counts.added);
  number("updated", run.counts.updated);
  number("deleted", run.counts.deleted);
  number("unchanged", run.counts.unchanged);
  number("skipped", run.skipped);
  out += ",\"skipped_note\":";
  append_json_string(out, run.skipped_note);
  out += ",\"message\":";
  append_json_string(out, run.message);
  out += ",\"error\":";
  if (run.error) {
    append_json_string(out, run.error->message);
  } else {
    out += "null";
  }
  return out += '}';
}

}  // namespace

Result<void> visit_log_cells(Store& store, const Uuid& row, Moments range, std::uint64_t limit, LogOrder order,
                             const CellVisitor& visit) {
  const std::size_t most = limit == 0 ? kMostRuns : static_cast<std::size_t>(std::min<std::uint64_t>(limit, kMostRuns));
  TENTO_TRY_ASSIGN(auto runs, store.runs().of_row(row, most));
  if (order == LogOrder::oldest_first) std::reverse(runs.begin(), runs.end());
  for (const RunRecord& run : runs) {
    const std::int64_t end_us = run.ended_us == 0 ? run.started_us : std::max(run.ended_us, run.started_us);
    if (!overlaps({run.started_us, end_us}, range)) continue;
    const std::string id = std::to_string(run.id), data = data_of(run);
    CellView cell;
    cell.id = id;
    cell.date = instant(run.started_us);
    if (run.ended_us != 0) cell.end_date = instant(end_us);
    cell.start_us = run.started_us;
    cell.end_us = end_us;
    cell.data = data;
    if (!visit(cell)) break;
  }
  return {};
}

}  // namespace tento::host
