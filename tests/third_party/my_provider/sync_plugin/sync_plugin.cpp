// SPDX-License-Identifier: Apache-2.0
// MyProvider's syncs: the derived executor, at most two at once, the export read once more for what is ahead of today.
#include <tento/sdk.hpp>

#include "../connector/activities/activities.hpp"

namespace myprovider {
namespace {

/// Topology of the activities: viewport is the wearable window, backfill is everything before it.
struct ActivitiesSync {
  using Row = Activities;
  static tento::Result<std::string> lock_key(const tento::RowKeyCtx<Row>& ctx, std::string_view) {
    return "export:" + ctx.params.auth_id;
  }
  static tento::Result<tento::Span> stage_range(const tento::RowKeyCtx<Row>&, std::string_view stage, tento::Date today,
                                                const tento::Span&) {
    TENTO_TRY_ASSIGN(tento::Span window, tento::wearable_window_for_stage(stage, today));
    if (stage == "backfill") window.from.reset();
    return window;
  }
};

}  // namespace
}  // namespace myprovider

TENTO_SYNC_PLUGIN(myprovider::ActivitiesSync, tento::MaxConcurrent<2>);
