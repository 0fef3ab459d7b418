// SPDX-License-Identifier: Apache-2.0
// The sync-plugin: windows of all rows, and their executor. Stages of one row take turns by the host's lock on it,
// since they share its cursors.
#include <tento/sdk/plugin.hpp>

#include "connector/cycles.hpp"
#include "connector/recovery.hpp"
#include "connector/sleep.hpp"
#include "connector/workouts.hpp"

namespace whoop::rows {
namespace {

template <class R>
struct RowSync {
  using Row = R;
  static tento::Result<tento::Span> stage_range(const tento::RowKeyCtx<Row>&, std::string_view stage, tento::Date today,
                                                const tento::Span&) {
    return tento::wearable_window_for_stage(stage, today);
  }
  static tento::Result<tento::Synced> execute(tento::SyncCtx<Row>& ctx) { return Row::sync(ctx); }
};

}  // namespace
}  // namespace whoop::rows

TENTO_SYNC_PLUGIN(whoop::rows::RowSync<whoop::rows::SleepRow>, whoop::rows::RowSync<whoop::rows::RecoveryRow>,
                  whoop::rows::RowSync<whoop::rows::CyclesRow>, whoop::rows::RowSync<whoop::rows::WorkoutsRow>);
