// SPDX-License-Identifier: Apache-2.0
/// @file commit_sync.hpp
/// The executor of the row of commits: newest first, in transactions that can be cut off anywhere.
#pragma once

#include "connector/commits.hpp"

namespace tento::git {

/// Brings the row to what is reachable in the repository now: the stage `backfill` all of it, another one what its
/// window holds. The content it ends with does not depend on how often it was interrupted. Needs no more memory for the
/// commits themselves, however many there are, than one transaction of them takes.
[[nodiscard]] Result<Synced> sync_commits(SyncCtx<Commits>& ctx);

}  // namespace tento::git
