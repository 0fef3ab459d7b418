// SPDX-License-Identifier: Apache-2.0
// user show, set, add, list, rename, remove, erase, export.
#include "host/model/user.hpp"
#include "host/operations/columns.hpp"
#include "host/operations/perform.hpp"
#include "host/operations/zones.hpp"
#include "host/services/admin_service.hpp"
#include "host/services/directory.hpp"

namespace tento::host {
namespace {

const Columns<UserRecord>& user_columns() {
  static const Columns<UserRecord> all{
      {{.name = "id"}, [](const UserRecord& user) -> Field { return user.id.text(); }},
      {{.name = "name", .help = "as in `[name]:...`"}, [](const UserRecord& user) -> Field { return user.name; }},
      {{.name = "zone", .help = "IANA time zone"}, [](const UserRecord& user) -> Field { return user.time_zone; }},
  };
  return all;
}

Output one_user(const UserRecord& user) {
  Output out;
  out.single = true;
  out.columns = user_columns().columns();
  out.records.push_back(user_columns().record(user));
  return out;
}

struct EndedUser {
  std::string name;
  std::string status;
};

const Columns<EndedUser>& ended_user_columns() {
  static const Columns<EndedUser> all{
      {{.name = "name"}, [](const EndedUser& user) -> Field { return user.name; }},
      {{.name = "status", .help = "removed or erased"}, [](const EndedUser& user) -> Field { return user.status; }},
  };
  return all;
}

Param name_of(std::string_view help) {
  return {.name = "name", .help = help, .positional = true, .required = true, .value_name = "NAME"};
}

Result<UserRecord> named_user(StoreContext& ctx, const Args& args) {
  return ctx.directory.user_named(args.text("name"));
}

Result<Output> show_user(StoreContext& ctx, const Args&) {
  TENTO_TRY_ASSIGN(const auto user, ctx.owner());
  return one_user(user);
}

Result<Output> set_zone(StoreContext& ctx, const Args& args) {
  const auto zone = args.text("zone");
  TENTO_TRY_ASSIGN(const auto found, zone_argument(zone));
  TENTO_TRY_ASSIGN(auto user, ctx.owner());
  TENTO_TRY_ASSIGN(const auto moved, ctx.admin.set_zone(user, zone, found));
  const bool same = user.time_zone == zone;
  user.time_zone = zone;
  auto out = one_user(user);
  out.notes.push_back(same ? "days were counted in " + zone + " already"
                           : "days are counted in " + zone +
                                 " from now on, but for accounts with a zone of their own; " + std::to_string(moved) +
                                 " stored cells begin or end at another moment now");
  return out;
}

Result<Output> add_user(StoreContext& ctx, const Args& args) {
  const auto zone = args.text("zone");
  if (!zone.empty()) {
    TENTO_TRY(zone_argument(zone));
  }
  TENTO_TRY_ASSIGN(const auto user, ctx.admin.add_user(args.text("name"), zone));
  return one_user(user);
}

Result<Output> rename(StoreContext& ctx, const Args& args) {
  TENTO_TRY_ASSIGN(const auto before, named_user(ctx, args));
  ctx.audit_target = before.id.text();
  TENTO_TRY_ASSIGN(const auto user, ctx.admin.rename_user(before, args.text("to")));
  auto out = one_user(user);
  if (before.name != user.name && ctx.parts.config().owner == before.name)
    out.notes.push_back("the configuration still says owner = \"" + before.name + "\": change it there, too");
  return out;
}

Result<Output> list_users(StoreContext& ctx, const Args&) {
  TENTO_TRY_ASSIGN(const auto users, ctx.directory.users());
  Output out;
  out.columns = user_columns().columns();
  for (const auto& user : users) out.records.push_back(user_columns().record(user));
  return out;
}

Output ended(const std::string& name, std::string_view status) {
  Output out;
  out.single = true;
  out.columns = ended_user_columns().columns();
  out.records.push_back(ended_user_columns().record({name, std::string(status)}));
  return out;
}

Result<Output> remove_user(StoreContext& ctx, const Args& args) {
  TENTO_TRY_ASSIGN(const auto user, named_user(ctx, args));
  TENTO_TRY(ctx.admin.remove_user(user));
  return ended(user.name, "removed");
}

Result<Output> erase(StoreContext& ctx, const Args& args) {
  ctx.audit_target = "";  // the name is what has to go
  TENTO_TRY_ASSIGN(const auto user, named_user(ctx, args));
  if (args.text("confirm") != user.name)
    return fail(usage_error("{param:confirm} is not the user's name, so nothing was erased",
                            "repeat the name, if all of this user's data is to go"));
  ctx.audit_target = user.id.text();
  TENTO_TRY_ASSIGN(const auto erased, ctx.admin.erase_user(user));
  auto out = ended(user.name, "erased");
  out.notes.push_back(std::to_string(erased.accounts) + " accounts and " + std::to_string(erased.rows) +
                      " rows with all that was in them are gone; copies you made of the store still have them");
  return out;
}

Result<Output> export_all(StoreContext& ctx, const Args& args) {
  TENTO_TRY_ASSIGN(const auto user, named_user(ctx, args));
  Output out;
  out.text = [&admin = ctx.admin, user](const TextVisitor& visit) {
    return admin.export_user(user, [&](std::string_view line) { return visit(line) && visit("\n"); });
  };
  return out;
}

}  // namespace

std::vector<Operation> user_operations() {
  const Shape one{.columns = user_columns().columns(), .single = true};
  return {
      {"user",
       "show",
       Scope::read,
       Authority::user,
       {},
       show_user,
       "show the user whose rows are meant and the time zone their days are counted in",
       {Method::get, "/api/user"},
       one,
       Answers::at_once},
      {"user",
       "set",
       Scope::admin,
       Authority::user,
       {{.name = "zone", .help = "IANA time zone, such as Europe/Berlin", .required = true, .value_name = "Z"}},
       set_zone,
       "change the time zone in which this user's days are counted",
       {Method::patch, "/api/user"},
       one},
      {"user",
       "add",
       Scope::admin,
       Authority::host,
       {name_of("such as user@host"),
        {.name = "zone", .help = "IANA time zone; without it the system's", .value_name = "Z"}},
       add_user,
       "add a user, who has rows and accounts of their own",
       {Method::post, "/api/users"},
       one},
      {"user",
       "list",
       Scope::admin,
       Authority::host,
       {},
       list_users,
       "list the users",
       {Method::get, "/api/users"},
       {.columns = user_columns().columns(), .list = "users"},
       Answers::at_once},
      {"user",
       "rename",
       Scope::admin,
       Authority::host,
       {name_of("the user"),
        {.name = "to", .help = "the new name", .positional = true, .required = true, .value_name = "NEW-NAME"}},
       rename,
       "give a user another name; their rows are `[new name]:...` from then on",
       {Method::post, "/api/users/{name}/rename"},
       one},
      {"user",
       "remove",
       Scope::admin,
       Authority::host,
       {name_of("a user without accounts and rows")},
       remove_user,
       "remove a user who has nothing",
       {Method::del, "/api/users/{name}"},
       {.columns = ended_user_columns().columns(), .single = true}},
      {"user",
       "erase",
       Scope::admin,
       Authority::host,
       {name_of("the user"), {.name = "confirm", .help = "the name once more", .required = true, .value_name = "NAME"}},
       erase,
       "delete a user with everything of theirs, for good",
       {Method::post, "/api/users/{name}/erase"},
       {.columns = ended_user_columns().columns(), .single = true}},
      {"user",
       "export",
       Scope::admin,
       Authority::host,
       {name_of("the user")},
       export_all,
       "print everything of a user but credentials as JSON lines",
       {Method::get, "/api/users/{name}/export"},
       {.text = "application/jsonl"}},
  };
}

}  // namespace tento::host
