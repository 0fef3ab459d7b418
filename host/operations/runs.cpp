// SPDX-License-Identifier: Apache-2.0
// run list, run show: what ran, when, and how it ended; run cancel, run retry.
#include "host/operations/runs.hpp"

#include <map>

#include "host/model/run.hpp"
#include "host/operations/context.hpp"
#include "host/operations/rows.hpp"

namespace tento::host {
namespace {

constexpr std::int64_t default_runs = 50;
constexpr std::int64_t most_runs = 1000;
constexpr Param run_id{.name = "id",
                       .type = ParamType::integer,
                       .help = "number of the run",
                       .positional = true,
                       .required = true,
                       .value_name = "ID"};
// Whether a caller may know of runs: they tell about the row's data.
class VisibleRuns {
 public:
  explicit VisibleRuns(const StoreContext& ctx) : ctx_(ctx) {}

  bool operator()(const RunRecord& run) {
    // Every guard holds for whoever may do everything, whatever is loaded.
    if (allows(ctx_.caller.principal, Scope::admin)) return true;
    const auto [at, fresh] = known_.try_emplace(run.lookup_key, false);
    if (fresh) at->second = readable(run.lookup_key);
    return at->second;
  }

 private:
  bool readable(const std::string& key) {
    const auto viewer = viewer_of(ctx_);
    const auto host = ctx_.parts.open_host();
    return viewer && host && host->row_service.find_readable(*viewer, key);
  }

