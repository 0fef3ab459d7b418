// SPDX-License-Identifier: Apache-2.0
// A day, a cell.
#include "daily.hpp"

#include "cells.hpp"
#include "stage.hpp"

namespace weather::rows {

tento::Result<tento::Synced> Daily::sync(tento::SyncCtx<Daily>& ctx) {
  return sync_row(ctx, {.put = put_day});
}

}  // namespace weather::rows
