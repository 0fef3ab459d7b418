// SPDX-License-Identifier: Apache-2.0
// The indexes of the scheduler: time, prerequisites, lanes (locks), buckets (limits), urgency.
#include "host/sync/scheduler.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace tento::host {

bool Scheduler::waits_for(const Job& job, const Job& other) {
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
    if (!job.running && job.not_before_us > spec.not_before_us) {
      const bool waits = job.blockers == 0;
      if (waits) leave(job);
      job.not_before_us = spec.not_before_us;
      if (waits) enter_or_wait(job);
    }
    return false;
  }
  job.id = spec.id;
  job.stage_class = spec.stage_class;
  job.not_before_us = spec.not_before_us;
  job.stage = interned(spec.stage);
  for (const auto& name : spec.after) job.after.push_back(interned(name));
  job.bucket = &bucket_of(providers_[spec.provider], spec.integration, spec.limits, spec.suspect);
  job.lane = &*lanes_.try_emplace(spec.lock_key).first;
  ++job.lane->second.jobs;
  job.group = &*groups_.try_emplace(spec.group).first;
  for (Job* other = job.group->second.first; other != nullptr; other = other->next) {
    if (waits_for(job, *other)) ++job.blockers;
    if (!waits_for(*other, job)) continue;
    if (++other->blockers == 1 && !other->running) leave(*other);
  }
  job.next = std::exchange(job.group->second.first, &job);
  enter_or_wait(job);
  return true;
}

Scheduler::Bucket& Scheduler::bucket_of(Provider& provider, const std::string& integration,
                                        const ConcurrencyLimits& limits, bool suspect) {
  const auto [at, is_new] = provider.buckets.try_emplace({integration, limits, suspect});
  Bucket& bucket = at->second;
  if (!is_new) return bucket;
  bucket.provider = &provider;
  const auto of_integration = provider.integrations.try_emplace(integration).first;
  bucket.integration = &of_integration->first;
  bucket.integration_running = &of_integration->second;
  bucket.limits = limits;
  bucket.suspect = suspect;
  if (suspect) suspects_.insert(&bucket);
  return bucket;
}

void Scheduler::raise(Job& job, std::uint32_t stage_class) {
  if (job.stage_class <= stage_class) return;
  if (job.running) {
    const bool may_yield = may_yield_.erase(job.ticket()) != 0;
    job.stage_class = stage_class;
    if (may_yield) may_yield_.insert(job.ticket());
    return;
  }
  const bool ready = job.in_lane;
  if (ready) leave(job);
  job.stage_class = stage_class;
  if (ready) enter_or_wait(job);
}

// A job that does not run waits for its time, for others of its group, or in its lane.
void Scheduler::enter_or_wait(Job& job) {
  if (job.blockers > 0) return;
  if (job.not_before_us > 0) {
    delayed_.emplace(job.not_before_us, job.id);
    return;
  }
  job.in_lane = true;
  newly_ready_.push_back(job.id);
  Lane& lane = job.lane->second;
  const auto at = lane.waiting.emplace(job.bucket, job.ticket()).first;
  if (lane.holder != 0 || (at != lane.waiting.begin() && std::prev(at)->first == job.bucket)) return;
  // It is the first of its bucket now; the one that was stands back.
  if (const auto next = std::next(at); next != lane.waiting.end() && next->first == job.bucket)
    job.bucket->ready.erase(next->second);
  job.bucket->ready.insert(job.ticket());
  list(*job.bucket);
}

void Scheduler::leave(Job& job) {
  if (!job.in_lane) {
    if (job.not_before_us > 0) delayed_.erase({job.not_before_us, job.id});
    return;
  }
  job.in_lane = false;
  Lane& lane = job.lane->second;
  const auto at = lane.waiting.find({job.bucket, job.ticket()});
  const auto next = lane.waiting.erase(at);
  if (job.bucket->ready.erase(job.ticket()) == 0) return;
  if (lane.holder == 0 && next != lane.waiting.end() && next->first == job.bucket)
    job.bucket->ready.insert(next->second);
  list(*job.bucket);
}

template <class Visit>
void Scheduler::for_each_first(const Lane& lane, Visit visit) {
  for (auto at = lane.waiting.begin(); at != lane.waiting.end();) {
    visit(*at->first, at->second);
    at = lane.waiting.upper_bound({at->first, Ticket{UINT32_MAX, INT64_MAX, nullptr}});
  }
}

void Scheduler::promote(std::int64_t now_us) {
  while (!delayed_.empty() && delayed_.begin()->first <= now_us) {
    Job& job = jobs_.at(delayed_.begin()->second);
    delayed_.erase(delayed_.begin());
    job.not_before_us = 0;
    enter_or_wait(job);
  }
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
  if (bucket.suspect && suspect_runs_ && (without == nullptr || !without->bucket->suspect)) return false;
  const auto declared = bucket.limits.provider == 0 ? UINT32_MAX : bucket.limits.provider;
  const auto limit = std::min(declared, limits_.of_provider);
  return of_provider < limit && (bucket.limits.integration == 0 || of_integration < bucket.limits.integration);
}

void Scheduler::count_suspect(const Bucket& bucket, bool begins) {
  if (!bucket.suspect) return;
  suspect_runs_ = begins;
  for (Bucket* other : suspects_) list(*other);
}

// Under its lock nothing else of the lane is ready.
void Scheduler::take_lock(const Job& job) {
  for_each_first(job.lane->second, [this](Bucket& bucket, const Ticket& first) {
    bucket.ready.erase(first);
    list(bucket);
  });
}

