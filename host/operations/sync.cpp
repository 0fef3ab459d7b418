// SPDX-License-Identifier: Apache-2.0
// row sync: queue the stages of a row, wait, show how far they are.
#include <algorithm>
#include <atomic>
#include <mutex>
#include <set>

#include "host/config/nearest.hpp"
#include "host/operations/describe.hpp"
#include "host/operations/rows.hpp"
#include "host/operations/runs.hpp"

namespace tento::host {
namespace {

constexpr std::int64_t default_timeout_s = 24 * 3600;

// Cancels the runs of a wait from another thread, those that begin later too.
class Interruption {
 public:
  explicit Interruption(Orchestrator& orchestrator) : orchestrator_(orchestrator) {}
  void interrupt() {
    std::set<std::int64_t> running;
    {
      const std::scoped_lock hold(lock_);
      interrupted_ = true;
      running = running_;
    }
    for (const auto run : running) static_cast<void>(orchestrator_.cancel(run));
  }
  void seen(const RunRecord& run) {
    bool cancel = false;
    {
      const std::scoped_lock hold(lock_);
      if (run.status == RunStatus::running)
        cancel = running_.insert(run.id).second && interrupted_;
      else
        running_.erase(run.id);
    }
    if (cancel) static_cast<void>(orchestrator_.cancel(run.id));
  }
  [[nodiscard]] bool interrupted() const {
    const std::scoped_lock hold(lock_);
    return interrupted_;
  }

 private:
  Orchestrator& orchestrator_;
  mutable std::mutex lock_;
  std::set<std::int64_t> running_;
  bool interrupted_ = false;
};

Result<void> check_stage(const Target& target, const std::string& stage) {
  const auto& route = *target.match.route;
  if (route.sync_shape == nullptr) {
    auto e = fail(ErrorCode::unsupported, ErrorClass::config,
                  target.row.lookup_key + " is not synced: its cells are made when they are read")
                 .value();
    e.action = "read it with `tento row get`";
    return fail(std::move(e));
  }
  const auto names = stage_names(route.sync_shape);
  if (stage.empty() || std::find(names.begin(), names.end(), stage) != names.end()) return {};
  std::string all;
  for (const auto& n : names) all += (all.empty() ? "" : ", ") + n;
  return fail(
      usage_error("--stage: \"" + stage + "\" is none of " + all + did_you_mean(stage, names), "use one of " + all));
}

}  // namespace

Result<std::vector<RunRecord>> sync_and_wait(Context& ctx, const Target& target, std::string_view stage,
                                             std::int64_t timeout_ms) {
  TENTO_TRY_ASSIGN(auto* host, ctx.engine.host());
  auto& orchestrator = host->orchestrator();
  TENTO_TRY_ASSIGN(const auto jobs, orchestrator.enqueue(target, stage));
  TENTO_TRY(host->start_syncing());
  const auto interruption = std::make_shared<Interruption>(orchestrator);
  if (ctx.caller.on_interrupt) ctx.caller.on_interrupt([interruption] { interruption->interrupt(); });
  auto runs = orchestrator.wait(jobs, timeout_ms, [&](const RunRecord& run) {
    interruption->seen(run);
    if (ctx.caller.progress)
      ctx.caller.progress({run.stage, run.done, run.total, run.message, run.status != RunStatus::running});
  });
  if (ctx.caller.on_interrupt) ctx.caller.on_interrupt(nullptr);
  if (interruption->interrupted()) {
    auto e = fail(ErrorCode::unspecified, ErrorClass::transient,
                  "interrupted; what was committed is kept, the rest stays queued", std::string(interrupted_tag))
                 .value();
    e.action = "run the command again to go on";
    return fail(std::move(e));
  }
  return runs;
}

std::optional<Error> error_of_runs(const std::vector<RunRecord>& runs) {
  std::size_t well = 0;
  std::optional<Error> first;
  bool part = false;
  for (const auto& run : runs) {
    if (run.status == RunStatus::ok) {
      ++well;
      continue;
    }
    if (run.status == RunStatus::partial) part = true;
    if (!first) {
      first = run.error.value_or(Error{});
      if (!run.error) first->error_class = ErrorClass::transient;
      if (first->message.empty())
        first->message = run.message.empty() ? "ended as " + std::string(to_string(run.status)) : run.message;
      first->message = "stage " + run.stage + ": " + first->message;
    }
  }
  if (first && (part || well > 0)) first->tag = partial_tag;
  return first;
}

Result<Output> row_sync(Context& ctx, const Args& args) {
  TENTO_TRY_ASSIGN(const auto target, resolve_target(ctx, args.text("key"), 0));
  const auto stage = args.text("stage");
  TENTO_TRY(check_stage(target, stage));
  TENTO_TRY_ASSIGN(const auto runs,
                   sync_and_wait(ctx, target, stage, args.integer("timeout").value_or(default_timeout_s) * 1000));
  Output out;
  out.columns = run_columns();
  for (const auto& run : runs) out.records.push_back(run_record(run));
  out.then = error_of_runs(runs);
  return out;
}

}  // namespace tento::host
