// SPDX-License-Identifier: Apache-2.0
// Zones by date/tz, over the system's zone files.
#include "google/zone.hpp"

// The library was built to read the system's zone files; its header has to agree.
#define USE_OS_TZDB 1
#define ONLY_C_LOCALE 1
#define HAS_STRING_VIEW 1
#include <date/tz.h>

#include <exception>

namespace google {
namespace {

const date::time_zone& zone_of(const void* zone) {
  return *static_cast<const date::time_zone*>(zone);
}

}  // namespace

tento::Result<Zone> Zone::find(std::string_view iana_name) {
  Zone out;
  try {
    out.zone_ = date::locate_zone(iana_name);
    // The library's first look at a zone reads its file; a broken one is found here.
    static_cast<void>(zone_of(out.zone_).get_info(date::sys_seconds{}));
  } catch (const std::exception&) {
    return tento::fail(tento::ErrorCode::invalid_data, tento::ErrorClass::provider,
                       "the time zone `" + std::string(iana_name.substr(0, 64)) + "` is unknown on this system",
                       "google_unknown_zone");
  }
  return out;
}

Zone Zone::fixed(std::chrono::minutes offset) noexcept {
  Zone out;
  out.offset_ = offset;
  return out;
}

WallTime Zone::wall(tento::Instant at) const {
  const auto second = std::chrono::floor<std::chrono::seconds>(at);
  const std::chrono::seconds offset = zone_ == nullptr ? offset_ : zone_of(zone_).get_info(second).offset;
  return WallTime(second.time_since_epoch() + offset);
}

int Zone::offset_minutes(tento::Instant at) const {
  const auto second = std::chrono::floor<std::chrono::seconds>(at);
  const std::chrono::seconds offset = zone_ == nullptr ? offset_ : zone_of(zone_).get_info(second).offset;
  return static_cast<int>(std::chrono::floor<std::chrono::minutes>(offset).count());
}

tento::Instant Zone::moment(WallTime wall) const {
  std::chrono::seconds offset = offset_;
  if (zone_ != nullptr) offset = zone_of(zone_).get_info(date::local_seconds(wall.time_since_epoch())).first.offset;
  return tento::Instant(wall.time_since_epoch() - offset);
}

}  // namespace google
