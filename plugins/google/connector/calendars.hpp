// SPDX-License-Identifier: Apache-2.0
/// @file calendars.hpp
/// `:~google:{authId}:calendars`: the account's list of calendars as it is now. A cell's id is the calendar's, its date
/// the day on which it was read, since an entry of the list has none.
#pragma once

#include "google.hpp"

namespace google::rows {

/// The row. Computed when it is read.
struct Calendars : tento::RowBase<GoogleCalendar> {
  static constexpr std::string_view ROW_LABEL = "google-calendars";  ///< what it is called
  /// What is in a cell.
  static constexpr auto FIELDS = tento::fields(
      tento::field("/title").label("Calendar").role(tento::FieldRole::title), tento::field("/zone").label("Time zone"),
      tento::field("/access").label("Access").role(tento::FieldRole::category),
      tento::field("/primary").label("Primary").type(tento::FieldType::boolean),
      tento::field("/selected").label("Shown").type(tento::FieldType::boolean),
      tento::field("/hidden").label("Hidden").type(tento::FieldType::boolean), tento::field("/colour").label("Colour"),
      tento::field("/description").label("Description"), tento::field("/events").label("Row of its events"));

  /// The key.
  static std::string lookup_key(const GoogleParams& params, const tento::NoParams&) {
    return account_key(params) + ":calendars";
  }
  /// Asks for the list.
  static tento::Result<void> list_cells(tento::ReadCtx<Calendars>& ctx, tento::CellSink& out);
};

}  // namespace google::rows