  const StoreContext& ctx_;
  std::map<std::string, bool, std::less<>> known_;
};

Result<std::vector<RunRecord>> runs_of(StoreContext& ctx, const Args& args) {
  const auto asked = args.integer("limit").value_or(default_runs);
  if (asked < 1 || asked > most_runs)
    return fail(usage_error("{param:limit} must be from 1 to " + std::to_string(most_runs),
                            "name a row to see more of its runs"));
  const auto limit = static_cast<std::size_t>(asked);
  if (!args.has("row")) {
    TENTO_TRY_ASSIGN(const auto owner, ctx.owner());
    return ctx.directory.runs(owner.id, limit, VisibleRuns(ctx));
  }
  TENTO_TRY_ASSIGN(const auto viewer, viewer_of(ctx));
  TENTO_TRY_ASSIGN(const auto host, ctx.parts.open_host());
  TENTO_TRY_ASSIGN(const auto target, host.row_service.find_readable(viewer, args.text("row")));
  return ctx.directory.runs_of_row(target.row.id, limit);
}

Result<Output> list_runs(StoreContext& ctx, const Args& args) {
  TENTO_TRY_ASSIGN(const auto runs, runs_of(ctx, args));
  Output out;
  out.columns = run_columns().columns();
  for (const auto& run : runs) out.records.push_back(run_columns().record(run));
  return out;
}

// A run that the caller may know of.
Result<RunRecord> run_of(const StoreContext& ctx, const Args& args) {
  TENTO_TRY_ASSIGN(const auto owner, ctx.owner());
  return ctx.directory.run(owner.id, *args.integer("id"), VisibleRuns(ctx));
}

Output one_run(const RunRecord& run) {
  Output out;
  out.columns = run_columns().columns();
  out.single = true;
  out.records.push_back(run_columns().record(run));
  return out;
}

Result<Output> show_run(StoreContext& ctx, const Args& args) {
  TENTO_TRY_ASSIGN(const auto run, run_of(ctx, args));
  return one_run(run);
}

Result<Output> cancel_run(HostContext& ctx, const Args& args) {
  TENTO_TRY_ASSIGN(const auto run, run_of(ctx, args));
  TENTO_TRY(ctx.host.orchestrator.cancel(run.id));
  TENTO_TRY_ASSIGN(const auto now, ctx.host.store.runs().find(run.id));
  return one_run(now.value_or(run));
}

Result<Output> retry_run(HostContext& ctx, const Args& args) {
  TENTO_TRY_ASSIGN(const auto run, run_of(ctx, args));
  TENTO_TRY_ASSIGN(const auto target, resolve_target(ctx, run.lookup_key, 0));
  return sync_target(ctx, target, run.stage, false, std::nullopt);
}

}  // namespace

const Columns<RunRecord>& run_columns() {
  constexpr auto integer = FieldType::integer;
  constexpr auto time = FieldType::time;
  static const Columns<RunRecord> all{
      {{.name = "id", .type = integer, .nullable = true, .help = "absent while it is queued"},
       [](const RunRecord& run) { return run.id == 0 ? Field() : Field(run.id); }},
      {{.name = "row", .help = "lookup key"}, [](const RunRecord& run) -> Field { return run.lookup_key; }},
      {{.name = "stage"}, [](const RunRecord& run) -> Field { return run.stage; }},
      {{.name = "status", .help = "queued, running, ok, partial, failed, stopped or interrupted"},
       [](const RunRecord& run) -> Field {
         return run.id == 0 ? std::string("queued") : std::string(to_string(run.status));
       }},
      {{.name = "started", .type = time, .nullable = true},
       [](const RunRecord& run) { return time_field(run.started_us); }},
      {{.name = "ended", .type = time, .nullable = true},
       [](const RunRecord& run) { return time_field(run.ended_us); }},
      {{.name = "done", .type = integer, .help = "items so far"},
       [](const RunRecord& run) { return count_field(run.done); }},
      {{.name = "total", .type = integer, .nullable = true, .help = "items expected", .only_in_data = true},
       [](const RunRecord& run) { return run.total == 0 ? Field() : count_field(run.total); }},
      {{.name = "added", .type = integer, .help = "cells"},
       [](const RunRecord& run) { return count_field(run.counts.added); }},
      {{.name = "updated", .type = integer}, [](const RunRecord& run) { return count_field(run.counts.updated); }},
      {{.name = "deleted", .type = integer}, [](const RunRecord& run) { return count_field(run.counts.deleted); }},
      {{.name = "unchanged", .type = integer, .only_in_data = true},
       [](const RunRecord& run) { return count_field(run.counts.unchanged); }},
      {{.name = "skipped",
        .type = integer,
        .help = "records that the provider did not understand and left out; not 0 = `partial`",
        .only_in_data = true},
       [](const RunRecord& run) { return count_field(run.skipped); }},
      {{.name = "skipped_note", .nullable = true, .help = "which ones and why", .only_in_data = true},
       [](const RunRecord& run) { return text_or_absent(run.skipped_note); }},
      {{.name = "message", .nullable = true},
       [](const RunRecord& run) {
         if (run.status == RunStatus::partial && !run.error) return text_or_absent(kept_out(run));
         return text_or_absent(run.error && run.message.empty() ? run.error->message : run.message);
       }},
      {{.name = "attempt", .type = integer, .help = "how often its job was tried by then", .only_in_data = true},
       [](const RunRecord& run) -> Field { return std::int64_t{run.attempt}; }},
      {{.name = "next_try",
        .type = time,
        .nullable = true,
        .help = "of one that failed: when its job is tried again; absent where it is not",
        .only_in_data = true},
       [](const RunRecord& run) { return time_field(run.next_try_us); }},
  };
  return all;
}

std::vector<Operation> run_operations() {
  return {
      {"run",
       "list",
       Scope::read,
       Authority::user,
       {{.name = "row", .help = "only runs of this row", .value_name = "KEY"},
        {.name = "limit", .type = ParamType::integer, .help = "at most so many, newest first (50)", .value_name = "N"}},
       list_runs,
       "list the latest runs, newest first",
       {Method::get, "/api/runs"},
       {.columns = run_columns().columns(), .list = "runs"}},
      {"run",
       "show",
       Scope::read,
       Authority::user,
       {run_id},
       show_run,
       "show one run",
       {Method::get, "/api/runs/{id}"},
       {.columns = run_columns().columns(), .single = true},
       Answers::at_once},
      {"run",
       "cancel",
       Scope::sync,
       Authority::user,
       {run_id},
       cancel_run,
       "stop a run that is under way; what it committed is kept",
       {Method::post, "/api/runs/{id}/cancel"},
       {.columns = run_columns().columns(), .single = true}},
      {"run",
       "retry",
       Scope::sync,
       Authority::user,
       {run_id},
       retry_run,
       "sync the row and stage of a run again, now",
       {Method::post, "/api/runs/{id}/retry"},
       {.columns = run_columns().columns(), .list = "runs"}},
  };
}

}  // namespace tento::host
