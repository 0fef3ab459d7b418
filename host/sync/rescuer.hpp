// SPDX-License-Identifier: Apache-2.0
// Picks up what is in the store when this process begins: what a dead process left, and what nobody has run yet.
#pragma once

#include <functional>
#include <string>

#include "host/base/log.hpp"
#include "host/sync/job_queue.hpp"
#include "host/sync/recorder.hpp"

namespace tento::host {

class Rescuer {
 public:
  Rescuer(Store& store, Dispatcher& dispatcher, JobQueue& queue, Recorder& recorder, Log log)
      : store_(store), dispatcher_(dispatcher), queue_(queue), recorder_(recorder), log_(std::move(log)) {}

  // Before the queue is started. A job that nobody can run any more, since its provider is gone or has no such stage,
  // ends where people see it.
  Result<void> run();

 private:
  Result<JobPtr> revive(const JobRecord& record);
  void end(const JobRecord& record, const Error& why);

  Store& store_;
  Dispatcher& dispatcher_;
  JobQueue& queue_;
  Recorder& recorder_;
  Log log_;  // may be empty
};

}  // namespace tento::host
