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

constexpr std::size_t most_log_runs = 1000;

tento_semantic_time instant(std::int64_t unix_us) {
  return SemanticTime(Instant{std::chrono::microseconds{unix_us}}, 0).to_abi();
}

std::string data_of(const RunRecord& run) {
  std::string out;
  JsonWriter json(out);
  json.begin_object()
      .member("stage", run.stage)
      .member("status", to_string(run.status))
      .member("done", run.done)
      .member("total", run.total)
      .member("added", run.counts.added)
      .member("updated", run.counts.updated)
      .member("deleted", run.counts.deleted)
      .member("unchanged", run.counts.unchanged)
      .member("skipped", run.skipped)
      .member("skipped_note", run.skipped_note)
      .member("message", run.message)
      .key("error");
  if (run.error)
    json.text(run.error->message);
  else
    json.null();
  json.end_object();
  return out;
}

}  // namespace

Result<void> visit_log_cells(Store& store, const Uuid& row, Moments range, std::uint64_t limit, LogOrder order,
                             const CellVisitor& visit) {
  const std::size_t most =
      limit == 0 ? most_log_runs : static_cast<std::size_t>(std::min<std::uint64_t>(limit, most_log_runs));
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
