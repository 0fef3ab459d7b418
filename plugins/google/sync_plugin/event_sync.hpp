// SPDX-License-Identifier: Apache-2.0
/// @file event_sync.hpp
/// The sync of a calendar's events.
///
/// `backfill` lists the calendar whole, once, without bounds and with series as series; the token that the service
/// gives with it is asked with from then on, and brings what changed: events, series, instances that differ, and what
/// was cancelled. Series are expanded here, from ten years back to two years ahead; as time goes on, month by month
/// further. A token that the service no longer takes (410) is dropped, and the calendar listed anew; what that list
/// lacks is deleted, in the same commit.
///
/// `viewport` is a list of a few weeks without a token, expanded by the service: soon there. Its cells have the ids
/// that backfill gives. Once a token is held, asking with it is quicker yet and tells more, so that viewport does that.
#pragma once

#include "connector/events.hpp"

namespace google::rows {

/// Runs a stage.
tento::Result<tento::Synced> sync_events(tento::SyncCtx<Events>& ctx);
/// What a stage fetches: viewport from four weeks back to eight weeks ahead, backfill everything.
[[nodiscard]] tento::Span stage_span(std::string_view stage, tento::Date today);
/// Up to where series are expanded on a day: the first of a month, two years and a month ahead at least.
[[nodiscard]] tento::Date horizon(tento::Date today);

}  // namespace google::rows
