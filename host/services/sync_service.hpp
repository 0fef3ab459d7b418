// SPDX-License-Identifier: Apache-2.0
// Syncing a row now: its stages are queued, and the caller waits for their runs, follows them, and may take the request
// back.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>
#include <vector>

#include <tento/sdk/result.hpp>

#include "host/dispatch/dispatcher.hpp"
#include "host/model/run.hpp"
#include "host/store/store.hpp"
#include "host/sync/orchestrator.hpp"

namespace tento::host {

// The tags of two outcomes that are not plain failures.
inline constexpr std::string_view partial_tag = "partial";
inline constexpr std::string_view interrupted_tag = "interrupted";

// How somebody waits for runs.
struct SyncWait {
  std::int64_t timeout_ms = 0;
  // A run moved; `own`: of a stage that was asked for. May be empty.
  std::function<void(const RunRecord& run, bool own)> on_move = {};
  // Is given what ends the wait, from any thread, and with it the jobs that nobody else asked for; nothing when there
  // is no wait to end any more. May be empty.
  std::function<void(std::function<void()> cancel)> lend_cancel = {};
};

struct SyncResult {
  std::vector<RunRecord> runs;      // of the stages that were asked for, in order; some may be under way
  std::vector<RunRecord> also_ran;  // what readers had queued, of whatever row
};

// Any thread; what it is made of outlives it.
class SyncService {
 public:
  // `start_workers` is called whenever something was queued.
  SyncService(Store& store, Dispatcher& dispatcher, Orchestrator& orchestrator,
              std::function<Result<void>()> start_workers);
  SyncService(const SyncService&) = delete;
  SyncService& operator=(const SyncService&) = delete;

  // Runs a stage, or with an empty name all of them, once the row's guards let the actor in. `with_queued`: what
  // readers had queued is waited for, too, for a while. Errors: those of guards and of stages; `interrupted` when the
  // wait was cancelled.
  Result<SyncResult> sync(const Target& target, std::string_view stage, const ActorInfo& actor, bool with_queued,
                          const SyncWait& wait);
  // The same of one stage, for a caller that was let in already.
  Result<std::vector<RunRecord>> run_stage(const Target& target, std::string_view stage, const SyncWait& wait);

 private:
  Result<std::vector<JobRecord>> queued_by_readers();
  Result<SyncResult> run(const Target& target, std::string_view stage, std::vector<JobRecord> also,
                         const SyncWait& wait);

  Store& store_;
  Dispatcher& dispatcher_;
  Orchestrator& orchestrator_;
  std::function<Result<void>()> start_workers_;
};

// Queued or running: its end is still to come.
[[nodiscard]] bool is_under_way(const RunRecord& run);
[[nodiscard]] bool any_under_way(const std::vector<RunRecord>& runs);
// What runs come to as an error: none when all ended well; tag `partial` when only some did. `may_go_on`: the caller
// did not want to wait for the end, so that what is under way has not failed.
[[nodiscard]] std::optional<Error> error_of_runs(const std::vector<RunRecord>& runs, bool may_go_on);

}  // namespace tento::host
