// SPDX-License-Identifier: Apache-2.0
// The indexes of the scheduler: time, prerequisites, lanes (locks), buckets (limits), urgency.
#include "host/sync/scheduler.hpp"

#include <algorithm>

namespace tento::host {

bool Scheduler::waits_for(const QueuedJob& job, const QueuedJob& other) {
  return job.id != other.id && std::find(job.after.begin(), job.after.end(), other.stage) != job.after.end();
}

bool Scheduler::is_running(JobId job) const {
  const auto found = jobs_.find(job);
  return found != jobs_.end() && found->second.running;
}

bool Scheduler::add(const QueuedJob& spec) {
  const auto [at, is_new] = jobs_.try_emplace(spec.id);
  Job& job = at->second;
  if (!is_new) {
    ++job.wanted;
    raise(job, spec.stage_class);
    return false;
  }
  job.spec = spec;
  Provider& provider = providers_[spec.provider];
  Bucket& bucket = provider.buckets[{spec.integration, spec.limits}];
  bucket.provider = &provider;
  bucket.integration_running = &provider.integrations[spec.integration];
  bucket.limits = spec.limits;
  job.bucket = &bucket;
  auto& group = groups_[spec.group];
  for (const JobId id : group) {
    Job& other = jobs_.at(id);
    if (waits_for(spec, other.spec)) ++job.blockers;
    if (!waits_for(other.spec, spec)) continue;
    if (++other.blockers == 1 && !other.running) leave(other);
  }
  group.push_back(spec.id);
  enter_or_wait(job);
  return true;
}

void Scheduler::raise(Job& job, std::uint32_t stage_class) {
  if (job.spec.stage_class <= stage_class) return;
  if (job.running) {
    running_.erase(job.ticket());
    job.spec.stage_class = stage_class;
    running_.insert(job.ticket());
    return;
  }
  const bool ready = job.in_lane;
  if (ready) leave(job);
  job.spec.stage_class = stage_class;
  if (ready) enter_or_wait(job);
}

// A job that does not run waits for its time, for others of its group, or in its lane.
void Scheduler::enter_or_wait(Job& job) {
  if (job.blockers > 0) return;
  if (job.spec.not_before_us > 0) {
    delayed_.emplace(job.spec.not_before_us, job.spec.id);
    return;
  }
  Lane& lane = lanes_[job.spec.lock_key];
  lane.waiting[job.bucket].jobs.insert(job.ticket());
  job.in_lane = true;
  newly_ready_.push_back(job.spec.id);
  show_first(lane, *job.bucket);
}

void Scheduler::leave(Job& job) {
  delayed_.erase({job.spec.not_before_us, job.spec.id});
  if (!job.in_lane) return;
  job.in_lane = false;
  Lane& lane = lanes_.at(job.spec.lock_key);
  lane.waiting.at(job.bucket).jobs.erase(job.ticket());
  show_first(lane, *job.bucket);
  drop_if_empty(job.spec.lock_key);
}

void Scheduler::drop_if_empty(const std::string& lock_key) {
  const auto lane = lanes_.find(lock_key);
  if (lane->second.holder == 0 && lane->second.waiting.empty()) lanes_.erase(lane);
}

void Scheduler::promote(std::int64_t now_us) {
  while (!delayed_.empty() && delayed_.begin()->first <= now_us) {
    Job& job = jobs_.at(delayed_.begin()->second);
    delayed_.erase(delayed_.begin());
    job.spec.not_before_us = 0;
    enter_or_wait(job);
  }
}

// The first job of a free lane stands in its bucket; of a lane whose lock is held, none.
void Scheduler::show_first(Lane& lane, Bucket& bucket) {
  const auto found = lane.waiting.find(&bucket);
  if (found == lane.waiting.end()) return;
  auto& waiting = found->second;
  std::optional<Ticket> first;
  if (lane.holder == 0 && !waiting.jobs.empty()) first = *waiting.jobs.begin();
  if (first != waiting.shown) {
    if (waiting.shown) bucket.ready.erase(*waiting.shown);
    if (first) bucket.ready.insert(*first);
    waiting.shown = first;
    list(bucket);
  }
  if (waiting.jobs.empty()) lane.waiting.erase(found);
}

void Scheduler::list(Bucket& bucket) {
  std::optional<Ticket> first;
  if (!bucket.ready.empty() && within_limits(bucket, nullptr)) first = *bucket.ready.begin();
  if (first == bucket.listed) return;
  if (bucket.listed) open_.erase(*bucket.listed);
  if (first) open_.emplace(*first, &bucket);
  bucket.listed = first;
}

void Scheduler::list_all(Provider& provider) {
  for (auto& [key, bucket] : provider.buckets) list(bucket);
}

bool Scheduler::within_limits(const Bucket& bucket, const Job* without) const {
  std::size_t of_provider = bucket.provider->running;
  std::size_t of_integration = *bucket.integration_running;
  if (without != nullptr && without->bucket->provider == bucket.provider) {
    --of_provider;
    if (without->bucket->integration_running == bucket.integration_running) --of_integration;
  }
  const auto limit = bucket.limits.provider == 0 ? limits_.provider_without_a_limit : bucket.limits.provider;
  return of_provider < limit && (bucket.limits.integration == 0 || of_integration < bucket.limits.integration);
}

void Scheduler::begin(Job& job) {
  Lane& lane = lanes_.at(job.spec.lock_key);
  lane.holder = job.spec.id;
  leave(job);
  for (auto at = lane.waiting.begin(); at != lane.waiting.end();) show_first(lane, *(at++)->first);
  job.running = job.begun = true;
  job.asked_to_yield = false;
  running_.insert(job.ticket());
  ++job.bucket->provider->running;
  ++*job.bucket->integration_running;
  list_all(*job.bucket->provider);
}

void Scheduler::stop_running(Job& job) {
  job.running = false;
  running_.erase(job.ticket());
  --job.bucket->provider->running;
  --*job.bucket->integration_running;
  list_all(*job.bucket->provider);
  Lane& lane = lanes_.at(job.spec.lock_key);
  lane.holder = 0;
  for (auto at = lane.waiting.begin(); at != lane.waiting.end();) show_first(lane, *(at++)->first);
  drop_if_empty(job.spec.lock_key);
}

Decision Scheduler::decide(std::int64_t now_us) {
  promote(now_us);
  Decision out;
  while (running_.size() < limits_.slots && !open_.empty()) {
    Job& job = jobs_.at(open_.begin()->first.id);
    begin(job);
    out.start.push_back(job.spec.id);
  }
  // One victim for each that could run in its place, the most urgent first.
  std::set<Ticket> asking;
  for (const JobId id : newly_ready_) {
    const auto found = jobs_.find(id);
    if (found != jobs_.end() && found->second.in_lane) asking.insert(found->second.ticket());
  }
  for (const Ticket& ticket : asking) {
    const JobId victim = victim_for(jobs_.at(ticket.id));
    if (victim == 0) continue;
    jobs_.at(victim).asked_to_yield = true;
    out.yield.push_back(victim);
  }
  newly_ready_.clear();
  if (!delayed_.empty()) out.look_again_us = delayed_.begin()->first;
  return out;
}

// The least urgent running job that is less urgent than this one, stands in its way, and was not asked yet.
JobId Scheduler::victim_for(const Job& job) const {
  const JobId holder = lanes_.at(job.spec.lock_key).holder;
  for (auto at = running_.rbegin(); at != running_.rend() && at->stage_class > job.spec.stage_class; ++at) {
    const Job& other = jobs_.at(at->id);
    if (!other.asked_to_yield && (holder == 0 || holder == at->id) && within_limits(*job.bucket, &other)) return at->id;
  }
  return 0;
}

bool Scheduler::should_yield(JobId id, std::int64_t now_us) {
  promote(now_us);
  const auto found = jobs_.find(id);
  if (found == jobs_.end() || !found->second.running) return false;
  const Job& running = found->second;
  const auto more_urgent = [&running](const Ticket& ticket) { return ticket.stage_class < running.spec.stage_class; };
  if (!open_.empty() && more_urgent(open_.begin()->first)) return true;
  // What its provider's limits hold back, and what waits for its lock.
  for (const auto& [key, bucket] : running.bucket->provider->buckets) {
    if (!bucket.ready.empty() && more_urgent(*bucket.ready.begin()) && within_limits(bucket, &running)) return true;
  }
  const auto& waiting = lanes_.at(running.spec.lock_key).waiting;
  return std::any_of(waiting.begin(), waiting.end(), [&](const auto& entry) {
    return more_urgent(*entry.second.jobs.begin()) && within_limits(*entry.first, &running);
  });
}

void Scheduler::pause(JobId id, std::int64_t not_before_us) {
  Job& job = jobs_.at(id);
  stop_running(job);
  job.spec.not_before_us = not_before_us;
  enter_or_wait(job);
}

void Scheduler::remove(JobId id) {
  const auto found = jobs_.find(id);
  if (found == jobs_.end()) return;
  Job& job = found->second;
  if (job.running) {
    stop_running(job);
  } else {
    leave(job);
  }
  auto& group = groups_.at(job.spec.group);
  std::erase(group, id);
  for (const JobId member : group) {
    Job& other = jobs_.at(member);
    if (!waits_for(other.spec, job.spec)) continue;
    if (--other.blockers == 0 && !other.running) enter_or_wait(other);
  }
  if (group.empty()) groups_.erase(job.spec.group);
  jobs_.erase(found);
}

Scheduler::Withdrawn Scheduler::withdraw(JobId id) {
  const auto found = jobs_.find(id);
  if (found == jobs_.end()) return Withdrawn::unknown;
  Job& job = found->second;
  if (job.wanted > 0) --job.wanted;
  if (job.wanted > 0) return Withdrawn::wanted;
  return job.running ? Withdrawn::running : Withdrawn::queued;
}

std::vector<JobId> Scheduler::dependents(JobId id) const {
  std::vector<JobId> out;
  const auto found = jobs_.find(id);
  if (found == jobs_.end()) return out;
  const auto& group = groups_.at(found->second.spec.group);
  std::vector<const QueuedJob*> ended{&found->second.spec};
  for (std::size_t i = 0; i < ended.size(); ++i) {
    for (const JobId member : group) {
      const Job& other = jobs_.at(member);
      if (member == id || other.begun || !waits_for(other.spec, *ended[i])) continue;
      if (std::find(out.begin(), out.end(), member) != out.end()) continue;
      out.push_back(member);
      ended.push_back(&other.spec);
    }
  }
  return out;
}

}  // namespace tento::host
