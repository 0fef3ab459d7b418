// SPDX-License-Identifier: Apache-2.0
// How activities are synced: page by page into one transaction, which replaces the window.
#include "activities.hpp"

namespace myprovider {

using namespace tento;

// [sync]
Result<Synced> Activities::sync(SyncCtx<Activities>& ctx) {
  TENTO_TRY_ASSIGN(auto http, ctx.deps.transport());
  TENTO_TRY_ASSIGN(Transaction txn, ctx.deps.begin(ctx.row_id, ctx.window, SyncState::Mode::replace));
  for (std::optional<unsigned> page = 1; page;) {
    TENTO_TRY(ctx.proceed());
    TENTO_TRY_ASSIGN(const Page got,
                     ctx.client.activities(http, ctx.window.from->start(), ctx.window.to->start(), *page));
    for (const Activity& a : got.activities) {
      TENTO_TRY(txn.add(CellView(a.id, PartialDate::ymd(a.day), a.record)));
    }
    TENTO_TRY(ctx.deps.report_progress(txn.count(), 0, "activities"));
    page = got.next;
  }
  const std::size_t seen = txn.count();
  TENTO_TRY(txn.commit({{ctx.window, seen > 0 ? Coverage::State::have : Coverage::State::empty}}));
  return Synced(seen);
}
// [/sync]

}  // namespace myprovider
