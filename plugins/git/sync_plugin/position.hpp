// SPDX-License-Identifier: Apache-2.0
/// @file position.hpp
/// How far the sync of a row has come, kept in named cursors that land with the cells they speak of.
#pragma once

#include <string>
#include <tento/sdk/sync_state.hpp>
#include <vector>

#include "gitlog/object_id.hpp"

namespace tento::git {

/// A list of commits, sorted.
using CommitIds = std::vector<gitlog::ObjectId>;

/// What of the commits behind the frontier is stored already.
enum class Behind {
  nothing,   ///< none
  some,      ///< some, as they are now: skip those
  outdated,  ///< some, but as they were read before: read them again
};

/// What is stored: everything reachable from `base`, and from `target` what is not reachable from `frontier`; and what
/// `behind` says. With an empty frontier, base equals target.
struct Position {
  CommitIds base;                   ///< tips that were synced to the end
  CommitIds target;                 ///< tips that are being synced
  CommitIds frontier;               ///< where the walk from target goes on
  Behind behind = Behind::nothing;  ///< what of it is stored
  std::string lens;                 ///< what the commits were read through: shallow boundary, mailmap, partial or not

  /// Most commits of one list: what fits into a cursor.
  static constexpr std::size_t most_commits = TENTO_MAX_CURSOR_VALUE / 20;

  /// Reads it; a row that was never synced has an empty one.
  static Result<Position> load(const SyncState& state, const Uuid& row_id);
  /// A position as the bytes of its cursors.
  struct Written {
    std::string base;      ///< names of commits, twenty bytes each
    std::string target;    ///< the same
    std::string frontier;  ///< the same
    std::string marks;     ///< `behind` and `lens`
  };
  /// As bytes.
  [[nodiscard]] Written write() const;
  /// The cursors that say it, over `bytes`, which must outlive them.
  [[nodiscard]] static std::vector<Cursor> cursors(const Written& bytes);
  /// Whether nothing was ever synced.
  [[nodiscard]] bool fresh() const { return base.empty() && target.empty(); }
};

}  // namespace tento::git
