// SPDX-License-Identifier: Apache-2.0
// store dump: everything stored, in an order that two equal stores share.
#include "host/operations/perform.hpp"

namespace tento::host {
namespace {

Result<Output> dump(Context& ctx, const Args&) {
  TENTO_TRY_ASSIGN(auto* store, ctx.engine.store());
  TENTO_TRY(check_host_admin(ctx));  // it is of all users
  Output out;
  out.text = [store](const TextVisitor& visit) {
    return store->dump([&](std::string_view line) { return visit(line) && visit("\n"); });
  };
  return out;
}

}  // namespace

std::vector<Operation> store_operations() {
  return {{"store",
           "dump",
           Scope::admin,
           {},
           dump,
           "print what is stored as JSON lines in canonical order, to compare two stores",
           {Method::get, "/api/store/dump"},
           {.text = "application/jsonl"}}};
}

}  // namespace tento::host
