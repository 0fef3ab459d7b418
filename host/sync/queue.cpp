// SPDX-License-Identifier: Apache-2.0
// Order, gates, locks and limits.
#include "host/sync/queue.hpp"

#include <algorithm>
#include <tuple>

namespace tento::host {

namespace {

bool contains(const std::vector<std::string>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

bool goes_before(const JobEntryPtr& a, const JobEntryPtr& b) {
  return std::tie(a->job.stage_class, a->job.id) < std::tie(b->job.stage_class, b->job.id);
}

}  // namespace

bool JobQueue::add(JobEntryPtr entry) {
  if (find(entry->job.id)) return false;
  const auto at = std::upper_bound(entries_.begin(), entries_.end(), entry, goes_before);
  entries_.insert(at, std::move(entry));
  return true;
}

bool JobQueue::raise(std::int64_t job, std::uint32_t stage_class) {
  const auto entry = find(job);
  if (!entry || entry->job.stage_class <= stage_class) return false;
  remove(job);
  entry->job.stage_class = stage_class;
  return add(entry);
}

void JobQueue::remove(std::int64_t job) {
  std::erase_if(entries_, [job](const auto& entry) { return entry->job.id == job; });
}

JobEntryPtr JobQueue::find(std::int64_t job) const {
  for (const auto& entry : entries_)
    if (entry->job.id == job) return entry;
  return nullptr;
}

JobEntryPtr JobQueue::find_run(std::int64_t run) const {
  for (const auto& entry : entries_)
    if (entry->run && entry->run->id == run) return entry;
  return nullptr;
}

bool JobQueue::may_run(const JobEntry& entry, std::int64_t now_us, const JobEntry* without) const {
  if (entry.running || entry.ended || entry.job.not_before_us > now_us) return false;
  std::size_t of_provider = 0;
  std::size_t of_integration = 0;
  for (const auto& other : entries_) {
    if (other.get() == &entry) continue;
    if (!other->ended && other->group == entry.group && contains(entry.after, other->job.stage)) return false;
    if (!other->running || other.get() == without) continue;
    if (other->job.lock_key == entry.job.lock_key) return false;
    if (other->job.provider != entry.job.provider) continue;
    ++of_provider;
    if (other->target.row.integration == entry.target.row.integration) ++of_integration;
  }
  const auto limit = entry.limits.provider == 0 ? default_limit_ : entry.limits.provider;
  return of_provider < limit && (entry.limits.integration == 0 || of_integration < entry.limits.integration);
}

JobEntryPtr JobQueue::next(std::int64_t now_us) const {
  for (const auto& entry : entries_)
    if (may_run(*entry, now_us)) return entry;
  return nullptr;
}

std::optional<std::int64_t> JobQueue::next_time(std::int64_t now_us) const {
  std::optional<std::int64_t> soonest;
  for (const auto& entry : entries_) {
    if (entry->running || entry->job.not_before_us <= now_us) continue;
    soonest = std::min(soonest.value_or(INT64_MAX), entry->job.not_before_us);
  }
  return soonest;
}

std::vector<JobEntryPtr> JobQueue::dependents(std::string_view group, std::string_view stage) const {
  std::vector<JobEntryPtr> out;
  std::vector<std::string> stages{std::string(stage)};
  for (std::size_t i = 0; i < stages.size(); ++i) {
    for (const auto& entry : entries_) {
      if (entry->running || entry->ended || entry->run || entry->group != group || !contains(entry->after, stages[i]) ||
          contains(stages, entry->job.stage))
        continue;
      out.push_back(entry);
      stages.push_back(entry->job.stage);
    }
  }
  return out;
}

bool JobQueue::more_urgent_waits(const JobEntry& running, std::int64_t now_us) const {
  return std::any_of(entries_.begin(), entries_.end(), [&](const auto& entry) {
    return entry->job.stage_class < running.job.stage_class && may_run(*entry, now_us, &running);
  });
}

JobEntryPtr JobQueue::in_the_way_of(const JobEntry& entry, std::int64_t now_us) const {
  for (auto at = entries_.rbegin(); at != entries_.rend(); ++at) {
    const auto& other = **at;
    if (other.running && other.job.stage_class > entry.job.stage_class && !other.control->yield &&
        may_run(entry, now_us, &other))
      return *at;
  }
  return nullptr;
}

}  // namespace tento::host
