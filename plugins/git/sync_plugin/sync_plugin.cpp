// SPDX-License-Identifier: Apache-2.0
// The sync-plugin: the topology of the row of commits, and its executor.
#include <tento/sync_plugin.h>

#include "commit_sync.hpp"

namespace tento::git {
namespace {

// The host's windows end a year back; history begins where it begins.
tento_status stage_range(tento_provider*, const tento_row_ctx*, tento_str stage, const tento_semantic_time*,
                         tento_span* out, tento_error*) noexcept {
  if (view(stage) == "backfill") out->from = Span{}.to_abi().from;
  return TENTO_OK;
}

// Both stages move the same cursors: they take turns, by the host's lock on the row. Two repositories at once keep a
// disk busy.
constexpr tento_sync_api api{sizeof(tento_sync_api), 2, nullptr, nullptr, nullptr, stage_range, sync_slot};

}  // namespace
}  // namespace tento::git

const tento_sync_api* tento_sync_plugin(tento_provider*) noexcept {
  return &tento::git::api;
}
