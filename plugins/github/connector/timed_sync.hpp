// SPDX-License-Identifier: Apache-2.0
/// @file timed_sync.hpp
/// The sync of lists that can be asked for by time: everything since a moment for the viewport, everything before it,
/// page by page, for the backfill.
#pragma once

#include <functional>

#include "list_sync.hpp"

namespace github::rows {

/// Such a list.
struct TimedList {
  Kind kind = Kind::commit;   ///< of its records
  std::string url;            ///< with a query, to which bounds are added
  std::string what;           ///< for people
  std::string_view since;     ///< parameter of the earliest moment
  std::string_view before;    ///< parameter of the latest moment
  bool empty_is_409 = false;  ///< whether a list without a record is answered by 409 (an empty repository)
  /// Sees the id of each record of the viewport, in order, of those that were kept out as well; empty = nobody does.
  /// Not called for pages that did not change.
  std::function<void(std::string_view id)> each = {};
  /// Called before the last commit of a list that was read to its end, by either stage; empty = nothing is. It may add
  /// to the transaction, and cursors, whose bytes outlive the sync; its error ends the sync.
  std::function<tento::Result<void>(const Run&, tento::Transaction&, std::vector<tento::Cursor>&)> ended = {};
};

/// Runs a stage. Cursors: `newest` (up to when everything is held), `history` (the next page of the backfill, or `done`
/// and when), `etags`, `poll_after` (when the service wants to be asked again).
tento::Result<tento::Synced> sync_timed(const Run& run, const TimedList& list, bool viewport);

/// Fetches a page of commits; `none` is set instead where the repository has no commit at all (409).
tento::Result<void> fetch_commits(List& pages, bool& none);
/// The value of `history` of a backfill that came to its end then.
[[nodiscard]] std::string history_done(tento::Instant when);

/// Whether the service asked not to be polled yet, as the cursor `poll_after` says.
tento::Result<bool> too_early(const Run& run);
/// The value of `poll_after` by `X-Poll-Interval` of an answer; empty when it has none.
tento::Result<std::string> poll_after(const Run& run, const tento::http::Response& head);
/// Commits nothing at all: what was not asked is not said.
tento::Result<void> commit_nothing(const Run& run);

}  // namespace github::rows
