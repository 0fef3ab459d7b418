// SPDX-License-Identifier: Apache-2.0
// Durable sync jobs: one row and one stage each, deduplicated, run on worker threads with a deadline and a cancel.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "host/dispatch/dispatcher.hpp"
#include "host/store/cell_store.hpp"

namespace tento::host {

struct OrchestratorOptions {
  std::size_t workers = 4;
  std::int64_t job_deadline_ms = 30 * 60'000;
  std::function<void(LogLevel, const std::string&)> log;
  std::function<std::int64_t()> now_unix_us;
};

class Orchestrator {
 public:
  virtual ~Orchestrator() = default;
  // Queues a stage (empty = all of the row's, in order, each waiting for its `after`). Gives the jobs, joined or new.
  virtual Result<std::vector<JobRecord>> enqueue(const Target& target, std::string_view stage) = 0;
  // Blocks until these jobs have ended (or the timeout), calling `progress` with the runs as they move. Their last
  // runs, in order.
  virtual Result<std::vector<RunRecord>> wait(const std::vector<JobRecord>& jobs, std::int64_t timeout_ms,
                                              const std::function<void(const RunRecord&)>& progress) = 0;
  virtual Result<void> cancel(std::int64_t run_id) = 0;
  // Picks up what a killed process left behind, then starts the workers.
  virtual Result<void> start() = 0;
  // Cancels what runs (its jobs stay queued) and joins the workers.
  virtual void stop() = 0;
};

std::unique_ptr<Orchestrator> make_orchestrator(CellStore& store, Dispatcher& dispatcher, OrchestratorOptions options);

}  // namespace tento::host
