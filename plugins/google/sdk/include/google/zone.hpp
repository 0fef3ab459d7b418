// SPDX-License-Identifier: Apache-2.0
/// @file zone.hpp
/// Wall clocks of IANA zones.
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <tento/sdk/time.hpp>

namespace google {

/// What a clock on the wall shows, to the second; no zone.
using WallTime = std::chrono::local_time<std::chrono::seconds>;

/// A zone of the system's time zone database, or a fixed offset. A value; usable from many threads.
class Zone {
 public:
  /// UTC.
  Zone() noexcept = default;
  /// By IANA name (`Europe/Berlin`); an error (invalid_data, provider) for a name that the system does not know.
  static tento::Result<Zone> find(std::string_view iana_name);
  /// A fixed offset from UTC.
  static Zone fixed(std::chrono::minutes offset) noexcept;

  /// The wall clock at `at`, whole seconds.
  [[nodiscard]] WallTime wall(tento::Instant at) const;
  /// Minutes east of UTC at `at`.
  [[nodiscard]] int offset_minutes(tento::Instant at) const;
  /// The moment at which the clock shows `wall`: of two the first; for a time that a change of clocks skips, the one
  /// that the offset before the change gives (RFC 5545 section 3.3.5).
  [[nodiscard]] tento::Instant moment(WallTime wall) const;

 private:
  const void* zone_ = nullptr;  // a date::time_zone, which lives as long as the program
  std::chrono::seconds offset_{};
};

}  // namespace google
