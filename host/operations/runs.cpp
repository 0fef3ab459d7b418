// SPDX-License-Identifier: Apache-2.0
// run list, run show: what ran, when, and how it ended.
#include "host/operations/runs.hpp"

#include <algorithm>
#include <map>

#include "host/base/error.hpp"
#include "host/model/run.hpp"
#include "host/operations/context.hpp"
#include "host/operations/rows.hpp"
#include "host/store/job_store.hpp"

namespace tento::host {
namespace {

constexpr std::int64_t default_runs = 50;
// Of the latest so many, those that a caller may see are told.
constexpr std::size_t most_looked_at = 5000;

tl::unexpected<Error> no_run(std::int64_t id) {
  return error(ErrorCode::not_found, ErrorClass::config, "there is no run " + std::to_string(id))
      .remedy("{op:run list} shows the latest runs");
}

// Whether a caller may know of runs: they tell about the row's data.
class Visible {
 public:
  explicit Visible(StoreContext& ctx) : ctx_(ctx) {}

  bool operator()(const RunRecord& run) {
    // Every guard holds for who may do everything, whatever is loaded.
    if (allows(ctx_.caller.principal, Scope::admin)) return true;
    const auto [at, fresh] = known_.try_emplace(run.lookup_key, false);
    if (fresh) at->second = readable(run.lookup_key);
    return at->second;
  }

 private:
  bool readable(const std::string& key) {
    const auto ctx = with_host(ctx_);
    if (!ctx) return false;
    const auto target = resolve_target(*ctx, key, TENTO_VERB_GET);
    return target && ctx->host.dispatcher.check_guards(*target, TENTO_VERB_GET, ctx->caller.actor);
  }

  StoreContext& ctx_;
  std::map<std::string, bool, std::less<>> known_;
};

Result<Output> list_runs(StoreContext& ctx, const Args& args) {
  const auto limit = static_cast<std::size_t>(args.integer("limit").value_or(default_runs));
  Output out;
  out.columns = run_columns().columns();
  std::optional<Uuid> row;
  if (args.has("row")) {
    TENTO_TRY_ASSIGN(const auto with_providers, with_host(ctx));
    TENTO_TRY_ASSIGN(const auto target, resolve_target(with_providers, args.text("row"), TENTO_VERB_GET));
    TENTO_TRY(with_providers.host.dispatcher.check_guards(target, TENTO_VERB_GET, ctx.caller.actor));
    row = target.row.id;
  }
  if (row) {
    TENTO_TRY_ASSIGN(const auto runs, ctx.store.runs().of_row(*row, limit));
    for (const auto& run : runs) out.records.push_back(run_columns().record(run));
    return out;
  }
  TENTO_TRY_ASSIGN(const auto owner, ctx.owner());
  TENTO_TRY_ASSIGN(const auto runs, ctx.store.runs().of_user(owner.id, std::max(limit, most_looked_at)));
  Visible visible(ctx);
  for (const auto& run : runs) {
    if (out.records.size() == limit) break;
    if (visible(run)) out.records.push_back(run_columns().record(run));
  }
  return out;
}

Result<Output> show_run(StoreContext& ctx, const Args& args) {
  const auto id = *args.integer("id");
  TENTO_TRY_ASSIGN(const auto owner, ctx.owner());
  TENTO_TRY_ASSIGN(const auto run, ctx.store.runs().find(id));
  // Another owner's run is as if it did not exist.
  if (!run || run->owner != owner.id || !Visible(ctx)(*run)) return no_run(id);
  Output out;
  out.columns = run_columns().columns();
  out.single = true;
  out.records.push_back(run_columns().record(*run));
  return out;
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
         if (run.status == RunStatus::partial) return text_or_absent(kept_out(run));
         return text_or_absent(run.error && run.message.empty() ? run.error->message : run.message);
       }},
  };
  return all;
}

std::vector<Operation> run_operations() {
  return {
      {"run",
       "list",
       Scope::read,
       {{.name = "row", .help = "only runs of this row", .value_name = "KEY"},
        {.name = "limit", .type = ParamType::integer, .help = "at most so many, newest first (50)", .value_name = "N"}},
       list_runs,
       "list the latest runs, newest first",
       {Method::get, "/api/runs"},
       {.columns = run_columns().columns(), .list = "runs"},
       true},
      {"run",
       "show",
       Scope::read,
       {{.name = "id",
         .type = ParamType::integer,
         .help = "number of the run",
         .positional = true,
         .required = true,
         .value_name = "ID"}},
       show_run,
       "show one run",
       {Method::get, "/api/runs/{id}"},
       {.columns = run_columns().columns(), .single = true},
       true},
  };
}

}  // namespace tento::host
