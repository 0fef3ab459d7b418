// SPDX-License-Identifier: Apache-2.0
/// @file cells.hpp
/// Records as cells: their id and day, what they tell in the members that the rows' FIELDS declare, their version, and
/// the service's own bytes.
#pragma once

#include <tento/sdk/cell.hpp>

#include "whoop/models.hpp"

namespace whoop::rows {

/// A night or a nap.
[[nodiscard]] tento::Cell cell_of(const Sleep& sleep);
/// A recovery, on the day of its sleep. Its id is that of its cycle.
[[nodiscard]] tento::Cell cell_of(const Recovery& recovery, tento::Date day);
/// A cycle.
[[nodiscard]] tento::Cell cell_of(const Cycle& cycle);
/// A workout.
[[nodiscard]] tento::Cell cell_of(const Workout& workout);

/// What cells call a state: `scored`, `pending`, `unscorable`, or the service's own word.
[[nodiscard]] std::string state_word(const Record& record);

}  // namespace whoop::rows
