// SPDX-License-Identifier: Apache-2.0
// Picks up what is in the store: what a dead process left, and jobs that nobody has run yet, part by part.
#pragma once

#include <set>
#include <string>
#include <utility>
#include <vector>

#include "host/base/log.hpp"
#include "host/sync/job_window.hpp"
#include "host/sync/recorder.hpp"

namespace tento::host {

class Rescuer {
 public:
  Rescuer(Store& store, Dispatcher& dispatcher, Recorder& recorder, Log log)
      : store_(store), dispatcher_(dispatcher), recorder_(recorder), log_(std::move(log)) {}

  // Takes back what workers left whose leases are over.
  Result<void> take_back();
  // A part of the queue as jobs that can run. A job that nobody can run any more, since its provider is gone or has no
  // such stage, ends where people see it.
  struct Loaded {
    std::vector<JobPtr> jobs;           // of the part, by id
    std::vector<JobPtr> prerequisites;  // queued jobs that these wait for, of whatever part
    std::int64_t last = 0;              // of the part
    bool more = false;                  // there may be parts behind it
  };
  Result<Loaded> load(const JobWindow::Part& part);

 private:
  using Keys = std::set<std::string>;  // dedup keys
  // Gives the keys of all that is queued or running of what is loaded now.
  Result<Keys> load_prerequisites(Loaded& loaded);
  Result<void> end_those_without_prerequisites(Loaded& loaded, Keys queued);
  Result<const std::string*> missing_prerequisite(const Job& job, const Keys& queued) const;
  // Nothing where it cannot run any more.
  JobPtr revive_or_end(const JobRecord& record);
  Result<JobPtr> revive(const JobRecord& record);
  void end(const JobPtr& job, Error why);

  Store& store_;
  Dispatcher& dispatcher_;
  Recorder& recorder_;
  Log log_;  // may be empty
};

}  // namespace tento::host
