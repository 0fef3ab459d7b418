// SPDX-License-Identifier: Apache-2.0
// Jobs: unique by dedup key while queued or running, claimed under a fence, gone when ended.
#include <algorithm>

#include "host/store/memory/coverage.hpp"
#include "host/store/memory/refusals.hpp"
#include "host/store/memory/runs.hpp"
#include "host/store/memory/stores.hpp"

namespace tento::host::memory {

namespace {

JobRecord shown(const Job& job) {
  auto record = job.record;
  record.running = job.fence != 0;
  return record;
}

Job* find_by_key(Data& data, std::string_view dedup_key) {
  for (auto& [id, job] : data.jobs)
    if (job.record.dedup_key == dedup_key) return &job;
  return nullptr;
}

Enqueued enqueue_one(Data& data, const JobRecord& job, std::int64_t now_us) {
  if (auto* known = find_by_key(data, job.dedup_key)) {
    known->record.stage_class = std::min(known->record.stage_class, job.stage_class);
    if (known->record.not_before_us > job.not_before_us) {
      known->record.not_before_us = job.not_before_us;
      known->record.attempts = job.attempts;
    }
    return {shown(*known), false};
  }
  const auto& row = find_row(data, job.row)->record;
  Job made;
  made.record = job;
  made.record.id = ++data.last_job;
  made.record.lookup_key = row.lookup_key;
  made.record.provider = row.provider;
  if (made.record.created_us == 0) made.record.created_us = now_us;
  return {shown(data.jobs[made.record.id] = made), true};
}

bool may_run(const Data& data, const Job& job, const ConcurrencyLimits& limits) {
  const auto& row = find_row(data, job.record.row)->record;
  std::uint32_t of_provider = 0, of_integration = 0;
  for (const auto& [id, other] : data.jobs) {
    if (other.fence == 0) continue;
    if (other.record.lock_key == job.record.lock_key) return false;
    const auto& other_row = find_row(data, other.record.row)->record;
    if (other_row.provider != row.provider) continue;
    ++of_provider;
    if (other_row.integration == row.integration) ++of_integration;
  }
  return (limits.provider == 0 || of_provider < limits.provider) &&
         (limits.integration == 0 || of_integration < limits.integration);
}

Claim claim_one(Data& data, std::string_view worker, const ClaimRequest& request, std::int64_t lease_us,
                std::int64_t now_us) {
  Claim out;
  const auto at = data.jobs.find(request.job);
  if (at == data.jobs.end() || at->second.fence != 0) return out;
  auto& job = at->second;
  out.state = ClaimState::busy;
  if (!may_run(data, job, request.limits)) return out;
  out.state = ClaimState::claimed;
  job.worker = worker;
  job.fence = ++job.claims;
  job.until_us = now_us + lease_us;
  out.lease = {request.job, job.fence, job.until_us};
  out.run = request.run;
  out.run.job = request.job;
  const auto run = data.runs.find(request.run.id);
  if (run != data.runs.end() && run->second.status == RunStatus::running) return out;
  if (out.run.started_us == 0) out.run.started_us = now_us;
  out.run.id = insert_run(data, job.record.row, out.run);
  return out;
}

}  // namespace

Job* held(Data& data, const Lease& lease) {
  const auto at = data.jobs.find(lease.job);
  return at == data.jobs.end() || at->second.fence != lease.fence ? nullptr : &at->second;
}

void end_job(Data& data, const Job& job, const RunRecord& run, std::int64_t data_version) {
  const auto row = job.record.row;
  const auto id = job.record.id;
  data.jobs.erase(id);
  if (run.id == 0) {
    insert_run(data, row, run);
  } else {
    update_run(data, run);
  }
  note_stage_end(data, row, run, data_version);
}

Result<std::vector<Enqueued>> MemoryJobs::enqueue(std::span<const JobRecord> jobs) {
  return state_.write([&](Data& data) -> Result<std::vector<Enqueued>> {
    for (const auto& job : jobs)
      if (find_row(data, job.row) == nullptr) return no_such_row(job.row);
    std::vector<Enqueued> out;
    for (const auto& job : jobs) out.push_back(enqueue_one(data, job, state_.now_us()));
    return out;
  });
}

Result<std::vector<JobRecord>> MemoryJobs::queued(const JobPosition& after, std::size_t limit, StageClasses classes) {
  return state_.read([&](const Data& data) {
    std::vector<JobRecord> out;
    for (const auto& [id, job] : data.jobs)
      if (job.fence == 0 && job.record.stage_class >= classes.first && job.record.stage_class <= classes.last &&
          queue_position(job.record) > after)
        out.push_back(shown(job));
    std::ranges::sort(out, {}, queue_position);
    if (out.size() > limit) out.resize(limit);
    return out;
  });
}

Result<std::vector<JobRecord>> MemoryJobs::find_by_keys(std::span<const std::string> dedup_keys) {
  return state_.read([&](const Data& data) {
    std::vector<JobRecord> out;
    for (const auto& key : dedup_keys)
      for (const auto& [id, job] : data.jobs)
        if (job.record.dedup_key == key) out.push_back(shown(job));
    return out;
  });
}

Result<std::vector<JobCount>> MemoryJobs::counts() {
  return state_.read([](const Data& data) {
    std::map<std::uint32_t, std::uint64_t> counts;
    for (const auto& [id, job] : data.jobs) ++counts[job.record.stage_class];
    std::vector<JobCount> out;
    for (const auto& [stage_class, jobs] : counts) out.push_back({stage_class, jobs});
    return out;
  });
}

Result<std::vector<Claim>> MemoryJobs::claim(std::string_view worker, std::span<const ClaimRequest> requests,
                                             std::int64_t lease_us) {
  return state_.write([&](Data& data) -> Result<std::vector<Claim>> {
    std::vector<Claim> out;
    for (const auto& request : requests) out.push_back(claim_one(data, worker, request, lease_us, state_.now_us()));
    return out;
  });
}

Result<std::vector<LeaseOutcome>> MemoryJobs::heartbeat(std::span<const Heartbeat> beats, std::int64_t lease_us) {
  return state_.write([&](Data& data) -> Result<std::vector<LeaseOutcome>> {
    std::vector<LeaseOutcome> out;
    for (const auto& beat : beats) {
      auto* job = beat.lease.fence == 0 ? nullptr : held(data, beat.lease);
      out.push_back(job == nullptr ? LeaseOutcome::fenced : LeaseOutcome::done);
      if (job == nullptr) continue;
      job->until_us = state_.now_us() + lease_us;
      if (beat.run) update_run(data, *beat.run);
    }
    return out;
  });
}

Result<std::vector<LeaseOutcome>> MemoryJobs::complete(std::span<const JobEnd> ends) {
  return state_.write([&](Data& data) -> Result<std::vector<LeaseOutcome>> {
    for (const auto& end : ends)
      if (held(data, end.lease) != nullptr) TENTO_TRY(check_coverage(end.coverage));
    std::vector<LeaseOutcome> out;
    for (const auto& end : ends) {
      const auto* job = held(data, end.lease);
      out.push_back(job == nullptr ? LeaseOutcome::fenced : LeaseOutcome::done);
      if (job == nullptr) continue;
      const auto id = job->record.row;
      end_job(data, *job, end.run, end.data_version);
      if (end.coverage.empty()) continue;
      auto& row = *find_row(data, id);
      put_coverage(data, row, end.coverage, state_.now_us());
    }
    return out;
  });
}

Result<std::vector<LeaseOutcome>> MemoryJobs::reschedule(std::span<const JobReturn> returns) {
  return state_.write([&](Data& data) -> Result<std::vector<LeaseOutcome>> {
    for (const auto& back : returns)
      if (held(data, back.lease) != nullptr) TENTO_TRY(check_coverage(back.coverage));
    std::vector<LeaseOutcome> out;
    for (const auto& back : returns) {
      auto* job = held(data, back.lease);
      out.push_back(job == nullptr ? LeaseOutcome::fenced : LeaseOutcome::done);
      if (job == nullptr) continue;
      job->worker.clear();
      if (job->fence != 0) job->record.deaths = 0;
      job->fence = job->until_us = 0;
      job->record.not_before_us = back.not_before_us;
      job->record.attempts = back.attempts;
      if (back.run.id != 0) update_run(data, back.run);
      if (back.run.id != 0) note_stage_end(data, job->record.row, back.run, 0);
      if (back.coverage.empty()) continue;
      put_coverage(data, *find_row(data, job->record.row), back.coverage, state_.now_us());
    }
    return out;
  });
}

Result<std::size_t> MemoryJobs::rescue() {
  return state_.write([&](Data& data) -> Result<std::size_t> {
    const auto now_us = state_.now_us();
    std::size_t interrupted = 0;
    for (auto& [id, run] : data.runs) {
      if (run.status != RunStatus::running) continue;
      const auto job = data.jobs.find(run.job);
      if (job != data.jobs.end() && job->second.fence != 0 && job->second.until_us > now_us) continue;
      run.status = RunStatus::interrupted;
      run.ended_us = now_us;
      ++interrupted;
    }
    for (auto& [id, job] : data.jobs) {
      if (job.fence == 0 || job.until_us > now_us) continue;
      job.worker.clear();
      job.fence = job.until_us = 0;
      ++job.record.deaths;
    }
    return interrupted;
  });
}

}  // namespace tento::host::memory
