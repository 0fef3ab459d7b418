// SPDX-License-Identifier: Apache-2.0
// Commits, by the time at which they were committed; those that the branch lost go.
#include "commits.hpp"

#include "branch.hpp"
#include "timed_sync.hpp"

namespace github::rows {

tento::Result<tento::Synced> Commits::sync(tento::SyncCtx<Commits>& ctx) {
  TENTO_TRY_ASSIGN(const Run run, run_of(ctx));
  TENTO_TRY_ASSIGN(Branch branch, Branch::load(run, ctx.own.name()));
  const std::string url = run.client.repository_url(ctx.own.name(), "/commits?per_page=100");
  const bool viewport = ctx.stage == "viewport";
  if (!viewport && branch.rewritten()) return branch.read_anew(run, url, ctx.lookup_key);
  const TimedList list{
      .kind = Kind::commit,
      .url = url,
      .what = "the commits of " + ctx.own.text(),
      .since = "since",
      .before = "until",
      .empty_is_409 = true,
      .each = [&branch](std::string_view id) { branch.see(id); },
      .ended = [&branch](const Run& at, tento::Transaction& txn,
                         std::vector<tento::Cursor>& cursors) { return branch.settle(at, txn, cursors); }};
  return sync_timed(run, list, viewport);
}

}  // namespace github::rows
