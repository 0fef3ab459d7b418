// SPDX-License-Identifier: Apache-2.0
/// @file commit_cell.hpp
/// A commit as a cell: its date, and its JSON, which the computed rows read back.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <tento/sdk/result.hpp>
#include <tento/sdk/time.hpp>

#include "gitlog/commit.hpp"

namespace tento::git {

/// When the author wrote it, with the author's own offset; by the committer, where the author's time cannot be used. A
/// commit without any date stands at the nearest moment of the years 0 to 9999, or at 1970, as git shows it.
[[nodiscard]] SemanticTime commit_date(const gitlog::Commit& commit);
/// The cell's data. `at_boundary`: it is on the boundary of a shallow clone.
[[nodiscard]] std::string commit_json(const gitlog::Commit& commit, bool at_boundary);

/// What the computed rows need of a stored commit.
struct CommitSummary {
  std::string name;              ///< author
  std::string email;             ///< author
  std::uint64_t files = 0;       ///< how many it changed
  std::uint64_t insertions = 0;  ///< lines added
  std::uint64_t deletions = 0;   ///< lines removed
  bool counted = true;           ///< its lines are known
  bool undated = false;          ///< its date says nothing
};
/// Reads the data of stored cells, one after another; its buffers are kept between them. Not thread-safe.
class CommitReader {
 public:
  CommitReader();
  ~CommitReader();
  CommitReader(const CommitReader&) = delete;
  CommitReader& operator=(const CommitReader&) = delete;
  /// Reads one; an error for what commit_json did not write.
  [[nodiscard]] Result<CommitSummary> read(std::string_view data);

 private:
  struct Parser;
  std::unique_ptr<Parser> parser_;
};

}  // namespace tento::git
