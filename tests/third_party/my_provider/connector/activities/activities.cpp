// SPDX-License-Identifier: Apache-2.0
// Fetches activities of a window and persists them.
#include "activities.hpp"

namespace myprovider {

tento::Cell to_cell(const Activity& activity) {
  return {.id = activity.id,
          .date = tento::SemanticTime::from_partial(tento::PartialDate::ymd(activity.date)),
          .end_date = {},
          .data = activity.json,
          .version = {},
          .raw = {}};
}

DayRange days_of(const tento::Span& window) {
  DayRange out;
  if (window.from) out.from = window.from->start();
  if (window.to) out.to = window.to->start();
  return out;
}

tento::Result<std::size_t> Activities::sync(tento::SyncCtx<Activities>& ctx) {
  const auto records = ctx.client.http->list_range(days_of(ctx.window));
  std::vector<tento::Cell> cells;
  cells.reserve(records.size());
  for (const Activity& record : records) cells.push_back(to_cell(record));
  if (!cells.empty()) {
    TENTO_TRY(ctx.deps.persist_cells(ctx.row_id, cells));
  }
  return cells.size();
}

}  // namespace myprovider
