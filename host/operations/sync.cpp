// SPDX-License-Identifier: Apache-2.0
// row sync: queue the stages of a row, wait, show how far they are.
#include <algorithm>
#include <atomic>
#include <chrono>

#include "host/base/error.hpp"
#include "host/model/run.hpp"
#include "host/operations/rows.hpp"
#include "host/operations/runs.hpp"
#include "host/store/job_store.hpp"

namespace tento::host {
namespace {

constexpr std::int64_t default_timeout_s = 24 * 3600;
// How much longer a sync may take for the sake of what readers had queued; what is not done by then goes on later.
constexpr std::int64_t most_for_readers_ms = 30'000;

// Ends a wait from another thread, and with it the jobs that nobody else asked for.
class Interruption {
 public:
  Interruption(Orchestrator& orchestrator, std::vector<JobRecord> jobs)
      : orchestrator_(orchestrator), jobs_(std::move(jobs)) {}
  void interrupt() {
    if (!interrupted_.exchange(true)) orchestrator_.withdraw(jobs_);
  }
  [[nodiscard]] const std::atomic<bool>& interrupted() const { return interrupted_; }

 private:
  Orchestrator& orchestrator_;
  const std::vector<JobRecord> jobs_;
  std::atomic<bool> interrupted_{false};
};

// What ran beside the wanted stages: jobs that readers had queued, of whatever row.
struct AlsoRan {
  std::vector<JobRecord> jobs;
  std::vector<RunRecord> runs;
};

// Not those that ran already and were cut short: one that is stuck would keep every later sync.
Result<std::vector<JobRecord>> queued_by_readers(Store& store) {
  constexpr std::size_t page = 1000;
  std::vector<JobRecord> out;
  for (std::int64_t after = 0;;) {
    TENTO_TRY_ASSIGN(const auto jobs, store.jobs().queued(after, page, TENTO_STAGE_VIEWPORT));
    for (const auto& job : jobs) {
      TENTO_TRY_ASSIGN(const auto run, store.runs().of_job(job.row, job.id));
      if (!run) out.push_back(job);
    }
    if (jobs.size() < page) return out;
    after = jobs.back().id;
  }
}

// Queues, starts the workers, waits for the wanted jobs and then, for a while, for those of `also`.
Result<std::vector<RunRecord>> run_jobs(HostContext& ctx, const Target& target, std::string_view stage,
                                        std::int64_t timeout_ms, AlsoRan* also) {
  using SteadyClock = std::chrono::steady_clock;
  timeout_ms = std::min(timeout_ms, ctx.caller.patience_ms.value_or(timeout_ms));
  const auto end = SteadyClock::now() + std::chrono::milliseconds(timeout_ms);
  auto& orchestrator = ctx.host.orchestrator;
  TENTO_TRY_ASSIGN(const auto jobs, orchestrator.enqueue(target, stage));
  if (also != nullptr) {
    std::erase_if(also->jobs, [&jobs](const JobRecord& job) {
      return std::any_of(jobs.begin(), jobs.end(), [&job](const JobRecord& own) { return own.id == job.id; });
    });
  }
  TENTO_TRY(start_syncing(ctx.host));
  const auto interruption = std::make_shared<Interruption>(orchestrator, jobs);
  if (ctx.caller.on_interrupt) ctx.caller.on_interrupt([interruption] { interruption->interrupt(); });
  const auto watch = [&](bool own) {
    return [&ctx, own](const RunRecord& run) {
      if (ctx.caller.progress)
        ctx.caller.progress({own ? run.stage : run.lookup_key + " " + run.stage, run.done, run.total, run.message,
                             run.status != RunStatus::running});
    };
  };
  auto runs = orchestrator.wait(jobs, timeout_ms, watch(true), &interruption->interrupted());
  if (runs && also != nullptr && !also->jobs.empty() && !interruption->interrupted()) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(end - SteadyClock::now()).count();
    TENTO_TRY_ASSIGN(also->runs, orchestrator.wait(also->jobs, std::clamp<std::int64_t>(left, 0, most_for_readers_ms),
                                                   watch(false), &interruption->interrupted()));
  }
  if (ctx.caller.on_interrupt) ctx.caller.on_interrupt(nullptr);
  if (interruption->interrupted()) {
    return error(ErrorCode::unspecified, ErrorClass::transient, "interrupted; what was committed is kept")
        .tag(std::string(interrupted_tag))
        .remedy("run the command again to go on");
  }
  return runs;
}

}  // namespace

Result<std::vector<RunRecord>> sync_and_wait(HostContext& ctx, const Target& target, std::string_view stage,
                                             std::int64_t timeout_ms) {
  return run_jobs(ctx, target, stage, timeout_ms, nullptr);
}

bool is_under_way(const RunRecord& run) {
  return run.id == 0 || run.status == RunStatus::running;
}

std::optional<Error> error_of_runs(const Context& ctx, const std::vector<RunRecord>& runs) {
  std::size_t well = 0;
  std::optional<Error> first;
  for (const auto& run : runs) {
    // Who did not want to wait is told that it goes on, not that it failed.
    if (ctx.caller.patience_ms && is_under_way(run)) continue;
    if (ended_well(run.status)) {
      ++well;
      continue;
    }
    if (!first) {
      first = run.error.value_or(Error{});
      if (!run.error) first->error_class = ErrorClass::transient;
      if (first->message.empty())
        first->message = run.message.empty() ? "ended as " + std::string(to_string(run.status)) : run.message;
      first->message = "stage " + run.stage + ": " + first->message;
    }
  }
  if (first && well > 0) first->tag = partial_tag;
  return first;
}

Result<Output> row_sync(HostContext& ctx, const Args& args) {
  TENTO_TRY_ASSIGN(const auto target, resolve_target(ctx, args.text("key"), 0));
  const auto stage = args.text("stage");
  // The jobs run as the host's own: whether this caller may ask for them is decided here.
  TENTO_TRY(ctx.host.dispatcher.check_guards(target, TENTO_VERB_GET, ctx.caller.actor));
  AlsoRan also;
  // What others had queued is no business of a token.
  if (ctx.caller.principal.token.empty()) {
    TENTO_TRY_ASSIGN(also.jobs, queued_by_readers(ctx.host.store));
  }
  TENTO_TRY_ASSIGN(const auto runs,
                   run_jobs(ctx, target, stage, args.integer("timeout").value_or(default_timeout_s) * 1000, &also));
  Output out;
  out.columns = run_columns().columns();
  for (const auto& run : runs) {
    out.records.push_back(run_columns().record(run));
    // Not an error: what could be read is there, and syncing again would bring the same.
    if (run.status == RunStatus::partial) out.notes.push_back("stage " + run.stage + ": " + kept_out(run));
  }
  out.accepted = ctx.caller.patience_ms && std::any_of(runs.begin(), runs.end(), is_under_way);
  for (const auto& run : also.runs) {
    if (is_under_way(run)) continue;  // time ran out: it stays queued
    out.notes.push_back("also ran, queued by reading: " + run.lookup_key + ", stage " + run.stage + ": " +
                        std::string(to_string(run.status)));
  }
  out.then = error_of_runs(ctx, runs);
  return out;
}

}  // namespace tento::host
