// SPDX-License-Identifier: Apache-2.0
// Notifications, by the time of their last update, no more often than the service wants to be asked.
#include "notifications.hpp"

#include "timed_sync.hpp"

namespace github::rows {

tento::Result<tento::Synced> Notifications::sync(tento::SyncCtx<Notifications>& ctx) {
  TENTO_TRY_ASSIGN(const Run run, run_of(ctx));
  const TimedList list{.kind = Kind::notification,
                       .url = run.client.url("/notifications?all=true&per_page=100"),
                       .what = "the notifications",
                       .since = "since",
                       .before = "before"};
  return sync_timed(run, list, ctx.stage == "viewport");
}

}  // namespace github::rows
