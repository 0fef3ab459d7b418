// SPDX-License-Identifier: Apache-2.0
/// @file list_sync.hpp
/// What the syncs of all lists share: a call's means, a page as cells, coverage.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <tento/sdk/etag_cache.hpp>
#include <vector>

#include "github.hpp"
#include "github/list.hpp"

namespace github::rows {

/// What one sync works with. Everything it refers to outlives it.
struct Run {
  const GitHub::Deps& deps;                 ///< the host
  const tento::CallCtx& call;               ///< whether to go on
  tento::Uuid row_id;                       ///< the row
  mutable tento::http::HostTransport http;  ///< the network
  Client client;                            ///< with the call's clock and log
  tento::Span window;                       ///< what the stage is to fetch
  mutable tento::SkippedRecords skipped;    ///< what was kept out of all lists of this sync
};

/// The means of a sync.
template <class R>
[[nodiscard]] tento::Result<Run> run_of(const tento::SyncCtx<R>& ctx) {
  TENTO_TRY_ASSIGN(tento::http::HostTransport http, ctx.deps.transport());
  return Run{ctx.deps, ctx, ctx.row_id, std::move(http), for_call(ctx.client, ctx.deps), ctx.window, {}};
}

/// What a page's records came to.
struct PageFacts {
  std::size_t records = 0;               ///< how many, those that were kept out among them
  std::optional<tento::Instant> oldest;  ///< earliest date
  std::string newest_update;             ///< latest `updated_at`, where records have one
};

/// Puts the page that was fetched into `txn`, each record with its `updated_at` as version; its bytes are handed on
/// before this returns. What is not understood is kept out and noted in `run.skipped`. `each`, if any, sees every
/// record, and an error of it ends the page; `odd`, if any, sees the id of each that was kept out, where it has one:
/// what is held of that stays.
tento::Result<PageFacts> put_page(const Run& run, List& list, tento::Transaction& txn,
                                  const std::function<tento::Result<void>(const Record&)>& each = {},
                                  const std::function<void(std::string_view id)>& odd = {});
/// Notes what a list keeps out.
[[nodiscard]] std::function<void(const OddRecord&)> into(tento::SkippedRecords& skipped);

/// Adds `[from, to)` unless it is empty; an absent side is open.
void cover(std::vector<tento::Coverage>& out, std::optional<tento::SemanticTime> from,
           std::optional<tento::SemanticTime> to, tento::Coverage::State state = tento::Coverage::State::have);

/// The moment of a window's side with UTC days.
[[nodiscard]] std::optional<tento::Instant> moment(const std::optional<tento::SemanticTime>& side);

/// A cursor's value; empty = there is none.
tento::Result<std::string> load(const Run& run, std::string_view name);

/// How far the service's clock may be ahead of the host's, for moments by the service's.
inline constexpr std::chrono::hours clock_skew{24};

/// `2026-11-24T17:00:00Z`, as the service's parameters want it; the fraction is cut off.
[[nodiscard]] std::string utc_text(tento::Instant at);
/// Reads it; nothing for anything else.
[[nodiscard]] std::optional<tento::Instant> read_utc(std::string_view text);

}  // namespace github::rows
