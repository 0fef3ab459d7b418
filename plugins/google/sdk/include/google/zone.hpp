// SPDX-License-Identifier: Apache-2.0
/// @file zone.hpp
/// Wall clocks of time zones, by every kind of name that calendars use for them.
#pragma once

#include <chrono>
#include <optional>
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
  /// By name: of IANA (`Europe/Berlin`), of Windows (`Central Standard Time`), or an offset (`GMT+01:00`, `UTC-5`).
  /// Nothing for a name that nobody knows. An error (io, config, `google_zone_database`) where the database itself
  /// cannot be read: then no name is known to be unknown, and times after the next change of clocks would be wrong.
  static tento::Result<std::optional<Zone>> find(std::string_view name);
  /// A fixed offset from UTC.
  static Zone fixed(std::chrono::minutes offset) noexcept;

  /// Its IANA name; empty for a fixed offset.
  [[nodiscard]] std::string_view name() const noexcept;
  /// The wall clock at `at`, whole seconds.
  [[nodiscard]] WallTime wall(tento::Instant at) const;
  /// Minutes east of UTC at `at`.
  [[nodiscard]] int offset_minutes(tento::Instant at) const;
  /// The moment at which the clock shows `wall`: of two the first; for a time that a change of clocks skips, the one
  /// that the offset before the change gives (RFC 5545 section 3.3.5).
  [[nodiscard]] tento::Instant moment(WallTime wall) const;
  friend bool operator==(const Zone&, const Zone&) = default;  ///< the same zone or offset

 private:
  const void* zone_ = nullptr;  // a date::time_zone, which lives as long as the program
  std::chrono::seconds offset_{};
};

namespace detail {

/// Why a name that is not in the list of zones is not there: nothing = the database can be read and has none of that
/// name. `folder` is the database's.
[[nodiscard]] std::optional<tento::Error> why_not_found(const std::string& folder, std::string_view name);

}  // namespace detail

}  // namespace google
