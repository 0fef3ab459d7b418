// SPDX-License-Identifier: Apache-2.0
// row sync: queue the stages of a row, wait, show how far they are.
#include <algorithm>

#include "host/model/run.hpp"
#include "host/operations/rows.hpp"
#include "host/operations/runs.hpp"

namespace tento::host {
namespace {

constexpr std::int64_t default_sync_timeout_s = 24 * 3600;

}  // namespace

SyncWait sync_wait(const HostContext& ctx, std::int64_t timeout_ms) {
  SyncWait wait;
  wait.timeout_ms = std::min(timeout_ms, ctx.caller.preferred_wait_ms.value_or(timeout_ms));
  wait.on_move = [&caller = ctx.caller](const RunRecord& run, bool own) {
    if (caller.progress)
      caller.progress({own ? run.stage : run.lookup_key + " " + run.stage, run.done, run.total, run.message,
                       run.status != RunStatus::running});
  };
  return wait;
}

namespace {

Output synced(const Caller& caller, const SyncResult& result) {
  Output out;
  out.columns = run_columns().columns();
  for (const auto& run : result.runs) {
    out.records.push_back(run_columns().record(run));
    // Not an error: what could be read is there, and syncing again would bring the same.
    if (run.status == RunStatus::partial && !run.error)
      out.notes.push_back("stage " + run.stage + ": " + kept_out(run));
  }
  for (const auto& run : result.also_ran)
    out.notes.push_back("also ran, queued by reading: " + run.lookup_key + ", stage " + run.stage + ": " +
                        std::string(to_string(run.status)));
  const bool may_go_on = caller.preferred_wait_ms.has_value();
  out.accepted = may_go_on && any_under_way(result.runs);
  out.then = error_of_runs(result.runs, may_go_on);
  return out;
}

}  // namespace

Result<Output> sync_target(HostContext& ctx, const Target& target, std::string_view stage, bool with_queued,
                           std::optional<std::int64_t> timeout_s) {
  const auto timeout_ms = timeout_s.value_or(default_sync_timeout_s) * 1000;
  TENTO_TRY_ASSIGN(
      auto sync, ctx.host.sync_service.sync(target, stage, ctx.caller.actor, with_queued, sync_wait(ctx, timeout_ms)));
  return pending_output<SyncResult>(
      std::move(sync),
      [&caller = ctx.caller](const SyncResult& result) -> Result<Output> { return synced(caller, result); });
}

Result<Output> row_sync(HostContext& ctx, const Args& args) {
  TENTO_TRY_ASSIGN(const auto target, resolve_target(ctx, args.text("key"), 0));
  // What others had queued is no business of a token.
  const bool with_queued = ctx.caller.principal.token.empty();
  return sync_target(ctx, target, args.text("stage"), with_queued, args.integer("timeout"));
}

}  // namespace tento::host
