// SPDX-License-Identifier: Apache-2.0
// From a stored job back to one that can run.
#include "host/sync/rescuer.hpp"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <memory>
#include <string>
#include <utility>

#include "host/store/store.hpp"
#include "host/sync/topology.hpp"

namespace tento::host {

namespace {

// Of a job that nobody has claimed.
JobReturn return_of(const Job& job, std::int64_t not_before_us) {
  JobReturn out;
  out.lease.job = job.record.id;
  out.not_before_us = not_before_us;
  out.attempts = job.record.attempts;
  return out;
}

// Whatever ends the process at once (an exit in the provider's code, memory that runs out) leaves no other trace.
Result<JobPtr> ends_host(const JobRecord& record) {
  Error error;
  error.code = ErrorCode::upstream;
  error.error_class = ErrorClass::provider;
  error.tag = ends_host_tag;
  error.message = fmt::format(
      "the host ended {} times in a row while this ran, without having been stopped and before anything had changed. "
      "It is not run again by itself. See whether the host was killed for want of memory, then sync the row again",
      record.deaths);
  error.remedy = "sync the row again, or tell the provider's author";
  return fail(std::move(error));
}

}  // namespace

Result<void> Rescuer::take_back() {
  TENTO_TRY_ASSIGN(const auto interrupted, store_.jobs().rescue());
  if (interrupted > 0 && log_) log_(LogLevel::info, fmt::format("sync: {} interrupted runs go on", interrupted));
  return {};
}

Result<Rescuer::Loaded> Rescuer::load(const JobWindow::Part& part, std::int64_t now_us) {
  Loaded out;
  TENTO_TRY_ASSIGN(const auto records,
                   store_.jobs().queued(part.after, part.limit, {part.stage_class, part.stage_class}));
  if (records.size() == part.limit) out.due_us = records.back().not_before_us;
  for (const auto& record : records) {
    if (record.not_before_us > now_us) {
      out.due_us = record.not_before_us;
      break;
    }
    out.last = queue_position(record);
    if (auto job = revive_or_end(record)) out.jobs.push_back(std::move(job));
  }
  TENTO_TRY_ASSIGN(auto queued, load_prerequisites(out, now_us));
  TENTO_TRY(end_those_without_prerequisites(out, std::move(queued)));
  return out;
}

Result<void> Rescuer::postpone(std::span<const JobPtr> jobs, std::int64_t not_before_us) {
  std::vector<JobReturn> returns;
  for (const auto& job : jobs) returns.push_back(return_of(*job, not_before_us));
  TENTO_TRY(store_.jobs().reschedule(returns));
  return {};
}

// What a job waits for may be of a less urgent class, and its turn may come long after that of the job. Where it is not
// due, the job is not either: it would only fill the window.
Result<Rescuer::Keys> Rescuer::load_prerequisites(Loaded& loaded, std::int64_t now_us) {
  Keys queued, known;
  DueTimes later;
  for (const auto& job : loaded.jobs) queued.insert(job->record.dedup_key);
  known = queued;
  auto waiting = loaded.jobs;
  while (!waiting.empty()) {
    std::vector<std::string> keys;
    for (const auto& job : waiting) {
      for (const auto& stage : job->queued.after) {
        auto key = dedup_key(job->queued.group, stage);
        if (known.insert(key).second) keys.push_back(std::move(key));
      }
    }
    TENTO_TRY_ASSIGN(const auto records, store_.jobs().find_by_keys(keys));
    waiting.clear();
    for (const auto& record : records) {
      // Whoever runs one that is running holds it.
      const bool waits = !record.running && record.not_before_us > now_us;
      if (waits) later.emplace(record.dedup_key, record.not_before_us);
      auto job = record.running || waits ? nullptr : revive_or_end(record);
      if (record.running || waits || job) queued.insert(record.dedup_key);
      if (job) waiting.push_back(std::move(job));
    }
    loaded.prerequisites.insert(loaded.prerequisites.end(), waiting.begin(), waiting.end());
  }
  TENTO_TRY(postpone_what_waits(loaded, std::move(later)));
  return queued;
}

Result<void> Rescuer::postpone_what_waits(Loaded& loaded, DueTimes later) {
  const auto due_us = [&later](const Job& job) {
    std::int64_t out = 0;
    for (const auto& stage : job.queued.after)
      if (const auto at = later.find(dedup_key(job.queued.group, stage)); at != later.end())
        out = std::max(out, at->second);
    return out;
  };
  std::vector<JobReturn> returns;
  for (bool again = !later.empty(); again;) {
    again = false;
    for (auto* jobs : {&loaded.prerequisites, &loaded.jobs}) {
      for (auto at = jobs->begin(); at != jobs->end();) {
        const auto not_before_us = due_us(**at);
        if (not_before_us == 0) {
          ++at;
          continue;
        }
        returns.push_back(return_of(**at, not_before_us));
        loaded.postponed.push_back((*at)->record);
        loaded.postponed.back().not_before_us = not_before_us;
        later.emplace((*at)->record.dedup_key, not_before_us);
        at = jobs->erase(at);
        again = true;
      }
    }
  }
  if (returns.empty()) return {};
  TENTO_TRY(store_.jobs().reschedule(returns));
  return {};
}

// A prerequisite that failed while this job was in the store alone has left nobody who would have ended the job. Others
// may wait for what ends here.
Result<void> Rescuer::end_those_without_prerequisites(Loaded& loaded, Keys queued) {
  for (bool again = true; again;) {
    again = false;
    for (auto* jobs : {&loaded.prerequisites, &loaded.jobs}) {
      for (auto at = jobs->begin(); at != jobs->end();) {
        TENTO_TRY_ASSIGN(const auto* missing, missing_prerequisite(**at, queued));
        if (missing == nullptr) {
          ++at;
          continue;
        }
        queued.erase((*at)->record.dedup_key);
        end(*at, prerequisite_failed((*at)->record.stage, *missing, ErrorClass::transient));
        at = jobs->erase(at);
        again = true;
      }
    }
  }
  return {};
}

// One that is not queued and never ended well. Null: there is none.
Result<const std::string*> Rescuer::missing_prerequisite(const Job& job, const Keys& queued) const {
  for (const auto& stage : job.queued.after) {
    if (queued.contains(dedup_key(job.queued.group, stage))) continue;
    TENTO_TRY_ASSIGN(const bool ended_well, store_.runs().ended_well(job.record.row, stage));
    if (!ended_well) return &stage;
  }
  return nullptr;
}

JobPtr Rescuer::revive_or_end(const JobRecord& record) {
  // What is held already was asked for since.
  auto revived = record.deaths < most_deaths || recorder_.holds(record.id) ? revive(record) : ends_host(record);
  if (revived) return *revived;
  auto job = std::make_shared<Job>();
  job->record = record;
  if (const auto row = store_.rows().find(record.row); row && *row) job->target.owner.id = (*row)->owner;
  auto error = std::move(revived).error();
  error.message = fmt::format("cannot go on with stage `{}` of {}: {}", record.stage, record.lookup_key, error.message);
  end(job, std::move(error));
  return nullptr;
}

Result<JobPtr> Rescuer::revive(const JobRecord& record) {
  const auto gone = [] {
    return fail(ErrorCode::not_found, ErrorClass::internal, "the row of the job is gone", "no_such_row");
  };
  TENTO_TRY_ASSIGN(const auto row, store_.rows().find(record.row));
  if (!row) return gone();
  TENTO_TRY_ASSIGN(const auto owner, store_.users().find(row->owner));
  if (!owner) return gone();
  TENTO_TRY_ASSIGN(const auto target, resolver_.resolve(*owner, record.lookup_key, 0));
  TENTO_TRY_ASSIGN(const auto topology, Topology::of(target));
  TENTO_TRY_ASSIGN(const auto* stage, topology.find(record.stage));
  return make_job(record, target, *stage);
}

void Rescuer::end(const JobPtr& job, Error why) {
  recorder_.hold(*job);
  recorder_.end({{job, RunStatus::failed, std::move(why)}});
}

}  // namespace tento::host
