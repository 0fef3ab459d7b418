// SPDX-License-Identifier: Apache-2.0
/// @file sync_shape.hpp
/// The stages that all rows have.
#pragma once

#include <tento/sdk.hpp>

namespace whoop::rows {

/// The last week, the three weeks before it, and the year before these, one after the other. The week is asked for each
/// hour, whatever is held of it: the service has no list of what changed.
[[nodiscard]] constexpr tento::SyncShape week_month_year() {
  return {.stages = {"stage1", tento::Stage("stage2").after("stage1"), tento::Stage("stage3").after("stage2")},
          .stale_after_s = 3600,
          .interval_s = 3600};
}

}  // namespace whoop::rows
