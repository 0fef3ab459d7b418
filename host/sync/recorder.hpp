// SPDX-License-Identifier: Apache-2.0
// The runs of the jobs that this process holds: claimed and ended in the store, told to those who watch, waited for.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "host/base/listeners.hpp"
#include "host/base/log.hpp"
#include "host/base/pending.hpp"
#include "host/store/job_store.hpp"
#include "host/sync/job.hpp"
#include "host/sync/stage_run.hpp"

namespace tento::host {

struct RecorderOptions {
  std::function<std::int64_t()> now_unix_us;
  Log log;                                                    // may be empty
  std::function<void(const RunRecord&)> on_run_end;           // may be empty
  std::function<void(const RunRecord&)> on_run_move;          // may be empty; one run's in their order
  std::chrono::milliseconds tell_every{250};                  // how often a run's progress is told, at most
  std::string worker;                                         // who claims
  std::int64_t lease_us = std::int64_t{10} * 60 * 1'000'000;  // renewed as long as the job runs
};

// How a job ends. `coverage` is written with it.
struct Ending {
  JobPtr job;
  RunStatus status = RunStatus::ok;
  std::optional<Error> error = {};
  std::vector<CoverageInput> coverage = {};
};

// Any thread.
class Recorder {
 public:
  using Clock = std::chrono::steady_clock;
  Recorder(Store& store, RecorderOptions options);
  Recorder(const Recorder&) = delete;
  Recorder& operator=(const Recorder&) = delete;

  // From now on this process holds the job: whoever waits for it, waits.
  void hold(const Job& job);
  [[nodiscard]] bool holds(JobId job) const { return find(job) != nullptr; }
  // Not any more: the job waits in the store, and has no run under way.
  void forget(JobId job);
  // Claims the job and begins its run, or goes on with the one it has.
  Result<ClaimState> begin(const Job& job);
  // What the store has of the run now.
  [[nodiscard]] RunRecord run_of(JobId job) const;
  // What this process holds of a job that it has begun.
  [[nodiscard]] std::optional<Lease> lease_of(JobId job) const;
  [[nodiscard]] std::optional<JobId> job_of(std::int64_t run) const;
  // From the provider: told and written now and then. After the end of the run nobody hears it.
  void progress(JobId job, std::uint64_t done, std::uint64_t total, std::string_view text);
  // Counts what a slice brought.
  void add(JobId job, const Slice& slice);
  // Ends jobs with their runs, all of them in one transaction. A job that never began gets a run that tells why.
  void end(std::vector<Ending> endings);
  // Gives a job back to the queue: its run goes on later, or, `interrupted`, this process will not go on with it.
  void give_back(const Job& job, RunStatus status);
  // The run of a job has failed, and another one follows it when its time comes. Whoever waits for the job is told this
  // end, unless the next try is a moment away. `coverage` is written with it.
  void try_again(const Job& job, RunStatus status, Error error, std::vector<CoverageInput> coverage);
  // A job that did not begin waits with another that is tried again: whoever waits for it is told why.
  void waits(const JobRecord& job, const Uuid& owner, Error why, std::int64_t next_try_us);
  // Somebody wants the job tried now: from here on they wait for its next end.
  void wanted_now(JobId job);
  // Renews the leases of what runs.
  void heartbeat();

  // Whether the job has ended here, not long ago.
  [[nodiscard]] bool has_ended(JobId job) const;
  // Pending until these jobs have ended, until `until`, or release(): their last runs, in order. resume() calls
  // `on_move`, which may be empty, with the runs as they move. The recorder outlives it.
  std::unique_ptr<Pending<std::vector<RunRecord>>> follow(std::vector<JobRecord> jobs, Clock::time_point until,
                                                          std::function<void(const RunRecord&)> on_move);
  // Nobody waits any longer.
  void release();

 private:
  class Follow;
  struct Held {
    JobRecord job;
    Uuid owner;
    Lease lease;
    std::optional<RunRecord> run;
    std::uint64_t moves = 0;     // grows when the run changes, so that those who wait see it
    Clock::time_point told;      // when it was told of last
    std::size_t times_told = 0;  // of its progress
    std::mutex telling;          // taken before the recorder's: one run's changes in their order
  };
  using HeldPtr = std::shared_ptr<Held>;

  [[nodiscard]] HeldPtr find(JobId job) const;
  [[nodiscard]] static RunRecord unbegun(const JobRecord& job, const Uuid& owner);
  [[nodiscard]] bool is_a_moment_away(std::int64_t at_us) const;
  [[nodiscard]] JobReturn returned(Held& held, const Job& job, RunStatus status) const;
  void return_job(const JobReturn& back);
  void remember(std::unordered_map<JobId, RunRecord>& ends, std::deque<JobId>& order, const RunRecord& run);
  // Whether the store has the run as it was to end.
  [[nodiscard]] bool has_landed(const JobEnd& end) const;
  void finish(const HeldPtr& held, const RunRecord& run);
  void tell(const RunRecord& run) const {
    if (options_.on_run_move) options_.on_run_move(run);
  }
  void log(LogLevel level, const std::string& text) const {
    if (options_.log) options_.log(level, text);
  }

  Store& store_;
  const RecorderOptions options_;

  // A job moved or ended; 0 = all of them. Told without the lock below.
  const std::shared_ptr<Listeners<JobId>> moves_ = std::make_shared<Listeners<JobId>>();
  mutable std::mutex mutex_;  // guards what follows
  std::unordered_map<JobId, HeldPtr> held_;
  std::unordered_map<std::int64_t, JobId> by_run_;
  std::unordered_map<JobId, RunRecord> ended_;  // of late, for those who still wait
  std::deque<JobId> ended_order_;
  std::unordered_map<JobId, RunRecord> waiting_;  // how jobs ended last that wait to be tried again
  std::deque<JobId> waiting_order_;
  bool released_ = false;
};

}  // namespace tento::host
