// SPDX-License-Identifier: Apache-2.0
/// @file walk.hpp
/// Walks commits newest first, as a stream that can stop at any commit and go on from there in another process.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "repository.hpp"

namespace gitlog {

/// One commit met by a walk.
struct Step {
  ObjectId id;                 ///< its name
  std::int64_t committed = 0;  ///< commit time, seconds since 1970; says nothing of the dates behind it
  std::int64_t dated = 0;      ///< the time of dated_by, seconds since 1970
  bool parents_cut = false;    ///< a parent of it cannot be read: what lies behind it is not known
};

/// Newest-first walk (by commit time) over what is reachable from the pushed commits and not from the hidden ones.
///
/// libgit2's own walk lists everything before it gives the first commit, cannot be interrupted, knows nothing of
/// shallow boundaries (before 1.7) and cannot be resumed; hence this one. It holds the queue and the names seen, no
/// commits. Where commit times contradict ancestry, a commit that is hidden or was given in an earlier part may be
/// given again; none is ever left out.
class CommitWalk {
 public:
  /// `boundary`: the shallow boundary, whose parents do not exist. The repository must outlive the walk.
  CommitWalk(const Repository& repository, std::span<const ObjectId> boundary, Pulse pulse);

  /// Adds where to start.
  [[nodiscard]] Result<void> push(std::span<const ObjectId> commits);
  /// Leaves out these and their ancestors. Call it before push.
  [[nodiscard]] Result<void> hide(std::span<const ObjectId> commits);
  /// The next commit; none when the walk is done. It cannot stop at a date: clocks are wrong, and behind a commit of
  /// 1970 lie those of today.
  [[nodiscard]] Result<std::optional<Step>> next();
  /// Whether everything was given.
  [[nodiscard]] bool done() const { return wanted_ == 0; }
  /// Pushing exactly these, with the same hidden ones, continues this walk.
  [[nodiscard]] std::vector<ObjectId> frontier() const;
  /// Whether the walk has come across it.
  [[nodiscard]] bool met(const ObjectId& id) const { return seen_.contains(id); }
  /// How many commits it has come across.
  [[nodiscard]] std::size_t met_count() const { return seen_.size(); }

 private:
  enum class Mark : std::uint8_t { wanted, given, hidden };
  struct Entry {
    std::int64_t time = 0;
    ObjectId id;
    std::int64_t dated = 0;
    bool parents_cut = false;
    std::vector<ObjectId> parents = {};  // so that each commit is read once
    friend bool operator<(const Entry& a, const Entry& b) { return a.time != b.time ? a.time < b.time : a.id < b.id; }
  };
  [[nodiscard]] Result<void> meet(const ObjectId& id, bool hidden);
  [[nodiscard]] Result<void> meet_parents(const Entry& entry, bool hidden);
  void enqueue(Entry entry);
  [[nodiscard]] bool go_on();

  const Repository& repository_;
  ObjectIdSet boundary_;
  Pulse pulse_;
  std::vector<Entry> queue_;  // a heap, newest at the front
  ObjectIdMap<Mark> seen_;
  std::size_t wanted_ = 0;  // entries of the queue that are still to be given
  std::uint64_t steps_ = 0;
};

/// Whether every one of `commits` is among the tips or their ancestors. Exact, whatever the commit times say.
[[nodiscard]] Result<bool> all_reachable(const Repository& repository, std::span<const ObjectId> boundary,
                                         std::span<const ObjectId> tips, std::span<const ObjectId> commits,
                                         const Pulse& pulse);
/// Everything reachable from the tips. Exact; about 24 bytes of memory a commit.
[[nodiscard]] Result<ObjectIdSet> reachable(const Repository& repository, std::span<const ObjectId> boundary,
                                            std::span<const ObjectId> tips, const Pulse& pulse);

}  // namespace gitlog
