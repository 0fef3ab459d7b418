// SPDX-License-Identifier: Apache-2.0
// Which files differ between two trees.
#pragma once

#include <git2.h>

#include <functional>
#include <string>

#include "gitlog/repository.hpp"
#include "handles.hpp"

namespace gitlog {

// One side of a file that differs; mode 0 = it is not there.
struct TreeSide {
  git_oid id{};
  git_filemode_t mode = GIT_FILEMODE_UNREADABLE;
  [[nodiscard]] bool absent() const { return mode == GIT_FILEMODE_UNREADABLE; }
};

// A tree by its name. Cause::left_out where a partial clone has it not, Cause::bad_object where it makes no sense.
[[nodiscard]] Result<TreeHandle> load_tree(const Repository& repository, const git_oid& id);

// Takes one differing file: its path as bytes, before, after.
using TreeVisitor = std::function<Result<void>(const std::string& path, const TreeSide& before, const TreeSide& after)>;

// Visits the files that differ, by path as git orders them. Subtrees that are equal are not read: libgit2's own
// tree-to-tree diff goes through every entry of both, which costs as much as the tree is large, not as the change is.
[[nodiscard]] Result<void> differing_files(const Repository& repository, const git_tree* before, const git_tree* after,
                                           const TreeVisitor& visit);

}  // namespace gitlog
