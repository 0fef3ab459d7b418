// SPDX-License-Identifier: Apache-2.0
// Zones by the library's own definitions, which it makes of the system's.
#include "host/formats/calendar_times.hpp"

#include <algorithm>
#include <chrono>

namespace tento::host {
namespace {

// The library takes a name for a file below the system's folder of zones.
bool is_zone_name(std::string_view name) {
  constexpr std::string_view letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_+-/";
  return !name.empty() && name.size() <= 64 && name.front() != '/' && name.back() != '/' &&
         name.find_first_not_of(letters) == std::string_view::npos;
}

}  // namespace

std::string text_of(const icalcomponent* component) {
  const std::unique_ptr<char, FreeText> text(icalcomponent_as_ical_string_r(const_cast<icalcomponent*>(component)));
  return text.get();
}

icaltimetype ical_date(Date day) {
  using namespace std::chrono;
  day = std::clamp(day, Date(year(first_calendar_year), January, std::chrono::day(1)),
                   Date(year(last_calendar_year), December, std::chrono::day(31)));
  auto time = icaltime_null_date();
  time.year = static_cast<int>(day.year());
  time.month = static_cast<int>(static_cast<unsigned>(day.month()));
  time.day = static_cast<int>(static_cast<unsigned>(day.day()));
  return time;
}

icaltimetype ical_moment(Instant at) {
  using namespace std::chrono;
  const auto second = floor<seconds>(at);
  const auto midnight = floor<days>(second);
  const hh_mm_ss<seconds> in_day(second - midnight);
  auto time = ical_date(Date(midnight));
  time.is_date = 0;
  time.hour = static_cast<int>(in_day.hours().count());
  time.minute = static_cast<int>(in_day.minutes().count());
  time.second = static_cast<int>(in_day.seconds().count());
  time.zone = icaltimezone_get_utc_timezone();
  return time;
}

When when_of(const SemanticTime& start, const std::optional<SemanticTime>& end) {
  using std::chrono::days, std::chrono::sys_days;
  When out{};
  if (const auto at = start.instant()) {
    out.start = ical_moment(*at);
    if (end) out.end = ical_moment(utc_range(*end).to);
  } else {
    Date after = start.end();
    if (end) {
      const Date last = end->is_instant() ? Date(sys_days(end->end()) + days(1)) : end->end();
      after = std::max(after, last);
    }
    out.start = ical_date(start.start());
    out.end = ical_date(after);
  }
  // As they are written: seconds are cut off, and years have an end.
  if (out.end && icaltime_compare(*out.end, out.start) <= 0) out.end.reset();
  return out;
}

icaltimezone* CalendarZones::find(std::string_view name) {
  if (!is_zone_name(name)) return nullptr;
  auto* zone = icaltimezone_get_builtin_timezone(std::string(name).c_str());
  if (zone == nullptr || zone == icaltimezone_get_utc_timezone() || icaltimezone_get_component(zone) == nullptr)
    return nullptr;
  return zone;
}

void CalendarZones::set_time(icalproperty* property, const icaltimetype& time, icaltimezone* zone,
                             std::string_view name) {
  auto value = time;
  if (zone != nullptr && time.is_date == 0) {
    auto local = icaltime_convert_to_zone(time, zone);
    // What a reader makes of it, whichever of the two hours it takes.
    const auto is_meant = [&](int daylight) {
      auto shown = local;
      shown.is_daylight = daylight;
      return icaltime_as_timet_with_zone(shown, zone) ==
             icaltime_as_timet_with_zone(time, icaltimezone_get_utc_timezone());
    };
    if (is_meant(0) && is_meant(1)) {
      value = local;
      icalproperty_set_parameter(property, icalparameter_new_tzid(std::string(name).c_str()));
    }
  }
  icalproperty_set_value(property, value.is_date != 0 ? icalvalue_new_date(value) : icalvalue_new_datetime(value));
  if (value.is_date != 0) icalproperty_set_parameter(property, icalparameter_new_value(ICAL_VALUE_DATE));
}

std::string CalendarZones::definition(icaltimezone* zone, std::string_view name) {
  if (zone == nullptr || !defined_.insert(std::string(name)).second) return {};
  const Component own(icalcomponent_new_clone(icaltimezone_get_component(zone)));
  auto* id = icalcomponent_get_first_property(own.get(), ICAL_TZID_PROPERTY);
  if (id == nullptr) return {};
  // Under the name by which everybody knows it.
  icalproperty_set_tzid(id, std::string(name).c_str());
  return text_of(own.get());
}

}  // namespace tento::host
