// SPDX-License-Identifier: Apache-2.0
/// @file parts.hpp
/// A long window in parts, each committed by itself, and how far the last run came with them.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <tento/sdk/time.hpp>
#include <vector>

namespace whoop::rows {

/// Days `[from, to)`.
struct Days {
  std::chrono::sys_days from;                                  ///< first day
  std::chrono::sys_days to;                                    ///< first day after
  friend bool operator==(const Days&, const Days&) = default;  ///< memberwise
  /// How many.
  [[nodiscard]] std::int64_t count() const noexcept { return (to - from).count(); }
  /// Whether `day` is one of them.
  [[nodiscard]] bool has(std::chrono::sys_days day) const noexcept { return from <= day && day < to; }
  /// As a span of day buckets.
  [[nodiscard]] tento::Span span() const;
};

/// Days of a part: with what is asked for around it, two pages of 25 nights and naps.
inline constexpr std::chrono::days part_length{31};

/// The days of a window; an open side, or one beyond all reason, is where a host's own windows end.
[[nodiscard]] Days days_of(const tento::Span& window, tento::Date today);
/// In parts, the newest first.
[[nodiscard]] std::vector<Days> in_parts(Days days);

/// How far a run came with a long window: kept in a cursor until its end, so that the next run goes on from there.
struct Reached {
  Days done;          ///< days that are committed
  tento::Instant at;  ///< when the last of them were
  /// As the cursor has it.
  [[nodiscard]] std::string text() const;
  /// Reads it. Nothing for an empty or another text, and where that was more than a day ago or lies after
  /// `now`: what was found may have changed since.
  [[nodiscard]] static std::optional<Reached> parse(std::string_view text, tento::Instant now);
};

/// What is left of a window, in parts, the newest first; all of it where `reached` is about other days.
[[nodiscard]] std::vector<Days> left_of(Days window, const std::optional<Reached>& reached);

/// `2026-04-29`.
[[nodiscard]] std::string day_text(std::chrono::sys_days day);
/// Reads it; nothing for anything else.
[[nodiscard]] std::optional<std::chrono::sys_days> read_day(std::string_view text);

}  // namespace whoop::rows
