// SPDX-License-Identifier: Apache-2.0
// The jobs that this process holds, from queued to ended: asks the scheduler after whatever happened, and has its
// decisions carried out.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "host/base/log.hpp"
#include "host/dispatch/timers.hpp"
#include "host/sync/asked_jobs.hpp"
#include "host/sync/breaker.hpp"
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
  std::chrono::milliseconds stalls_after{30'000};
  std::size_t window = 1000;  // of each class, of jobs that were found in the store
  AskedLimits asked;
  Log log;  // may be empty
};

// Any thread.
class JobQueue final : public Executor::Owner {
 public:
  JobQueue(Recorder& recorder, Executor& executor, Rescuer& rescuer, JobQueueOptions options);
  ~JobQueue() override = default;
  JobQueue(const JobQueue&) = delete;
  JobQueue& operator=(const JobQueue&) = delete;

  using Places = std::vector<AskedJobs::Place>;
  // Before jobs of a user are stored because they were asked for: a place for each that is not held yet. Error
  // `too_many_jobs`.
  Result<Places> take_places(const Uuid& user, std::span<const JobRecord> jobs);
  struct Asked {
    JobPtr job;
    bool is_new = false;  // it was stored now
  };
  // Holds the jobs that the store gave for those that were asked for, all of them before one begins: they may wait for
  // one another. A job that is held already is wanted by one more.
  void add(const std::vector<Asked>& jobs, Places places);
  // Jobs were stored that nobody waits for: they are held as there is room.
  void stored(std::span<const Enqueued> jobs);
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
    std::optional<std::uint32_t> window_class;  // of a job that the window brought, and that nobody asked for since
    AskedJobs::Place place;                     // of a job that was asked for
    bool was_running = false;                   // when it was looked at whether it hangs
  };
  // What is to be done outside the lock.
  struct Work {
    std::vector<JobPtr> start;
    std::vector<std::pair<JobPtr, std::int64_t>> hold_back;  // and until when
    std::vector<JobPtr> cancel;
    std::vector<Ending> end;
  };

  void hold(const JobPtr& job);
  void let_go(JobId job);
  void was_asked_for(Entry& entry, Places& places);
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
  void failed(const JobPtr& job, Slice slice);
  // As pause(), for longer. Jobs that the window brought do not stay in it meanwhile, neither this one nor those that
  // wait for it.
  void postpone(const JobPtr& job, const Error& why);
  // The services of these jobs' accounts are left alone for a while: the jobs begin later.
  void hold_back(const std::vector<std::pair<JobPtr, std::int64_t>>& jobs);
  void wait_in_store(JobId job, std::int64_t not_before_us);
  void look_again_at(std::int64_t at_us, std::int64_t now_us);
  void beat_later();
  void look_for_stalls_later();
  void look_for_stalls();

  Recorder& recorder_;
  Executor& executor_;
  Rescuer& rescuer_;
  const JobQueueOptions options_;

  std::mutex mutex_;  // guards what follows
  Scheduler scheduler_;
  std::unordered_map<JobId, Entry> entries_;
  std::unordered_map<std::string_view, JobId> by_key_;  // dedup keys of what `entries_` holds
  JobWindow window_;
  AskedJobs asked_;
  Breaker breaker_;
  bool refilling_ = false;
  struct Waiting {
    std::uint32_t stage_class = 0;
    JobPosition at;
  };
  std::vector<Waiting> left_while_refilling_;    // what is read meanwhile may have them as they were before
  std::vector<Waiting> stored_while_refilling_;  // what is read meanwhile may not have them yet
  bool running_ = false;
  bool stopping_ = false;
  std::optional<Timers::Id> beat_;        // renews the leases of what runs
  std::optional<Timers::Id> stall_look_;  // while something runs
  std::int64_t looks_at_us_ = INT64_MAX;  // the earliest moment for which a timer is set
  Timers timers_;                         // the last: nothing is called once the rest goes
};

}  // namespace tento::host
