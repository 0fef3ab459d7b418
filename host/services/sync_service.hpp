// SPDX-License-Identifier: Apache-2.0
// Syncing a row now: its stages are queued, and the caller waits for their runs, follows them, and may take the request
// back, without a thread.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include <tento/sdk/result.hpp>

#include "host/base/pending.hpp"
#include "host/dispatch/dispatcher.hpp"
#include "host/model/run.hpp"
#include "host/store/store.hpp"
#include "host/sync/orchestrator.hpp"

namespace tento::host {

// The tag of an outcome that is not a plain failure.
inline constexpr std::string_view partial_tag = "partial";

// How somebody waits for runs.
struct SyncWait {
  std::int64_t timeout_ms = 0;
  // A run moved; `own`: of a stage that was asked for. May be empty.
  std::function<void(const RunRecord& run, bool own)> on_move = {};
};

struct SyncResult {
  std::vector<RunRecord> runs;      // of the stages that were asked for, in order; some may be under way
  std::vector<RunRecord> also_ran;  // what readers had queued, of whatever row
};
// Cancelling it takes back what nobody else asked for, and ends it as `interrupted`.
using PendingSync = std::shared_ptr<Pending<SyncResult>>;

// Any thread; what it is made of outlives it.
class SyncService {
 public:
  // `start_workers` is called whenever something was queued.
  SyncService(Store& store, RowResolver& resolver, Orchestrator& orchestrator,
              std::function<Result<void>()> start_workers);
  SyncService(const SyncService&) = delete;
  SyncService& operator=(const SyncService&) = delete;

  // Runs a stage, or with an empty name all of them, once the row's guards let the actor in. `with_queued`: what
  // readers had queued is waited for, too, for a while. Errors: those of guards and of stages.
  Result<PendingSync> sync(const Target& target, std::string_view stage, const ActorInfo& actor, bool with_queued,
                           SyncWait wait);
  // The same of one stage, for a caller that was let in already.
  Result<PendingSync> run_stage(const Target& target, std::string_view stage, SyncWait wait);

 private:
  Result<std::vector<JobRecord>> queued_by_readers();
  Result<PendingSync> run(const Target& target, std::string_view stage, std::vector<JobRecord> also, SyncWait wait);

  Store& store_;
  RowResolver& resolver_;
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
