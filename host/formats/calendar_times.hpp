// SPDX-License-Identifier: Apache-2.0
// Times of a calendar's entries, as the library of iCalendar has them: days, moments in UTC, and moments on the clock
// of a zone, which the calendar then defines.
#pragma once

#include <libical/ical.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>

#include <tento/sdk/time.hpp>

namespace tento::host {

struct FreeComponent {
  void operator()(icalcomponent* c) const { icalcomponent_free(c); }
};
struct FreeText {
  void operator()(char* text) const { icalmemory_free_buffer(text); }
};
using Component = std::unique_ptr<icalcomponent, FreeComponent>;
[[nodiscard]] std::string text_of(const icalcomponent* component);

// The years that the library writes.
inline constexpr int first_calendar_year = 1000, last_calendar_year = 3000;

[[nodiscard]] icaltimetype ical_date(Date day);
[[nodiscard]] icaltimetype ical_moment(Instant at);  // in UTC, to the second

struct When {
  icaltimetype start;
  std::optional<icaltimetype> end;  // always after the start (RFC 5545, 3.8.2.2)
};
// Days without a time where it starts with a bucket, all of the bucket; moments in UTC where it starts with one.
[[nodiscard]] When when_of(const SemanticTime& start, const std::optional<SemanticTime>& end);

// The zones that one calendar uses.
class CalendarZones {
 public:
  // A zone by its IANA name; null where it is not known, or is UTC.
  [[nodiscard]] static icaltimezone* find(std::string_view name);
  // A moment in UTC as a property's value: on the clock of the zone, unless that shows it twice (the hour that comes
  // again in autumn), and in UTC without a zone. Days stay days.
  static void set_time(icalproperty* property, const icaltimetype& time, icaltimezone* zone, std::string_view name);
  // The zone's VTIMEZONE, the first time that it is asked for; then nothing. It may stand before any entry.
  [[nodiscard]] std::string definition(icaltimezone* zone, std::string_view name);

 private:
  std::unordered_set<std::string> defined_;
};

}  // namespace tento::host
