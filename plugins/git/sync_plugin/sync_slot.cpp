// SPDX-License-Identifier: Apache-2.0
// One stage of the row of commits as a host calls it.
#include "commit_sync.hpp"
#include "connector/slots.hpp"

namespace tento::git {

tento_status sync_slot(tento_provider*, tento_client* client, const tento_sync_ctx* ctx, tento_sync_result* result,
                       tento_error* err) noexcept {
  return slot(err, [&]() -> Result<void> {
    const tento_call& call = *ctx->at->call;
    const Backend backend(call);
    const SyncState state(call);
    const Log log(call);
    const Progress progress(call);
    SyncJob job;
    job.call = &call;
    job.backend = &backend;
    job.state = &state;
    job.log = &log;
    job.progress = &progress;
    job.row_id = Uuid::from_abi(*ctx->at->row_id);
    job.lookup_key = view(ctx->at->lookup_key);
    TENTO_TRY_ASSIGN(job.window, Span::from_abi(ctx->window));
    job.whole_history = view(ctx->stage) == "backfill";
    TENTO_TRY_ASSIGN(const SyncEnd end, sync_commits(client->source, job));
    result->more = end.more ? 1 : 0;
    result->seen = end.seen;
    return {};
  });
}

}  // namespace tento::git
