// SPDX-License-Identifier: Apache-2.0
// Durable sync jobs: one row and one stage each, deduplicated, run on worker threads with a deadline and a cancel.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "host/base/log.hpp"
#include "host/base/pending.hpp"
#include "host/dispatch/dispatcher.hpp"
#include "host/store/job_store.hpp"
#include "host/sync/asked_jobs.hpp"
#include "host/sync/freshness.hpp"
#include "host/sync/retry_policy.hpp"

namespace tento::host {

struct OrchestratorOptions {
  std::size_t workers = 4;              // jobs that run at once
  std::size_t queued_in_memory = 1000;  // of each class, of jobs that were stored before the start
  AskedLimits asked;                    // on jobs that were asked for since then and have not ended
  std::int64_t job_deadline_ms = 30 * 60'000;
  std::chrono::milliseconds stalls_after{30'000};  // without a sign of life: then others have the job's slot meanwhile
  Log log;
  std::function<std::int64_t()> now_unix_us;
  std::shared_ptr<const RetryPolicy> retry = std::make_shared<NoRetry>();
  std::function<void(const RunRecord&)> on_run_end;  // metrics: a run has ended; any thread
  // A run begins, has moved (told at most four times a second), has ended. Any thread; one run's in their order. Must
  // be quick.
  std::function<void(const RunRecord&)> on_run_move;
};

// What a reader is told about the range it reads, and what was done about it.
struct ReadCheck {
  FreshnessOf freshness;          // the worst that holds somewhere in the range
  std::string stage;              // that was queued, else the one for readers
  bool outside = false;           // no stage fetches anything of the range
  std::vector<JobRecord> queued;  // joined or new; empty = nothing to do, or it was tried a moment ago
};

// A row that syncs without being asked, and what of it.
struct DueStages {
  Target target;
  std::vector<std::string> stages;
};

class Orchestrator {
 public:
  virtual ~Orchestrator() = default;
  // Queues a stage (empty = all of the row's, in order, each waiting for its `after`). Gives the jobs, joined or new.
  // Error `too_many_jobs` where as many wait as may; then nothing is queued.
  virtual Result<std::vector<JobRecord>> enqueue(const Target& target, std::string_view stage) = 0;
  // Queues stages of rows that are stored, all in one transaction, behind what people look at. A stage that is queued,
  // or waits to be tried again, is left as it is.
  virtual Result<void> enqueue_due(std::span<const DueStages> rows) = 0;
  // Before a range of a synced row is read: where what is held is stale or missing, the stage that fetches those dates
  // is queued, or joined where it is queued, as urgent as can be. Reading often does not ask a service often: what
  // ended less than a minute ago, or may be tried again only later, is left alone; dates of which a stage brought
  // nothing when it ended well are not asked for again. What other stages than the one for readers brought does not
  // grow old.
  virtual Result<ReadCheck> before_read(const Target& target, const Moments& range) = 0;
  // Pending until these jobs have ended, until `until`, or stop(): their last runs, in order. It calls `on_move`, which
  // may be empty, with the runs as they move. The orchestrator outlives it.
  virtual std::unique_ptr<Pending<std::vector<RunRecord>>> follow(std::vector<JobRecord> jobs,
                                                                  std::chrono::steady_clock::time_point until,
                                                                  std::function<void(const RunRecord&)> on_move) = 0;
  // The same for whoever has a thread to spare.
  Result<std::vector<RunRecord>> wait(const std::vector<JobRecord>& jobs, std::int64_t timeout_ms,
                                      const std::function<void(const RunRecord&)>& on_move) {
    const auto until = std::chrono::steady_clock::now() + std::chrono::milliseconds(timeout_ms);
    return await(*follow(jobs, until, on_move));
  }
  // Takes back what enqueue() asked for; once for each enqueue(). Jobs that nobody else asked for are stopped where
  // they run, and end unbegun where they are queued. Any thread.
  virtual void withdraw(const std::vector<JobRecord>& jobs) = 0;
  virtual Result<void> cancel(std::int64_t run_id) = 0;
  // Picks up what a killed process left behind, then begins to run jobs.
  virtual Result<void> start() = 0;
  // Cancels what runs (its jobs stay queued) and waits for it. For good.
  virtual void stop() = 0;
};

std::unique_ptr<Orchestrator> make_orchestrator(Store& store, Dispatcher& dispatcher, OrchestratorOptions options);

}  // namespace tento::host
