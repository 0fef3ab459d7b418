// SPDX-License-Identifier: Apache-2.0
/// @file freebusy.hpp
/// `:~google:{authId}:calendar:{calId}:events:freebusy`: when a calendar is busy, asked anew for each range that is
/// read. A cell is one busy time; its id is its start.
#pragma once

#include <tento/sdk/event_v1.hpp>

#include "google.hpp"

namespace google::rows {

/// The row. Computed when it is read.
struct FreeBusy {
  using Integration = GoogleCalendar;                                           ///< the account
  using Params = GoogleCalendarParams;                                          ///< the calendar
  static constexpr std::string_view ROW_LABEL = "google-freebusy";              ///< what it is called
  static constexpr std::string_view CELL_ENCODING = tento::event_v1::ENCODING;  ///< events without names
  static constexpr auto FIELDS = tento::event_v1::FIELDS;                       ///< what is in a cell
  /// Most that is told at once. An open side of a range is four weeks before today, or eight weeks after it.
  static constexpr std::chrono::days MOST{366};

  /// The key.
  static std::string lookup_key(const GoogleParams& params, const GoogleCalendarParams& own) {
    return calendar_key(params, own) + ":events:freebusy";
  }
  /// Asks for the range, a few weeks at a time.
  static tento::Result<void> list_cells(tento::ReadCtx<FreeBusy>& ctx, tento::CellSink& out);
};

}  // namespace google::rows
