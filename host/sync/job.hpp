// SPDX-License-Identifier: Apache-2.0
// A job that this process holds.
#pragma once

#include <cstdint>
#include <memory>

#include "host/dispatch/dispatcher.hpp"
#include "host/sync/scheduler.hpp"

namespace tento::host {

struct Job {
  JobRecord record;
  Target target;
  QueuedJob queued;  // what the scheduler is told of it
  std::shared_ptr<CallControl> control = std::make_shared<CallControl>();
  // ---- of the thread that runs it, between the times that it gave its slot back
  std::int64_t spent_ms = 0;
  bool asked_now = false;  // somebody wants it tried now, however its account did lately
  bool used_txn = false;   // a provider began a transaction: coverage is its own business
};
using JobPtr = std::shared_ptr<Job>;

[[nodiscard]] JobPtr make_job(const JobRecord& record, const Target& target, const Stage& stage);

}  // namespace tento::host
