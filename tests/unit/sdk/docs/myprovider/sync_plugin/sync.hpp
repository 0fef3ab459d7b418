// SPDX-License-Identifier: Apache-2.0
// What the orchestrator is told beyond what rows say: locks and the window of the backfill.
#pragma once

#include <tento/sdk/sync_plugin.hpp>

#include "../connector/activities.hpp"

namespace myprovider {

// [sync-plugin]
/// Activities again: all syncs of an account wait for each other, and the backfill goes back ten years.
struct ActivitiesSync {
  using Row = Activities;

  static tento::Result<std::string> lock_key(const tento::RowKeyCtx<Row>& ctx, std::string_view) {
    return "myprovider/" + ctx.params.auth_id;
  }

  static tento::Result<tento::Span> stage_range(const tento::RowKeyCtx<Row>&, std::string_view stage, tento::Date today,
                                                const tento::Span& hosts_own) {
    if (stage != "backfill") return hosts_own;
    return tento::Span{tento::PartialDate::ymd(today - std::chrono::years{10}), hosts_own.to};
  }
};
// [/sync-plugin]

}  // namespace myprovider
