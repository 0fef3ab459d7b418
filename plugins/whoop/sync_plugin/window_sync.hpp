// SPDX-License-Identifier: Apache-2.0
/// @file window_sync.hpp
/// The sync of all rows: a window of days is listed, stored, and what it lacks is deleted, in one commit. The service
/// has no list of what changed, so that is all there is to ask; what did not change writes nothing.
///
/// A window of more than a month is fetched in parts, the newest first, each with a commit of its own. Days with a
/// record that the service has not evaluated yet are said to be stale; where they are older than the last week, the
/// first stage asks for them again, each once a day.
#pragma once

#include "connector/whoop.hpp"
#include "sources.hpp"

namespace whoop::rows {

/// What is synced: from where, and how it is called for people.
struct SyncPlan {
  Source source;                                   ///< where the records come from
  std::string_view what;                           ///< `sleeps`
  std::initializer_list<std::string_view> scopes;  ///< all of which the account has to allow
};

/// Runs a stage with these means.
tento::Result<tento::Synced> sync_window(const Means& means, const tento::Span& window, bool first_stage,
                                         const SyncPlan& plan);

/// Runs a stage of a row.
template <class R>
tento::Result<tento::Synced> sync_row(const tento::SyncCtx<R>& ctx, const SyncPlan& plan) {
  TENTO_TRY(require_scopes(ctx, plan.scopes, plan.what));
  TENTO_TRY_ASSIGN(tento::http::HostTransport http, ctx.deps.transport());
  const Means means{ctx.deps, ctx, ctx.row_id, ctx.lookup_key, std::move(http), for_call(ctx.client, ctx.deps), {}};
  return sync_window(means, ctx.window, ctx.stage == "stage1", plan);
}

}  // namespace whoop::rows
