// SPDX-License-Identifier: Apache-2.0
// The jobs in memory and which of them may run now. Not thread-safe: the orchestrator's mutex guards it.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "host/sync/topology.hpp"

namespace tento::host {

// A queued or running job.
struct JobEntry {
  JobRecord job;
  Target target;
  std::string group;               // see group_key
  std::vector<std::string> after;  // stages of the group that go first
  ConcurrencyLimits limits;
  bool running = false;
  bool ended = false;
  std::size_t wishes = 1;  // how many asked for it and did not withdraw
  std::shared_ptr<CallControl> control = std::make_shared<CallControl>();
  // Of the run, which outlives the times the stage gives its worker back.
  std::optional<RunRecord> run;
  std::int64_t spent_ms = 0;
  bool used_txn = false;
  std::uint64_t moves = 0;                     // grows when the run changes, so that watchers see it
  std::chrono::steady_clock::time_point told;  // when watchers were last told of a move
};
using JobEntryPtr = std::shared_ptr<JobEntry>;

class JobQueue {
 public:
  // `default_limit`: jobs of a provider at once where it names no number.
  explicit JobQueue(std::size_t default_limit) : default_limit_(default_limit) {}

  // False when the job is there already.
  bool add(JobEntryPtr entry);
  // Makes a job as urgent as this; false when it is already, or is not there.
  bool raise(std::int64_t job, std::uint32_t stage_class);
  void remove(std::int64_t job);
  [[nodiscard]] JobEntryPtr find(std::int64_t job) const;
  [[nodiscard]] JobEntryPtr find_run(std::int64_t run) const;
  [[nodiscard]] const std::vector<JobEntryPtr>& entries() const noexcept { return entries_; }
  // The most urgent job that may run now, oldest first within a class; null = none.
  [[nodiscard]] JobEntryPtr next(std::int64_t now_us) const;
  // Whether a more urgent job could run if `running` gave its worker back.
  [[nodiscard]] bool more_urgent_waits(const JobEntry& running, std::int64_t now_us) const;
  // When the next job that only waits for its time may run; nothing = no such job.
  [[nodiscard]] std::optional<std::int64_t> next_time(std::int64_t now_us) const;
  // The queued jobs of the group that wait for this stage, directly or through another.
  [[nodiscard]] std::vector<JobEntryPtr> dependents(std::string_view group, std::string_view stage) const;
  // The least urgent running job that would make way for `entry` and was not asked to yet; null = none.
  [[nodiscard]] JobEntryPtr in_the_way_of(const JobEntry& entry, std::int64_t now_us) const;
  // `without`: as if this one were not running.
  [[nodiscard]] bool may_run(const JobEntry& entry, std::int64_t now_us, const JobEntry* without = nullptr) const;

 private:
  std::size_t default_limit_;
  std::vector<JobEntryPtr> entries_;  // by class, then id
};

}  // namespace tento::host
