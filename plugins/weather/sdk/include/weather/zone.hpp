// SPDX-License-Identifier: Apache-2.0
/// @file zone.hpp
/// The local days of a place, by the rules of its time zone: a day has 23 or 25 hours where clocks change.
#pragma once

#include <chrono>
#include <optional>
#include <string_view>
#include <tento/sdk/time.hpp>

namespace weather {

/// A zone of the system's time zone database, or a fixed offset. A value; usable from many threads.
class Zone {
 public:
  /// UTC.
  Zone() noexcept = default;
  /// By its IANA name; nothing for a name that this machine's database does not have. An error (io, config,
  /// `weather_zone_database`) where the database cannot be read: then nothing can be said of any zone.
  static tento::Result<std::optional<Zone>> find(std::string_view name);
  /// A fixed offset, at most 18 hours to either side.
  static Zone fixed(std::chrono::seconds offset) noexcept;

  /// The day that it is at `at`.
  [[nodiscard]] tento::Date day(tento::Instant at) const;
  /// Seconds east of UTC at `at`.
  [[nodiscard]] std::chrono::seconds offset(tento::Instant at) const;
  /// The first moment of a day: where clocks skip midnight, that of the change. A day that a zone left out altogether
  /// begins when the next one does. `day` has to be in the years 1 to 9998.
  [[nodiscard]] tento::Instant start_of(tento::Date day) const;

 private:
  const void* zone_ = nullptr;  // a date::time_zone, which lives as long as the program
  std::chrono::seconds offset_{};
};

}  // namespace weather
