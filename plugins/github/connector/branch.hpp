// SPDX-License-Identifier: Apache-2.0
/// @file branch.hpp
/// Commits that a branch no longer leads to, since it was moved by force: they are found by what the branch led to
/// before, and deleted.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "list_sync.hpp"

namespace github::rows {

/// The default branch of a repository across syncs of its commits. Cursors: `head` (a commit that leads to all that are
/// held), `rewritten` (not empty = what is gone could not be told; the list has to be read whole).
///
/// Whatever `head` leads to is held. Where a list shows `head`, all of it is still on the branch; where it does not,
/// the service is asked which of it is not.
class Branch {
 public:
  /// The branch as the last sync left it.
  static tento::Result<Branch> load(const Run& run, RepositoryName repository);

  /// Notes one of the newest commits by its hash, in their order.
  void see(std::string_view id);
  /// Deletes, within `txn`, what the branch no longer leads to, and adds the cursors. For the end of a list of which
  /// see() was told, or without it for a look by itself. The cursors' bytes belong to this.
  tento::Result<void> settle(const Run& run, tento::Transaction& txn, std::vector<tento::Cursor>& cursors);

  /// Whether what is gone can only be told by the whole list.
  [[nodiscard]] bool rewritten() const noexcept { return rewritten_; }
  /// Reads the whole list and deletes what it lacks, unless the branch moved meanwhile: then the next call does it all
  /// again. `list_url` is the list's first page, `lookup_key` the row. Commits by itself.
  tento::Result<tento::Synced> read_anew(const Run& run, const std::string& list_url, std::string_view lookup_key);

 private:
  explicit Branch(RepositoryName repository) : repository_(std::move(repository)) {}
  [[nodiscard]] tento::Result<std::optional<std::string>> tip(const Run& run) const;
  [[nodiscard]] std::string text() const { return repository_.owner + "/" + repository_.name; }

  RepositoryName repository_;
  std::string held_;   // the cursor `head`
  std::string first_;  // the first that was seen
  bool met_ = false;   // whether `held_` was seen
  bool rewritten_ = false;
};

}  // namespace github::rows
