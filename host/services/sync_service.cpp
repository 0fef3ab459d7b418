// SPDX-License-Identifier: Apache-2.0
// Enqueues, starts the workers, follows the jobs.
#include "host/services/sync_service.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <memory>
#include <string>
#include <utility>

#include "host/base/error.hpp"
#include "host/model/time_text.hpp"

namespace tento::host {
namespace {

// How much longer a sync may take for the sake of what readers had queued; what is not done by then goes on later.
constexpr std::chrono::seconds most_for_readers{30};

class SyncUnderWay final : public Pending<SyncResult> {
 public:
  SyncUnderWay(Orchestrator& orchestrator, std::vector<JobRecord> jobs, std::vector<JobRecord> also, SyncWait wait)
      : orchestrator_(orchestrator),
        jobs_(std::move(jobs)),
        also_(std::move(also)),
        end_(std::chrono::steady_clock::now() + std::chrono::milliseconds(wait.timeout_ms)),
        on_move_(std::move(wait.on_move)) {}

  void start(std::function<void()> wake) override {
    wake_ = std::move(wake);
    follow(jobs_, end_, true);
  }
  std::optional<Result<SyncResult>> resume(Moment now) override {
    while (!cancelled_) {
      auto runs = followed_->resume(now);
      if (!runs) return std::nullopt;
      if (!*runs) return fail(std::move(*runs).error());
      if (own_ended_) {
        out_.also_ran = std::move(**runs);
        // Those for which time ran out stay queued.
        std::erase_if(out_.also_ran, is_under_way);
        return std::move(out_);
      }
      own_ended_ = true;
      out_.runs = std::move(**runs);
      if (also_.empty()) return std::move(out_);
      follow(also_, std::min(end_, std::chrono::steady_clock::now() + most_for_readers), false);
    }
    return error(ErrorCode::unspecified, ErrorClass::transient, "interrupted; what was committed is kept")
        .tag(std::string(interrupted_tag))
        .remedy("run the command again to go on");
  }
  void cancel() override {
    if (cancelled_.exchange(true)) return;
    orchestrator_.withdraw(jobs_);
    wake_();
  }
  [[nodiscard]] Moment deadline() const override { return until_; }

 private:
  void follow(const std::vector<JobRecord>& jobs, Moment until, bool own) {
    until_ = until;
    followed_ = orchestrator_.follow(jobs, until, [this, own](const RunRecord& run) {
      if (on_move_) on_move_(run, own);
    });
    followed_->start(wake_);
  }

  Orchestrator& orchestrator_;
  const std::vector<JobRecord> jobs_, also_;
  const Moment end_;
  const std::function<void(const RunRecord&, bool)> on_move_;
  std::function<void()> wake_;
  std::unique_ptr<Pending<std::vector<RunRecord>>> followed_;
  Moment until_;
  bool own_ended_ = false;
  SyncResult out_;
  std::atomic<bool> cancelled_{false};
};

}  // namespace

SyncService::SyncService(Store& store, RowResolver& resolver, Orchestrator& orchestrator,
                         std::function<Result<void>()> start_workers)
    : store_(store), resolver_(resolver), orchestrator_(orchestrator), start_workers_(std::move(start_workers)) {}

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

Result<PendingSync> SyncService::run(const Target& target, std::string_view stage, std::vector<JobRecord> also,
                                     SyncWait wait) {
  TENTO_TRY_ASSIGN(auto jobs, orchestrator_.enqueue(target, stage));
  std::erase_if(also, [&jobs](const JobRecord& job) {
    return std::any_of(jobs.begin(), jobs.end(), [&job](const JobRecord& own) { return own.id == job.id; });
  });
  TENTO_TRY(start_workers_());
  return std::make_shared<SyncUnderWay>(orchestrator_, std::move(jobs), std::move(also), std::move(wait));
}

Result<PendingSync> SyncService::sync(const Target& target, std::string_view stage, const ActorInfo& actor,
                                      bool with_queued, SyncWait wait) {
  // The jobs run as the host's own: whether this caller may ask for them is decided here.
  TENTO_TRY(resolver_.check_guards(target, TENTO_VERB_GET, actor));
  std::vector<JobRecord> also;
  if (with_queued) {
    TENTO_TRY_ASSIGN(also, queued_by_readers());
  }
  return run(target, stage, std::move(also), std::move(wait));
}

Result<PendingSync> SyncService::run_stage(const Target& target, std::string_view stage, SyncWait wait) {
  return run(target, stage, {}, std::move(wait));
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
  std::int64_t next_try_us = 0;
  for (const auto& run : runs) {
    // Who did not want to wait is told that it goes on, not that it failed.
    if (may_go_on && is_under_way(run)) continue;
    if (ended_well(run)) {
      ++well;
      continue;
    }
    if (!first) {
      next_try_us = run.next_try_us;
      first = run.error.value_or(Error{});
      if (!run.error) first->error_class = ErrorClass::transient;
      if (first->message.empty())
        first->message = run.message.empty() ? "ended as " + std::string(to_string(run.status)) : run.message;
      first->message = "stage " + run.stage + ": " + first->message;
    }
  }
  if (first && next_try_us > 0) first->message += "; it is tried again at " + moment_text(next_try_us);
  if (first && well > 0) first->tag = partial_tag;
  return first;
}

}  // namespace tento::host
