// SPDX-License-Identifier: Apache-2.0
// An hour, a cell.
#include "hourly.hpp"

#include "cells.hpp"
#include "stage.hpp"

namespace weather::rows {

tento::Result<tento::Synced> Hourly::sync(tento::SyncCtx<Hourly>& ctx) {
  return sync_row(ctx, {.by_day = false, .put = put_hours});
}

}  // namespace weather::rows
