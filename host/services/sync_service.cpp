// SPDX-License-Identifier: Apache-2.0
// Enqueues, starts the workers, waits.
#include "host/services/sync_service.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <memory>
#include <string>
#include <utility>

#include "host/base/error.hpp"

namespace tento::host {
namespace {

// How much longer a sync may take for the sake of what readers had queued; what is not done by then goes on later.
constexpr std::int64_t most_for_readers_ms = 30'000;

// Ends a wait from another thread, and withdraws the interest in its jobs.
class Cancellation {
 public:
  Cancellation(Orchestrator& orchestrator, std::vector<JobRecord> jobs)
      : orchestrator_(orchestrator), jobs_(std::move(jobs)) {}
  void cancel() {
    if (!cancelled_.exchange(true)) orchestrator_.withdraw(jobs_);
  }
  [[nodiscard]] const std::atomic<bool>& cancelled() const { return cancelled_; }

 private:
  Orchestrator& orchestrator_;
  const std::vector<JobRecord> jobs_;
  std::atomic<bool> cancelled_{false};
};

}  // namespace

SyncService::SyncService(Store& store, Dispatcher& dispatcher, Orchestrator& orchestrator,
                         std::function<Result<void>()> start_workers)
    : store_(store), dispatcher_(dispatcher), orchestrator_(orchestrator), start_workers_(std::move(start_workers)) {}

// Not those that ran already and were cut short: one that is stuck would keep every later sync.
Result<std::vector<JobRecord>> SyncService::queued_by_readers() {
  constexpr std::size_t page = 1000;
  std::vector<JobRecord> out;
  for (JobPosition after;;) {
    TENTO_TRY_ASSIGN(const auto jobs, store_.jobs().queued(after, page, {0, TENTO_STAGE_VIEWPORT}));
    for (const auto& job : jobs) {
      TENTO_TRY_ASSIGN(const auto run, store_.runs().of_job(job.row, job.id));
      if (!run) out.push_back(job);
    }
    if (jobs.size() < page) return out;
    after = queue_position(jobs.back());
  }
}

Result<SyncResult> SyncService::run(const Target& target, std::string_view stage, std::vector<JobRecord> also,
                                    const SyncWait& wait) {
  using SteadyClock = std::chrono::steady_clock;
  const auto end = SteadyClock::now() + std::chrono::milliseconds(wait.timeout_ms);
  TENTO_TRY_ASSIGN(const auto jobs, orchestrator_.enqueue(target, stage));
  std::erase_if(also, [&jobs](const JobRecord& job) {
    return std::any_of(jobs.begin(), jobs.end(), [&job](const JobRecord& own) { return own.id == job.id; });
  });
  TENTO_TRY(start_workers_());
  const auto cancellation = std::make_shared<Cancellation>(orchestrator_, jobs);
  if (wait.lend_cancel) wait.lend_cancel([cancellation] { cancellation->cancel(); });
  const auto watch = [&wait](bool own) {
    return [&wait, own](const RunRecord& run) {
      if (wait.on_move) wait.on_move(run, own);
    };
  };
  SyncResult out;
  auto runs = orchestrator_.wait(jobs, wait.timeout_ms, watch(true), &cancellation->cancelled());
  if (runs && !also.empty() && !cancellation->cancelled()) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(end - SteadyClock::now()).count();
    TENTO_TRY_ASSIGN(out.also_ran, orchestrator_.wait(also, std::clamp<std::int64_t>(left, 0, most_for_readers_ms),
                                                      watch(false), &cancellation->cancelled()));
  }
  if (wait.lend_cancel) wait.lend_cancel(nullptr);
  if (cancellation->cancelled()) {
    return error(ErrorCode::unspecified, ErrorClass::transient, "interrupted; what was committed is kept")
        .tag(std::string(interrupted_tag))
        .remedy("run the command again to go on");
  }
  if (!runs) return fail(std::move(runs).error());
  out.runs = std::move(*runs);
  // Those for which time ran out stay queued.
  std::erase_if(out.also_ran, is_under_way);
  return out;
}

Result<SyncResult> SyncService::sync(const Target& target, std::string_view stage, const ActorInfo& actor,
                                     bool with_queued, const SyncWait& wait) {
  // The jobs run as the host's own: whether this caller may ask for them is decided here.
  TENTO_TRY(dispatcher_.check_guards(target, TENTO_VERB_GET, actor));
  std::vector<JobRecord> also;
  if (with_queued) {
    TENTO_TRY_ASSIGN(also, queued_by_readers());
  }
  return run(target, stage, std::move(also), wait);
}

Result<std::vector<RunRecord>> SyncService::run_stage(const Target& target, std::string_view stage,
                                                      const SyncWait& wait) {
  TENTO_TRY_ASSIGN(auto out, run(target, stage, {}, wait));
  return std::move(out.runs);
}

bool is_under_way(const RunRecord& run) {
  return run.id == 0 || run.status == RunStatus::running;
}

bool any_under_way(const std::vector<RunRecord>& runs) {
  return std::any_of(runs.begin(), runs.end(), is_under_way);
}

std::optional<Error> error_of_runs(const std::vector<RunRecord>& runs, bool may_go_on) {
  std::size_t well = 0;
  std::optional<Error> first;
  for (const auto& run : runs) {
    // Who did not want to wait is told that it goes on, not that it failed.
    if (may_go_on && is_under_way(run)) continue;
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

}  // namespace tento::host
