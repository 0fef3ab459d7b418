// SPDX-License-Identifier: Apache-2.0
// Zones by date/tz, over the system's zone files.
#include "weather/zone.hpp"

// The library was built to read the system's zone files; its header has to agree.
#define USE_OS_TZDB 1
#define ONLY_C_LOCALE 1
#define HAS_STRING_VIEW 1
#include <date/tz.h>

#include <algorithm>
#include <exception>
#include <string>

namespace weather {
namespace {

const date::time_zone& database_zone(const void* zone) {
  return *static_cast<const date::time_zone*>(zone);
}

date::sys_seconds whole_second(tento::Instant at) {
  return date::sys_seconds(std::chrono::floor<std::chrono::seconds>(at.time_since_epoch()));
}

}  // namespace

tento::Result<std::optional<Zone>> Zone::find(std::string_view name) {
  try {
    const auto& zones = date::get_tzdb().zones;
    const auto at = std::lower_bound(zones.begin(), zones.end(), name,
                                     [](const date::time_zone& zone, std::string_view n) { return zone.name() < n; });
    if (at == zones.end() || at->name() != name) {
      if (!zones.empty()) return std::optional<Zone>();
      throw std::runtime_error("it holds no zone");
    }
    Zone out;
    out.zone_ = &*at;
    // The library's first look at a zone reads its file; what is wrong with that is found here.
    static_cast<void>(at->get_info(date::sys_seconds{}));
    return std::optional(out);
  } catch (const std::exception& thrown) {
    auto error = tento::fail(tento::ErrorCode::io, tento::ErrorClass::config,
                             "the system's time zone database cannot be read: " + std::string(thrown.what()) +
                                 "; install the package tzdata, and let the program read /usr/share/zoneinfo",
                             "weather_zone_database")
                     .value();
    error.remedy = "install tzdata";
    return tento::fail(std::move(error));
  }
}

Zone Zone::fixed(std::chrono::seconds offset) noexcept {
  Zone out;
  out.offset_ = std::clamp<std::chrono::seconds>(offset, -std::chrono::hours(18), std::chrono::hours(18));
  return out;
}

std::chrono::seconds Zone::offset(tento::Instant at) const {
  return zone_ == nullptr ? offset_ : database_zone(zone_).get_info(whole_second(at)).offset;
}

tento::Date Zone::day(tento::Instant at) const {
  return tento::Date{std::chrono::floor<std::chrono::days>(at + offset(at))};
}

tento::Instant Zone::start_of(tento::Date day) const {
  const std::chrono::seconds midnight = std::chrono::sys_days(day).time_since_epoch();
  if (zone_ == nullptr) return tento::Instant(midnight - offset_);
  const auto info = database_zone(zone_).get_info(date::local_seconds(midnight));
  // Skipped: the day begins with what follows the change. Twice: with the first.
  if (info.result == date::local_info::nonexistent) return tento::Instant(info.second.begin.time_since_epoch());
  return tento::Instant(midnight - info.first.offset);
}

}  // namespace weather
