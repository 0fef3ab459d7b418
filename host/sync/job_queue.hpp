// SPDX-License-Identifier: Apache-2.0
// The jobs that this process holds, from queued to ended: asks the scheduler after whatever happened, and has its
// decisions carried out.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <unordered_map>
#include <vector>

#include "host/base/log.hpp"
#include "host/dispatch/timers.hpp"
#include "host/sync/executor.hpp"
#include "host/sync/job_window.hpp"
#include "host/sync/recorder.hpp"
#include "host/sync/rescuer.hpp"
#include "host/sync/retry_policy.hpp"
#include "host/sync/scheduler.hpp"

namespace tento::host {

struct JobQueueOptions {
  SchedulerLimits limits;
  std::shared_ptr<const RetryPolicy> retry;
  std::function<std::int64_t()> now_unix_us;
  std::int64_t heartbeat_us = std::int64_t{3} * 60 * 1'000'000;
  std::size_t window = 1000;  // of each class, of jobs that were found in the store
  Log log;                    // may be empty
};

// Any thread.
class JobQueue final : public Executor::Owner {
 public:
  JobQueue(Recorder& recorder, Executor& executor, Rescuer& rescuer, JobQueueOptions options);
  ~JobQueue() override = default;
  JobQueue(const JobQueue&) = delete;
  JobQueue& operator=(const JobQueue&) = delete;

  struct Asked {
    JobPtr job;
    bool is_new = false;  // it was stored now
  };
  // Holds the jobs that the store gave for those that were asked for, all of them before one begins: they may wait for
  // one another. A job that is held already is wanted by one more.
  void add(const std::vector<Asked>& jobs);
  // Whoever asked for these jobs does not want them any more, see Orchestrator::withdraw.
  void withdraw(const std::vector<JobRecord>& jobs);
  // Error `no_such_run` when it is not under way.
  Result<void> cancel(std::int64_t run);
  // Begins to run jobs, those that were in the store included: the oldest of each class are held, and the others follow
  // as these end.
  Result<void> start();
  // Cancels what runs (its jobs stay queued) and waits for it.
  void stop();

  bool should_yield(const JobPtr& job) override;
  void refused(const JobPtr& job) override;
  void slice_ended(const JobPtr& job, Slice slice) override;

 private:
  struct Entry {
    JobPtr job;
    bool ending = false;                        // not the scheduler's any more: its end is being written
    std::optional<std::uint32_t> window_class;  // of a job that the window brought
  };
  // What is to be done outside the lock.
  struct Work {
    std::vector<JobPtr> start;
    std::vector<JobPtr> cancel;
    std::vector<Ending> end;
  };

  void hold(const JobPtr& job);
  void let_go(JobId job);
  // Holds more of the store's jobs where there is room.
  Result<void> refill();
  void refill_or_try_later();
  void decide(Work& work);
  void carry_out(Work work);
  // Ends a job that does not run, and those that wait for it.
  void end_queued(JobId job, Work& work);
  void end_dependents(const Job& job, ErrorClass error_class, Work& work);
  void end(const JobPtr& job, RunStatus status, std::optional<Error> error, std::vector<CoverageInput> coverage);
  void pause(const JobPtr& job, std::int64_t not_before_us);
  void beat_later();

  Recorder& recorder_;
  Executor& executor_;
  Rescuer& rescuer_;
  const JobQueueOptions options_;

  std::mutex mutex_;  // guards what follows
  Scheduler scheduler_;
  std::unordered_map<JobId, Entry> entries_;
  JobWindow window_;
  bool refilling_ = false;
  bool running_ = false;
  bool stopping_ = false;
  std::optional<Timers::Id> beat_;        // renews the leases of what runs
  std::int64_t looks_at_us_ = INT64_MAX;  // the earliest moment for which a timer is set
  Timers timers_;                         // the last: nothing is called once the rest goes
};

}  // namespace tento::host
