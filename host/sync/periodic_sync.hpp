// SPDX-License-Identifier: Apache-2.0
// Syncs rows that are due without anybody asking. What is due when is in the store: a restart forgets nothing.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "host/base/log.hpp"
#include "host/dispatch/dispatcher.hpp"
#include "host/dispatch/timers.hpp"
#include "host/sync/orchestrator.hpp"

namespace tento::host {

struct PeriodicSyncOptions {
  std::function<std::int64_t()> now_unix_us;  // never empty
  // What the operator says of the rows of a provider's pattern; -1 = nothing.
  std::function<std::int64_t(std::string_view provider, std::string_view pattern)> interval_s;
  Log log;  // may be empty
};

// What is set for all rows of an account; what is not given stays.
struct AccountPace {
  std::optional<bool> paused = {};
  std::optional<std::int64_t> interval_s = {};  // see AccountRecord
};

// Any thread. What it is made of outlives it.
class PeriodicSync {
 public:
  PeriodicSync(Store& store, Dispatcher& dispatcher, Orchestrator& orchestrator, PeriodicSyncOptions options);
  PeriodicSync(const PeriodicSync&) = delete;
  PeriodicSync& operator=(const PeriodicSync&) = delete;
  ~PeriodicSync() { stop(); }

  // Judges every row anew, since providers and settings may be others than before, and looks from now on.
  Result<void> start();
  // The same while it runs, and nothing before and after.
  Result<void> judge_anew();
  // Looks now: rows or accounts came, or what decides about them has changed.
  void wake();
  // Waits for a look that is under way. For good.
  void stop();

  // A row that is paused syncs only when somebody asks. The row is stored where it was not.
  Result<void> pause_row(Target& target, bool paused);
  // Gives the account as it is from now on.
  Result<AccountRecord> set_account(const AccountRecord& account, const AccountPace& pace);

  // One look: queues what is due by now, and says when the next row is. For start() and tests.
  Result<std::optional<std::int64_t>> look();

 private:
  struct Users;
  struct Found;
  void run();
  void look_at(Timers::Clock::time_point when);
  // Stores the rows that accounts come to without anybody having asked for them.
  Result<void> store_account_rows();
  // Nothing where the row is not to sync by itself.
  Result<std::optional<Found>> judge(const RowRecord& row, Users& users);

  Store& store_;
  Dispatcher& dispatcher_;
  Orchestrator& orchestrator_;
  const PeriodicSyncOptions options_;

  std::mutex looking_;  // held during a look
  std::mutex mutex_;    // guards what follows
  bool running_ = false;
  bool accounts_changed_ = false;  // since the last look
  std::optional<Timers::Id> timer_;
  Timers timers_;  // the last: nothing is called once the rest goes
};

}  // namespace tento::host
