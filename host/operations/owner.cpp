// SPDX-License-Identifier: Apache-2.0
// owner show: whose rows they are.
#include "host/operations/context.hpp"

namespace tento::host {
namespace {

Result<Output> show(Context& ctx, const Args&) {
  TENTO_TRY_ASSIGN(const auto owner, ctx.engine.owner());
  Output out;
  out.single = true;
  out.columns = {{.name = "id"}, {.name = "name"}, {.name = "zone"}};
  out.records.push_back({owner.id.text(), owner.name, owner.time_zone});
  return out;
}

}  // namespace

std::vector<Operation> owner_operations() {
  return {{"owner", "show", Scope::read, {}, show, "show the owner and the time zone their days are counted in"}};
}

}  // namespace tento::host
