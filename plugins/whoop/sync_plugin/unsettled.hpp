// SPDX-License-Identifier: Apache-2.0
/// @file unsettled.hpp
/// Days with records that the service has not evaluated yet, and that no sync would ask for again: what is older than
/// the last week.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "parts.hpp"

namespace whoop::rows {

/// Kept in a cursor of the row. A value.
class UnsettledDays {
 public:
  /// Most days that are kept; of more the latest are.
  static constexpr std::size_t most = 100;

  /// Reads it; lines that are none are passed over.
  static UnsettledDays parse(std::string_view text);
  /// As the cursor has it; empty = none.
  [[nodiscard]] std::string text() const;

  /// What a look at `days` found at `now`.
  void looked(Days days, const std::set<std::chrono::sys_days>& unsettled, tento::Instant now);
  /// Those within `days`.
  [[nodiscard]] std::set<std::chrono::sys_days> within(Days days) const;
  /// Those before `day` that were not looked at for a day, at most `count`: the longest not looked at first.
  [[nodiscard]] std::vector<std::chrono::sys_days> due_before(std::chrono::sys_days day, tento::Instant now,
                                                              std::size_t count) const;

 private:
  std::map<std::chrono::sys_days, tento::Instant> looked_;  // when
};

}  // namespace whoop::rows
