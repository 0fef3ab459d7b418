// SPDX-License-Identifier: Apache-2.0
/// @file history.hpp
/// Which days of the past are held, so that none of them is fetched twice, and which are fetched next.
#pragma once

#include <string>
#include <string_view>
#include <tento/sdk/time.hpp>
#include <vector>

namespace weather::rows {

/// Days from one until before another; none where they are the same.
struct Days {
  std::chrono::sys_days from;  ///< first day
  std::chrono::sys_days to;    ///< first day after
  /// Whether there is none.
  [[nodiscard]] bool empty() const noexcept { return from >= to; }
  friend bool operator==(const Days&, const Days&) = default;  ///< memberwise
};

/// The days that are held, in one piece, as a cursor keeps them: `1 2025-04-20 2026-04-17`, led by a number that is
/// another one when days have to be fetched again.
class History {
 public:
  /// What the cursor says; nothing is held where it makes no sense, or is of a time when cells were made otherwise.
  static History parse(std::string_view cursor);
  /// For the cursor.
  [[nodiscard]] std::string text() const;
  /// What of `wanted` is to be fetched, at most so many days at a time, in an order in which the days held stay in one
  /// piece: first what follows them, then what comes before, each beginning beside them. Where nothing is held, or
  /// nothing near, from the end of `wanted` backwards.
  [[nodiscard]] std::vector<Days> missing(const Days& wanted, int most_days) const;
  /// Notes days as held.
  void add(const Days& days);
  /// The days that are held.
  [[nodiscard]] const Days& held() const noexcept { return held_; }

 private:
  Days held_{};
};

}  // namespace weather::rows
