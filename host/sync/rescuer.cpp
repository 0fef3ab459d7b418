// SPDX-License-Identifier: Apache-2.0
// From a stored job back to one that can run.
#include "host/sync/rescuer.hpp"

#include <spdlog/fmt/fmt.h>

#include <set>
#include <string>

#include "host/store/store.hpp"
#include "host/sync/topology.hpp"

namespace tento::host {

Result<void> Rescuer::take_back() {
  TENTO_TRY_ASSIGN(const auto interrupted, store_.jobs().rescue());
  if (interrupted > 0 && log_) log_(LogLevel::info, fmt::format("sync: {} interrupted runs go on", interrupted));
  return {};
}

Result<Rescuer::Loaded> Rescuer::load(const JobWindow::Part& part) {
  Loaded out;
  TENTO_TRY_ASSIGN(const auto records,
                   store_.jobs().queued(part.after, part.limit, {part.stage_class, part.stage_class}));
  out.more = records.size() == part.limit;
  if (!records.empty()) out.last = records.back().id;
  for (const auto& record : records)
    if (auto job = revive_or_end(record)) out.jobs.push_back(std::move(job));
  TENTO_TRY(load_prerequisites(out));
  return out;
}

// What a job waits for may be of a less urgent class, and its turn may come long after that of the job.
Result<void> Rescuer::load_prerequisites(Loaded& loaded) {
  std::set<std::string> known;
  for (const auto& job : loaded.jobs) known.insert(job->record.dedup_key);
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
      if (record.running) continue;  // whoever runs it holds it
      if (auto job = revive_or_end(record)) waiting.push_back(std::move(job));
    }
    loaded.prerequisites.insert(loaded.prerequisites.end(), waiting.begin(), waiting.end());
  }
  return {};
}

JobPtr Rescuer::revive_or_end(const JobRecord& record) {
  auto job = revive(record);
  if (job) return *job;
  end(record, job.error());
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
  TENTO_TRY_ASSIGN(const auto target, dispatcher_.resolve(*owner, record.lookup_key, 0));
  TENTO_TRY_ASSIGN(const auto topology, Topology::of(target));
  TENTO_TRY_ASSIGN(const auto* stage, topology.find(record.stage));
  return make_job(record, target, *stage);
}

void Rescuer::end(const JobRecord& record, const Error& why) {
  auto job = std::make_shared<Job>();
  job->record = record;
  if (const auto row = store_.rows().find(record.row); row && *row) job->target.owner.id = (*row)->owner;
  auto error = why;
  error.message = fmt::format("cannot go on with stage `{}` of {}: {}", record.stage, record.lookup_key, why.message);
  recorder_.hold(*job);
  recorder_.end({{job, RunStatus::failed, std::move(error)}});
}

}  // namespace tento::host
