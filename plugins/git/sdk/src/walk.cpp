// SPDX-License-Identifier: Apache-2.0
// The newest-first walk: a queue ordered by commit time, and a mark for each name met.
#include "gitlog/walk.hpp"

#include <algorithm>

#include "commit_dates.hpp"
#include "raw_commit.hpp"

namespace gitlog {

CommitWalk::CommitWalk(const Repository& repository, std::span<const ObjectId> boundary, Pulse pulse)
    : repository_(repository), boundary_(boundary.begin(), boundary.end()), pulse_(std::move(pulse)) {}

Result<void> CommitWalk::push(std::span<const ObjectId> commits) {
  for (const auto& id : commits) {
    if (auto met = meet(id, false); !met) return met;
  }
  return {};
}

Result<void> CommitWalk::hide(std::span<const ObjectId> commits) {
  for (const auto& id : commits) {
    if (auto met = meet(id, true); !met) return met;
  }
  return {};
}

Result<std::optional<Step>> CommitWalk::next() {
  while (wanted_ > 0) {
    if (!go_on()) return fail(Cause::stopped, "stopped");
    std::pop_heap(queue_.begin(), queue_.end());
    const Entry top = std::move(queue_.back());
    queue_.pop_back();
    const Mark mark = seen_.find(top.id)->second;
    if (mark == Mark::wanted) {
      --wanted_;
      seen_.find(top.id)->second = Mark::given;
    }
    if (auto met = meet_parents(top, mark == Mark::hidden); !met) return fail(std::move(met).error());
    if (mark == Mark::wanted) return Step{top.id, top.time, top.dated, top.parents_cut};
  }
  return std::nullopt;
}

std::vector<ObjectId> CommitWalk::frontier() const {
  std::vector<ObjectId> ids;
  ids.reserve(wanted_);
  for (const auto& entry : queue_) {
    if (seen_.find(entry.id)->second == Mark::wanted) ids.push_back(entry.id);
  }
  std::sort(ids.begin(), ids.end());
  return ids;
}

Result<void> CommitWalk::meet(const ObjectId& id, bool hidden) {
  const auto [place, fresh] = seen_.emplace(id, hidden ? Mark::hidden : Mark::wanted);
  if (!fresh) {
    // Hidden is stronger. One that was given already has its parents in the queue: they turn hidden in their turn.
    if (!hidden || place->second == Mark::hidden) return {};
    const bool waiting = place->second == Mark::wanted;
    place->second = Mark::hidden;
    if (waiting) {
      --wanted_;
      return {};  // its entry in the queue goes on as a hidden one
    }
  }
  const auto commit = read_raw_commit(repository_, id);
  if (!commit) {
    if (hidden && fresh) seen_.erase(id);
    return fail(commit.error());
  }
  enqueue(Entry{order_time(*commit), id, date_of(*commit).time, commit->parents_cut, commit->parents});
  if (fresh && !hidden) ++wanted_;
  return {};
}

Result<void> CommitWalk::meet_parents(const Entry& entry, bool hidden) {
  if (boundary_.contains(entry.id)) return {};
  for (const auto& parent : entry.parents) {
    if (auto met = meet(parent, hidden); !met) return met;
  }
  return {};
}

void CommitWalk::enqueue(Entry entry) {
  queue_.push_back(std::move(entry));
  std::push_heap(queue_.begin(), queue_.end());
}

bool CommitWalk::go_on() {
  // A commit takes microseconds to read; a large delta chain, milliseconds.
  return ++steps_ % 64 != 0 || !pulse_ || pulse_();
}

Result<bool> all_reachable(const Repository& repository, std::span<const ObjectId> boundary,
                           std::span<const ObjectId> tips, std::span<const ObjectId> commits, const Pulse& pulse) {
  CommitWalk walk(repository, boundary, pulse);
  if (auto pushed = walk.push(tips); !pushed) return fail(std::move(pushed).error());
  std::size_t found = 0;
  for (;;) {
    while (found < commits.size() && walk.met(commits[found])) ++found;
    if (found == commits.size()) return true;
    auto step = walk.next();
    if (!step) return fail(std::move(step).error());
    if (!*step) return false;
  }
}

Result<ObjectIdSet> reachable(const Repository& repository, std::span<const ObjectId> boundary,
                              std::span<const ObjectId> tips, const Pulse& pulse) {
  CommitWalk walk(repository, boundary, pulse);
  if (auto pushed = walk.push(tips); !pushed) return fail(std::move(pushed).error());
  ObjectIdSet ids;
  for (;;) {
    auto step = walk.next();
    if (!step) return fail(std::move(step).error());
    if (!*step) return ids;
    ids.insert((*step)->id);
  }
}

}  // namespace gitlog
