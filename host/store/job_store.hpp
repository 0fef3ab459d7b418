// SPDX-License-Identifier: Apache-2.0
// Durable jobs and their runs. A worker claims a job, which begins its run, and ends both in one transaction; whoever
// lost its claim meanwhile changes nothing any more. Times of leases are of the store's clock.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "host/model/coverage.hpp"
#include "host/model/job.hpp"
#include "host/model/run.hpp"

namespace tento::host {

// How many jobs may run at once; 0 = no limit of its own.
struct ConcurrencyLimits {
  std::uint32_t provider = 0;
  std::uint32_t integration = 0;
  friend auto operator<=>(const ConcurrencyLimits&, const ConcurrencyLimits&) = default;
};

// What a worker holds of a job: as long as the job's fence is this one, the job is the worker's.
struct Lease {
  std::int64_t job = 0;
  std::int64_t fence = 0;     // 0 = of a job that nobody has claimed
  std::int64_t until_us = 0;  // then the job may be given to another, see rescue()
};

struct Enqueued {
  JobRecord job;
  bool is_new = false;  // it was made now; else the job that stands for the same work already
};

struct ClaimRequest {
  std::int64_t job = 0;
  RunRecord run;             // begins now where its id is 0, else goes on
  ConcurrencyLimits limits;  // of its provider and its integration
};
enum class ClaimState {
  claimed,
  busy,  // a job with the same lock key runs, or as many as the limits allow: ask again later
  gone,  // it has ended, was purged, or another worker has it
};
struct Claim {
  ClaimState state = ClaimState::gone;
  Lease lease;
  RunRecord run;  // with its id
};

// What a worker says now and then of a job that it runs.
struct Heartbeat {
  Lease lease;
  std::optional<RunRecord> run;  // how far it is
};

// The end of a job and of its run. A run without an id ends unbegun.
struct JobEnd {
  Lease lease;
  RunRecord run;
  std::vector<CoverageInput> coverage;  // what the run learnt of its row
  std::int64_t data_version = 0;        // of what it brought
};

// A job that is given back to be run later.
struct JobReturn {
  Lease lease;
  RunRecord run;  // `running` = it goes on in the same run
  std::int64_t not_before_us = 0;
  std::int32_t attempts = 0;
  std::vector<CoverageInput> coverage = {};  // what the run learnt of its row
};

enum class LeaseOutcome {
  done,
  fenced,  // the lease is not the job's any more: nothing was changed
};

// From the most urgent on, both included.
struct StageClasses {
  std::uint32_t first = 0;
  std::uint32_t last = TENTO_STAGE_BACKFILL;
};

// Where a job stands in the queue: by the time at which it is due, jobs that are due together by age.
struct JobPosition {
  std::int64_t not_before_us = 0;
  std::int64_t id = 0;
  friend auto operator<=>(const JobPosition&, const JobPosition&) = default;
};
[[nodiscard]] inline JobPosition queue_position(const JobRecord& job) {
  return {job.not_before_us, job.id};
}

struct JobCount {
  std::uint32_t stage_class = 0;
  std::uint64_t jobs = 0;
};

// What takes several takes them in one transaction, and answers in their order.
class JobStore {
 public:
  virtual ~JobStore() = default;

  // Gives the job that stands for each of them now: a queued or running one with the same dedup_key, or this one, made
  // durable. It is as urgent as the more urgent of the two, and due as early as the earlier; where that is this one, it
  // has been tried as often as this one says.
  virtual Result<std::vector<Enqueued>> enqueue(std::span<const JobRecord> jobs) = 0;
  // Jobs of these classes that nobody has claimed, in the order of their positions, from behind `after`; at most
  // `limit`. Those that are to wait for a later time are the last.
  virtual Result<std::vector<JobRecord>> queued(const JobPosition& after, std::size_t limit,
                                                StageClasses classes = {}) = 0;
  // The jobs that stand for these keys now, queued or running; of a key without one, nothing.
  virtual Result<std::vector<JobRecord>> find_by_keys(std::span<const std::string> dedup_keys) = 0;
  // About how many there are of each class, queued or running.
  virtual Result<std::vector<JobCount>> counts() = 0;

  virtual Result<std::vector<Claim>> claim(std::string_view worker, std::span<const ClaimRequest> requests,
                                           std::int64_t lease_us) = 0;
  virtual Result<std::vector<LeaseOutcome>> heartbeat(std::span<const Heartbeat> beats, std::int64_t lease_us) = 0;
  virtual Result<std::vector<LeaseOutcome>> complete(std::span<const JobEnd> ends) = 0;
  // Also of a job that nobody has claimed (fence 0), without a run.
  virtual Result<std::vector<LeaseOutcome>> reschedule(std::span<const JobReturn> returns) = 0;
  // Takes back what is left of workers whose leases are over: their jobs are queued again with one more of `deaths`,
  // their runs are `interrupted`. Gives how many runs. A commit that changes something, and a worker that gives the job
  // back, set `deaths` to 0.
  virtual Result<std::size_t> rescue() = 0;
};

// Runs: what became of each execution of a job. Of each row the latest few hundred are kept.
class RunStore {
 public:
  virtual ~RunStore() = default;

  virtual Result<std::optional<RunRecord>> find(std::int64_t run) = 0;
  // The latest first.
  virtual Result<std::vector<RunRecord>> of_row(const Uuid& row, std::size_t limit) = 0;
  virtual Result<std::vector<RunRecord>> of_user(const Uuid& user, std::size_t limit) = 0;
  // The latest of a job of the row, and of a stage of the row.
  virtual Result<std::optional<RunRecord>> of_job(const Uuid& row, std::int64_t job) = 0;
  virtual Result<std::optional<RunRecord>> latest(const Uuid& row, std::string_view stage) = 0;
  // Whether the stage of the row ever ended well.
  virtual Result<bool> ended_well(const Uuid& row, std::string_view stage) = 0;
};

}  // namespace tento::host
