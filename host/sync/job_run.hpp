// SPDX-License-Identifier: Apache-2.0
// One turn of a job on a worker: the window, the provider's sync, and the coverage of what did not use transactions.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "host/sync/progress.hpp"
#include "host/sync/queue.hpp"

namespace tento::host {

enum class TurnEnd {
  done,     // the stage has ended well
  paused,   // it yielded: more is to come
  stopped,  // cancelled
  failed,
};

struct Turn {
  TurnEnd end = TurnEnd::done;
  TxnCounts counts;  // what landed in this turn
  std::uint64_t skipped = 0;
  std::string skipped_note;
  bool used_txn = false;
  std::int64_t spent_ms = 0;
  std::optional<Error> error;  // when failed
};

struct TurnOptions {
  std::int64_t deadline_ms = 0;  // of the job, all its turns together
  std::int64_t now_us = 0;
  ProgressGate::Publish publish;
  std::chrono::milliseconds publish_every{100};
  // Whether others wait for the worker; asked each time the provider says that more is to come.
  std::function<bool()> others_wait;
};

// Runs the stage until it ends, fails, is stopped, or yields while others wait. Called on a worker.
[[nodiscard]] Turn run_turn(CellStore& store, Dispatcher& dispatcher, const JobEntry& entry,
                            const TurnOptions& options);

}  // namespace tento::host
