// SPDX-License-Identifier: Apache-2.0
// The sync-plugin: the topology of the row of commits, and its executor.
#include <tento/sdk/plugin.hpp>

#include "commit_sync.hpp"

namespace tento::git {
namespace {

// Both stages move the same cursors: they take turns, by the host's lock on the row.
struct CommitsSync {
  using Row = Commits;

  // The host's windows end a year back; history begins where it begins.
  static Result<Span> stage_range(const RowKeyCtx<Row>&, std::string_view stage, Date, const Span& hosts_own) {
    return stage == "backfill" ? Span{std::nullopt, hosts_own.to} : hosts_own;
  }
  static Result<Synced> execute(SyncCtx<Row>& ctx) { return sync_commits(ctx); }
};

}  // namespace
}  // namespace tento::git

// Two repositories at once keep a disk busy.
TENTO_SYNC_PLUGIN(tento::git::CommitsSync, tento::MaxConcurrent<2>);
