// SPDX-License-Identifier: Apache-2.0
// The line of a commit that says who and when, read leniently: what can be told is told.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace gitlog {

// Views into the line. No time = none can be read.
struct Ident {
  std::string_view name;
  std::string_view email;
  std::optional<std::int64_t> time;  // seconds since 1970
  int offset_minutes = 0;
};

// Reads `Name <address> seconds +hhmm`, and what old or broken programs wrote instead: no brackets or one, a time
// before 1970 as a number of 64 bits without a sign, dates as text. Line ends count as spaces.
[[nodiscard]] Ident parse_ident(std::string_view line);

// Whether the years 0 to 9999 hold it, in UTC and in its own offset.
[[nodiscard]] bool in_calendar(std::int64_t time, int offset_minutes) noexcept;
// The nearest moment that they hold.
[[nodiscard]] std::int64_t nearest_in_calendar(std::int64_t time, int offset_minutes) noexcept;

}  // namespace gitlog
