// SPDX-License-Identifier: Apache-2.0
// An hour, a cell; one source for what was and what will be.
#include "air.hpp"

#include "cells.hpp"
#include "stage.hpp"

namespace weather::rows {

tento::Result<tento::Synced> Air::sync(tento::SyncCtx<Air>& ctx) {
  return sync_row(ctx, {.recent = Source::air, .history = Source::air, .by_day = false, .put = put_hours});
}

}  // namespace weather::rows