void Scheduler::free_lock(const Job& job) {
  Lane& lane = job.lane->second;
  lane.holder = 0;
  for_each_first(lane, [this](Bucket& bucket, const Ticket& first) {
    bucket.ready.insert(first);
    list(bucket);
  });
}

void Scheduler::begin(Job& job) {
  job.lane->second.holder = job.id;
  leave(job);
  take_lock(job);
  job.running = job.begun = true;
  ++running_;
  may_yield_.insert(job.ticket());
  ++job.bucket->provider->running;
  ++*job.bucket->integration_running;
  count_suspect(*job.bucket, true);
  list_all(*job.bucket->provider);
}

void Scheduler::stop_running(Job& job) {
  job.running = false;
  --running_;
  if (std::exchange(job.stalled, false)) --stalled_;
  may_yield_.erase(job.ticket());
  --job.bucket->provider->running;
  --*job.bucket->integration_running;
  count_suspect(*job.bucket, false);
  list_all(*job.bucket->provider);
  free_lock(job);
}

Decision Scheduler::decide(std::int64_t now_us) {
  promote(now_us);
  Decision out;
  while (slots_taken() < limits_.slots && !open_.empty()) {
    Job& job = *open_.begin()->first.job;
    begin(job);
    out.start.push_back(job.id);
  }
  // One victim for each that could run in its place, the most urgent first.
  std::set<Ticket> asking;
  for (const JobId id : newly_ready_) {
    const auto found = jobs_.find(id);
    if (found != jobs_.end() && found->second.in_lane) asking.insert(found->second.ticket());
  }
  for (const Ticket& ticket : asking) {
    Job* victim = victim_for(*ticket.job);
    if (victim == nullptr) continue;
    may_yield_.erase(victim->ticket());
    out.yield.push_back(victim->id);
  }
  newly_ready_.clear();
  if (!delayed_.empty()) out.look_again_us = delayed_.begin()->first;
  return out;
}

// The least urgent running job that is less urgent than this one, stands in its way, and was not asked yet.
Scheduler::Job* Scheduler::victim_for(const Job& job) const {
  const JobId holder = job.lane->second.holder;
  for (auto at = may_yield_.rbegin(); at != may_yield_.rend() && at->stage_class > job.stage_class; ++at) {
    if ((holder == 0 || holder == at->id) && within_limits(*job.bucket, at->job)) return at->job;
  }
  return nullptr;
}

bool Scheduler::should_yield(JobId id, std::int64_t now_us) {
  promote(now_us);
  const auto found = jobs_.find(id);
  if (found == jobs_.end() || !found->second.running) return false;
  const Job& running = found->second;
  const auto more_urgent = [&running](const Ticket& ticket) { return ticket.stage_class < running.stage_class; };
  if (!open_.empty() && more_urgent(open_.begin()->first)) return true;
  const auto held_back = [&](const Bucket& bucket) {
    return !bucket.ready.empty() && more_urgent(*bucket.ready.begin()) && within_limits(bucket, &running);
  };
  // What its provider's limits hold back, what one suspect keeps from another, and what waits for its lock.
  for (const auto& [key, bucket] : running.bucket->provider->buckets)
    if (held_back(bucket)) return true;
  if (running.bucket->suspect && std::ranges::any_of(suspects_, [&](const Bucket* other) { return held_back(*other); }))
    return true;
  bool waits = false;
  for_each_first(running.lane->second, [&](const Bucket& bucket, const Ticket& first) {
    waits = waits || (more_urgent(first) && within_limits(bucket, &running));
  });
  return waits;
}

void Scheduler::pause(JobId id, std::int64_t not_before_us) {
  Job& job = jobs_.at(id);
  stop_running(job);
  job.not_before_us = not_before_us;
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
  if (--job.lane->second.jobs == 0) lanes_.erase(job.lane->first);
  auto* group = job.group;
  Job** link = &group->second.first;
  while (*link != &job) link = &(*link)->next;
  *link = job.next;
  for (Job* other = group->second.first; other != nullptr; other = other->next) {
    if (!waits_for(*other, job)) continue;
    if (--other->blockers == 0 && !other->running) enter_or_wait(*other);
  }
  if (group->second.first == nullptr) groups_.erase(group->first);
  jobs_.erase(found);
}

void Scheduler::set_stalled(JobId id, bool stalled) {
  const auto found = jobs_.find(id);
  if (found == jobs_.end() || !found->second.running || found->second.stalled == stalled) return;
  found->second.stalled = stalled;
  stalled ? ++stalled_ : --stalled_;
}

void Scheduler::absolve(JobId id) {
  const auto found = jobs_.find(id);
  if (found == jobs_.end() || !found->second.running || !found->second.bucket->suspect) return;
  Bucket& bucket = *found->second.bucket;
  found->second.bucket = &bucket_of(*bucket.provider, *bucket.integration, bucket.limits, false);
  count_suspect(bucket, false);
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
  std::vector<const Job*> ended{&found->second};
  for (std::size_t i = 0; i < ended.size(); ++i) {
    for (const Job* other = found->second.group->second.first; other != nullptr; other = other->next) {
      if (other->id == id || other->begun || !waits_for(*other, *ended[i])) continue;
      if (std::find(ended.begin(), ended.end(), other) != ended.end()) continue;
      out.push_back(other->id);
      ended.push_back(other);
    }
  }
  return out;
}

}  // namespace tento::host
