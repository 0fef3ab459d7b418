// SPDX-License-Identifier: Apache-2.0
// Commits, by the time at which they were committed.
#include "commits.hpp"

#include "timed_sync.hpp"

namespace github::rows {

tento::Result<tento::Synced> Commits::sync(tento::SyncCtx<Commits>& ctx) {
  TENTO_TRY_ASSIGN(Run run, run_of(ctx));
  const TimedList list{.kind = Kind::commit,
                       .url = run.client.repository_url(ctx.own.name(), "/commits?per_page=100"),
                       .what = "the commits of " + ctx.own.text(),
                       .since = "since",
                       .before = "until",
                       .empty_is_409 = true};
  return sync_timed(std::move(run), list, ctx.stage == "viewport");
}

}  // namespace github::rows
