// SPDX-License-Identifier: Apache-2.0
/// @file stage.hpp
/// What the syncs of all rows have in common: where the place is, which days are asked of whom, and what is known then.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "history.hpp"
#include "weather.hpp"

namespace weather::rows {

/// What a row makes of an answer.
struct RowPlan {
  Source recent = Source::forecast;  ///< asked for the last days and those ahead
  Source history = Source::archive;  ///< asked for what lies further back
  bool by_day = true;                ///< cells are of days of the place's calendar; else of hours
  /// Adds the cells of a day of which there is something to tell; how many they are.
  std::function<tento::Result<std::size_t>(const Series& series, const Day& day, tento::Transaction& txn)> put = {};
};

/// One sync of one row.
struct Run {
  const tento::CallCtx& call;        ///< whether to go on
  const Weather::Deps& deps;         ///< of the call
  const Client& client;              ///< with the call's clock and log
  tento::http::HostTransport& http;  ///< of the call
  const tento::Uuid& row_id;         ///< the row
  std::string_view lookup_key;       ///< its key
  const std::string& location_id;    ///< its place, as its key has it
  const tento::Span& window;         ///< what is to be fetched
};

/// Fetches a window and stores it.
tento::Result<tento::Synced> sync_window(const Run& run, const RowPlan& plan);

/// The same for a row's own context.
template <class R>
tento::Result<tento::Synced> sync_row(tento::SyncCtx<R>& ctx, const RowPlan& plan) {
  TENTO_TRY_ASSIGN(auto http, ctx.deps.transport());
  TENTO_TRY_ASSIGN(const tento::Instant now, ctx.deps.now());
  const Client client =
      ctx.client.with([now] { return now; }, [&ctx](std::string_view text) { ctx.log(tento::LogLevel::warn, text); });
  return sync_window({ctx, ctx.deps, client, http, ctx.row_id, ctx.lookup_key, ctx.params.location_id, ctx.window},
                     plan);
}

/// The windows of the stages: so many days around today, by the calendar of whoever's row it is.
struct Windows {
  int ahead = 0;  ///< days from today on, today among them
  /// Days before today that `viewport` has; `backfill` has a year before them.
  static constexpr int back = 7;
  /// Days that `backfill` has.
  static constexpr int history = 366;
  /// Of a stage; the host's own for a stage of another name.
  [[nodiscard]] tento::Span of(std::string_view stage, tento::Date today, const tento::Span& hosts_own) const;
};

}  // namespace weather::rows
