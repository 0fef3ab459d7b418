// SPDX-License-Identifier: Apache-2.0
// The sync-plugin: windows and locks of the row of events. It runs by the row's own sync.
#include <tento/sdk/plugin.hpp>

#include "event_sync.hpp"

namespace google::rows {
namespace {

struct EventsSync {
  using Row = Events;

  // A calendar that two accounts share is read by one of them at a time, whatever the stage: both write the same cells
  // and move the same token.
  static tento::Result<std::string> lock_key(const tento::RowKeyCtx<Row>& ctx, std::string_view) {
    return "calendar:" + ctx.own.cal_id;
  }
  static tento::Result<tento::Span> stage_range(const tento::RowKeyCtx<Row>&, std::string_view stage, tento::Date today,
                                                const tento::Span&) {
    return stage_span(stage, today);
  }
};

}  // namespace
}  // namespace google::rows

TENTO_SYNC_PLUGIN(google::rows::EventsSync);
