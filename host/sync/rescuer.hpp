// SPDX-License-Identifier: Apache-2.0
// Picks up what is in the store: what a dead process left, and jobs that nobody has run yet, part by part.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "host/base/log.hpp"
#include "host/sync/job_window.hpp"
#include "host/sync/recorder.hpp"

namespace tento::host {

// A job under which the host ended this often in a row is not run again until somebody asks for it: two times may be
// chance, since whoever stops a host by force stops it while something runs.
inline constexpr std::int32_t most_deaths = 3;
inline constexpr std::string_view ends_host_tag = "sync_ends_host";

class Rescuer {
 public:
  Rescuer(Store& store, RowResolver& resolver, Recorder& recorder, Log log)
      : store_(store), resolver_(resolver), recorder_(recorder), log_(std::move(log)) {}

  // Takes back what workers left whose leases are over.
  Result<void> take_back();
  // The jobs of a part of the queue that can run as soon as what is loaded with them has. A job that nobody can run any
  // more, since its provider is gone or has no such stage, ends where people see it.
  struct Loaded {
    std::vector<JobPtr> jobs;            // of the part, in its order
    std::vector<JobPtr> prerequisites;   // queued jobs that these wait for, of whatever part
    std::vector<JobRecord> postponed;    // jobs that wait for one that is not due: these are due with it from now on
    JobPosition last;                    // what is before it was read
    std::optional<std::int64_t> due_us;  // when there is more behind it; nothing = there is none
  };
  Result<Loaded> load(const JobWindow::Part& part, std::int64_t now_us);
  // Jobs that nobody has claimed are not due before that time.
  Result<void> postpone(std::span<const JobPtr> jobs, std::int64_t not_before_us);

 private:
  using Keys = std::set<std::string>;                    // dedup keys
  using DueTimes = std::map<std::string, std::int64_t>;  // of dedup keys
  // Gives the keys of all that is queued or running of what is loaded now.
  Result<Keys> load_prerequisites(Loaded& loaded, std::int64_t now_us);
  // Takes out what waits for jobs that are due later.
  Result<void> postpone_what_waits(Loaded& loaded, DueTimes later);
  Result<void> end_those_without_prerequisites(Loaded& loaded, Keys queued);
  Result<const std::string*> missing_prerequisite(const Job& job, const Keys& queued) const;
  // Nothing where it cannot run any more.
  JobPtr revive_or_end(const JobRecord& record);
  Result<JobPtr> revive(const JobRecord& record);
  void end(const JobPtr& job, Error why);

  Store& store_;
  RowResolver& resolver_;
  Recorder& recorder_;
  Log log_;  // may be empty
};

}  // namespace tento::host
