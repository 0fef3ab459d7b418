// SPDX-License-Identifier: Apache-2.0
/// @file events.hpp
/// `:~google:{authId}:calendar:{calId}:events`: the events of a calendar, each instance of a series for itself. A
/// cell's id is the service's, of an instance that of its series, `_`, and the start that the rule gives it; its
/// version the service's ETag.
#pragma once

#include <tento/sdk/event_v1.hpp>

#include "google.hpp"

namespace google::rows {

/// The row. Read, created, changed and deleted.
struct Events {
  using Integration = GoogleCalendar;                                           ///< the account
  using Params = GoogleCalendarParams;                                          ///< the calendar
  static constexpr std::string_view ROW_LABEL = "google-events";                ///< what it is called
  static constexpr std::string_view CELL_ENCODING = tento::event_v1::ENCODING;  ///< see sdk/docs/event-v1.md
  static constexpr auto FIELDS = tento::event_v1::FIELDS;                       ///< what is in a cell

  /// The key.
  static std::string lookup_key(const GoogleParams& params, const GoogleCalendarParams& own) {
    return calendar_key(params, own) + ":events";
  }
  /// What people look at first, then everything.
  static constexpr tento::SyncShape sync_shape() {
    return {
        .stages = {"viewport", tento::Stage("backfill").after("viewport")}, .stale_after_s = 600, .interval_s = 900};
  }
  /// Fetches a stage; see sync_plugin/event_sync.hpp.
  static tento::Result<tento::Synced> sync(tento::SyncCtx<Events>& ctx);
  /// Creates an event, or a series. The same idempotency key creates it once.
  static tento::Result<tento::WriteOutput> post(tento::WriteCtx<Events>& ctx);
  /// Changes an event, one instance, or (by the series' id) a series. With a version that the writer expects only while
  /// it has that one, else `conflict`.
  static tento::Result<tento::WriteOutput> patch(tento::WriteCtx<Events>& ctx);
  /// Deletes an event, one instance, or (by the series' id) a series. A version as in patch.
  static tento::Result<tento::WriteOutput> remove(tento::WriteCtx<Events>& ctx);
};

/// An event that has a start, as a cell.
[[nodiscard]] tento::Cell cell_of(const Event& event);

}  // namespace google::rows
