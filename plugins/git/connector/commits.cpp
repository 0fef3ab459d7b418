// SPDX-License-Identifier: Apache-2.0
// The sync of the row of commits, which is in sync_plugin/.
#include "commits.hpp"

#include "sync_plugin/commit_sync.hpp"

namespace tento::git {

Result<Synced> Commits::sync(SyncCtx<Commits>& ctx) {
  return sync_commits(ctx);
}

}  // namespace tento::git
