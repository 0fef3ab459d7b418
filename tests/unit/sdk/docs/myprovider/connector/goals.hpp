// SPDX-License-Identifier: Apache-2.0
// `:~myprovider:{authId}:goals`: what people write goes to the service, and what it answers is stored.
#pragma once

#include "myprovider.hpp"

namespace myprovider {

// [goals]
/// Goals, one for a day.
struct Goals : tento::RowBase<MyProvider> {
  static constexpr std::string_view ROW_LABEL = "myprovider-goals";

  static std::string lookup_key(const MyProviderParams& params, const tento::NoParams&) {
    return ":~myprovider:" + tento::percent_encode_param(params.auth_id) + ":goals";
  }

  static tento::Result<tento::WriteOutput> patch(tento::WriteCtx<Goals>& ctx) {
    TENTO_TRY_ASSIGN(const tento::PartialDate day, tento::PartialDate::parse("ymd-" + std::string(ctx.cell_id)));
    TENTO_TRY_ASSIGN(auto http, ctx.deps.transport());
    TENTO_TRY_ASSIGN(std::string made, ctx.client.set_goal(http, ctx.cell_id, ctx.body));
    return tento::WriteOutput::stored({.id = std::string(ctx.cell_id), .date = day, .data = std::move(made)});
  }
};
// [/goals]

}  // namespace myprovider
