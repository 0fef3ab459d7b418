// SPDX-License-Identifier: Apache-2.0
/// @file repository.hpp
/// A local repository: opened with plain errors, its tips, its shallow boundary.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "error.hpp"
#include "object_id.hpp"

struct git_repository;

namespace gitlog {

/// Keeps libgit2 initialised, and its process-wide memory use small, for as long as one exists. Thread-safe.
class Library {
 public:
  Library();
  ~Library();
  Library(const Library&) = delete;
  Library& operator=(const Library&) = delete;
};

/// Where a walk starts.
struct Tips {
  std::vector<ObjectId> commits;      ///< HEAD and what the references name: sorted, each once
  std::vector<std::string> unusable;  ///< names that resolve to no commit now, each with the reason
  /// HEAD names a branch that does not exist while other references do: what to say when HEAD's history is needed.
  /// Without it, no commits mean that the repository is empty.
  std::optional<Error> head_unborn;
};

/// An open repository. One thread at a time.
class Repository {
 public:
  /// Opens the repository whose working tree or git directory is `path` (no search in parent folders). Work trees that
  /// belong to another repository (worktrees, submodules) are followed. A Library must exist.
  static Result<Repository> open(const std::string& path);

  /// The one moved from may only be assigned to or destroyed.
  Repository(Repository&&) noexcept;
  /// Closes what was open; the one moved from may only be assigned to or destroyed.
  Repository& operator=(Repository&&) noexcept;
  ~Repository();

  /// Canonical absolute path: the working tree, or the git directory where there is none.
  [[nodiscard]] const std::string& path() const { return path_; }
  /// The directory's name, without `.git` at its end; always UTF-8.
  [[nodiscard]] std::string label() const;
  /// A short id, stable as long as the repository stays at its path: the label as `[a-z0-9-]` and eight hex digits.
  [[nodiscard]] std::string identity() const;
  /// HEAD (nothing if it is unborn, see Tips::head_unborn) and `refs`: branch, tag or full reference names, commit
  /// names of forty digits, and patterns with `*` (under refs/heads/ unless they begin with refs/).
  [[nodiscard]] Result<Tips> tips(std::span<const std::string> refs) const;
  /// Commits whose parents were left out of a shallow clone; sorted. Empty for a complete repository.
  [[nodiscard]] Result<std::vector<ObjectId>> shallow_boundary() const;
  /// Whether an object of that name is here; an error when that cannot be found out.
  [[nodiscard]] Result<bool> has(const ObjectId& id) const;
  /// Whether it is a partial clone (git clone --filter): objects may be absent and are not damaged for that.
  [[nodiscard]] bool partial() const { return partial_; }
  /// Replacement references (git-replace) and graft lines: they are ignored, the original objects are read.
  [[nodiscard]] bool has_replacements() const;
  /// libgit2's own handle, for the other parts of this library.
  [[nodiscard]] git_repository* raw() const { return handle_.get(); }

 private:
  struct Close {
    void operator()(git_repository* repository) const noexcept;
  };
  Repository() = default;
  Result<void> find_partial();
  std::unique_ptr<git_repository, Close> handle_;
  std::string path_;
  bool partial_ = false;
};

}  // namespace gitlog
