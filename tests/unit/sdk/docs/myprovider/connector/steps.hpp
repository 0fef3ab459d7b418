// SPDX-License-Identifier: Apache-2.0
// `:~myprovider:{authId}:steps`: the shortest sync there is, by the thin path.
#pragma once

#include "myprovider.hpp"

namespace myprovider {

// [thin]
/// The activities again, as plain cells that are stored as they come.
struct Steps : tento::RowBase<MyProvider> {
  static constexpr std::string_view ROW_LABEL = "myprovider-steps";

  static std::string lookup_key(const MyProviderParams& params, const tento::NoParams&) {
    return ":~myprovider:" + tento::percent_encode_param(params.auth_id) + ":steps";
  }

  static constexpr tento::SyncShape sync_shape() { return {.stages = {"stage1", "stage2", "stage3"}}; }

  static tento::Result<tento::Synced> sync(tento::SyncCtx<Steps>& ctx) {
    TENTO_TRY_ASSIGN(auto http, ctx.deps.transport());
    TENTO_TRY_ASSIGN(const Page got, ctx.client.activities(http, ctx.window.from->start(), ctx.window.to->start(), 1));
    std::vector<tento::Cell> cells;
    for (const Activity& a : got.activities) {
      cells.push_back({.id = a.id, .date = tento::PartialDate::ymd(a.day), .data = a.record});
    }
    if (!cells.empty()) TENTO_TRY(ctx.deps.persist_cells(ctx.row_id, cells));
    return tento::Synced(cells.size());
  }
};
// [/thin]

}  // namespace myprovider
