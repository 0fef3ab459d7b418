// SPDX-License-Identifier: Apache-2.0
/// @file commit_sync.hpp
/// The executor of the row of commits: newest first, in transactions that can be cut off anywhere.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <tento/sdk/deps.hpp>
#include <tento/sdk/sync_state.hpp>

#include "connector/settings.hpp"

namespace tento::git {

/// What one run of a stage works with.
struct SyncJob {
  const tento_call* call = nullptr;  ///< asked whether to go on
  const Backend* backend = nullptr;
  const SyncState* state = nullptr;
  const Log* log = nullptr;
  const Progress* progress = nullptr;
  Uuid row_id;
  std::string_view lookup_key;
  Span window;                 ///< of the stage
  bool whole_history = false;  ///< false: stop at the window's start
};

/// What it came to.
struct SyncEnd {
  bool more = false;       ///< it yielded: run it again
  std::uint64_t seen = 0;  ///< commits read
};

/// Brings the row to what is reachable in the repository now. The content it ends with does not depend on how often it
/// was interrupted.
[[nodiscard]] Result<SyncEnd> sync_commits(const Source& source, const SyncJob& job);

/// The same as a slot: of the sync-plugin, and of the row where a host uses the connector alone.
tento_status sync_slot(tento_provider* self, tento_client* client, const tento_sync_ctx* ctx, tento_sync_result* result,
                       tento_error* err) noexcept;

}  // namespace tento::git
