// SPDX-License-Identifier: Apache-2.0
// A commit's object, read by its bytes: libgit2 refuses the whole commit when one field of it is odd, and histories
// hold such commits for ever.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gitlog/repository.hpp"
#include "handles.hpp"
#include "ident.hpp"

namespace gitlog {

struct RawCommit {
  OdbObjectHandle object;  // owns the bytes that the views below show
  std::optional<ObjectId> tree;
  std::vector<ObjectId> parents;  // those that can be read
  bool parents_cut = false;       // a line of a parent cannot be read: what lies behind it is not known
  std::optional<Ident> author;
  std::optional<Ident> committer;
  std::string_view encoding;
  std::string_view message;  // without empty lines at its beginning
  std::string damage;        // what is wrong with it, as a part of a sentence; empty = nothing
};

// Reads an object's header; fails only when the object is not here, is damaged as a whole, or is no commit.
[[nodiscard]] Result<RawCommit> read_raw_commit(const Repository& repository, const ObjectId& id);
// The time that orders a commit in a walk: the committer's, or the author's, or none at all.
[[nodiscard]] std::int64_t order_time(const RawCommit& commit) noexcept;
// Follows annotated tags to a commit; none when it is a tag of something else.
[[nodiscard]] Result<std::optional<ObjectId>> peel_to_commit(const Repository& repository, ObjectId id);

}  // namespace gitlog
