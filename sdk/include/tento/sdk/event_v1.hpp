// SPDX-License-Identifier: Apache-2.0
/// @file event_v1.hpp
/// The encoding `event.v1`: what `data` of a cell holds that is an entry of a calendar, whoever keeps the calendar.
/// sdk/docs/event-v1.md says what each member means; a row that uses it is
///
///     static constexpr std::string_view CELL_ENCODING = tento::event_v1::ENCODING;
///     static constexpr auto FIELDS = tento::event_v1::FIELDS;
#pragma once

#include <string_view>

#include "label.hpp"

namespace tento::event_v1 {

/// The encoding's tag.
inline constexpr std::string_view ENCODING = "event.v1";

/// Values of `status`.
inline constexpr std::string_view CONFIRMED = "confirmed";
/// It may yet change or not happen.
inline constexpr std::string_view TENTATIVE = "tentative";
/// It does not happen. A service that forgets such entries has tombstones in their place.
inline constexpr std::string_view CANCELLED = "cancelled";

/// The members, as a row's FIELDS: title, start, end and url have their roles, so that tables, CSV and iCalendar need
/// nothing else.
inline constexpr auto FIELDS = fields(
    field("/title").label("Title").role(FieldRole::title),
    field("/start").label("Start").type(FieldType::time).role(FieldRole::start),
    field("/end").label("End").type(FieldType::time).role(FieldRole::end),
    field("/all_day").label("All day").type(FieldType::boolean), field("/zone").label("Time zone"),
    field("/location").label("Location"), field("/description").label("Description"), field("/status").label("Status"),
    field("/busy").label("Busy").type(FieldType::boolean), field("/visibility").label("Visibility"),
    field("/url").label("Page").type(FieldType::url).role(FieldRole::url),
    field("/organizer").label("Organizer").type(FieldType::object),
    field("/attendees").label("Attendees").type(FieldType::array), field("/uid").label("iCalendar UID"),
    field("/series").label("Series (absent for an event of its own)"),
    field("/original_start").label("Start by the series' rule").type(FieldType::time),
    field("/recurrence").label("Recurrence rules").type(FieldType::array),
    field("/updated").label("Updated").type(FieldType::time));

}  // namespace tento::event_v1
