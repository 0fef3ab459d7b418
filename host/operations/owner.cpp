// SPDX-License-Identifier: Apache-2.0
// owner show, owner set: whose rows they are, and the zone their days are counted in.
#include "host/operations/context.hpp"
#include "host/operations/users.hpp"
#include "host/operations/zones.hpp"
#include "host/services/admin_service.hpp"

namespace tento::host {
namespace {

Result<Output> show_owner(StoreContext& ctx, const Args&) {
  TENTO_TRY_ASSIGN(const auto owner, ctx.owner());
  return one_user(owner);
}

Result<Output> set(StoreContext& ctx, const Args& args) {
  const auto zone = args.text("zone");
  TENTO_TRY_ASSIGN(const auto found, zone_argument(zone));
  TENTO_TRY_ASSIGN(auto owner, ctx.owner());
  TENTO_TRY_ASSIGN(const auto moved, ctx.admin.set_zone(owner, zone, found));
  const bool same = owner.time_zone == zone;
  owner.time_zone = zone;
  auto out = one_user(owner);
  out.notes.push_back(same ? "days were counted in " + zone + " already"
                           : "days are counted in " + zone +
                                 " from now on, but for accounts with a zone of their own; " + std::to_string(moved) +
                                 " stored cells begin or end at another moment now");
  return out;
}

}  // namespace

std::vector<Operation> owner_operations() {
  const Shape shape{.columns = user_columns().columns(), .single = true};
  return {{"owner",
           "show",
           Scope::read,
           Authority::user,
           {},
           show_owner,
           "show the owner and the time zone their days are counted in",
           {Method::get, "/api/owner"},
           shape,
           Answers::at_once},
          {"owner",
           "set",
           Scope::admin,
           Authority::user,
           {{.name = "zone", .help = "IANA time zone, such as Europe/Berlin", .required = true, .value_name = "Z"}},
           set,
           "change the time zone the owner's days are counted in",
           {Method::patch, "/api/owner"},
           shape}};
}

}  // namespace tento::host
