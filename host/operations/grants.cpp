// SPDX-License-Identifier: Apache-2.0
// grant add, grant list, grant remove: rows that another user may use, as `[owner]:~provider:...`.
#include <array>
#include <utility>

#include "host/access/key_prefix.hpp"
#include "host/base/did_you_mean.hpp"
#include "host/operations/columns.hpp"
#include "host/operations/context.hpp"
#include "host/operations/describe.hpp"
#include "host/services/admin_service.hpp"

namespace tento::host {
namespace {

const Columns<NamedGrant>& grant_columns() {
  static const Columns<NamedGrant> all{
      {{.name = "id", .type = FieldType::integer}, [](const NamedGrant& each) -> Field { return each.grant.id; }},
      {{.name = "key", .help = "the row, or the beginning of the keys of several"},
       [](const NamedGrant& each) -> Field { return each.grant.prefix; }},
      {{.name = "to", .help = "user who may use them"}, [](const NamedGrant& each) -> Field { return each.to; }},
      {{.name = "verbs", .type = FieldType::list, .help = "get, post, patch, delete"},
       [](const NamedGrant& each) -> Field { return verb_names(each.grant.verbs); }},
      {{.name = "created", .type = FieldType::time, .nullable = true},
       [](const NamedGrant& each) { return time_field(each.grant.created_us); }},
  };
  return all;
}

const Columns<std::int64_t>& removed_columns() {
  static const Columns<std::int64_t> all{
      {{.name = "id", .type = FieldType::integer}, [](const std::int64_t& id) -> Field { return id; }},
      {{.name = "status", .help = "removed"}, [](const std::int64_t&) -> Field { return std::string("removed"); }},
  };
  return all;
}

Result<std::uint32_t> verbs_of(const Args& args) {
  static constexpr std::array<std::pair<std::string_view, std::uint32_t>, 4> known{
      {{"get", TENTO_VERB_GET}, {"post", TENTO_VERB_POST}, {"patch", TENTO_VERB_PATCH}, {"delete", TENTO_VERB_DELETE}}};
  const auto words = args.list("verb");
  std::uint32_t out = words.empty() ? std::uint32_t{TENTO_VERB_GET} : 0;
  for (const auto& word : words) {
    std::uint32_t verb = 0;
    std::vector<std::string> names;
    for (const auto& [name, bit] : known) {
      names.emplace_back(name);
      if (name == word) verb = bit;
    }
    if (verb == 0)
      return fail(usage_error(
          "{param:verb}: \"" + word + "\" is not one of get, post, patch, delete" + did_you_mean(word, names),
          "use one of get, post, patch, delete"));
    out |= verb;
  }
  return out;
}

Result<Output> add_grant(StoreContext& ctx, const Args& args) {
  auto prefix = canonical_prefix(args.text("key"));
  if (!prefix)
    return fail(usage_error(prefix.error().message, "write a key of yours or its beginning, :~provider:account"));
  TENTO_TRY_ASSIGN(const auto verbs, verbs_of(args));
  TENTO_TRY_ASSIGN(const auto owner, ctx.owner());
  TENTO_TRY_ASSIGN(const auto to, ctx.directory.user_named(args.text("to")));
  if (to.id == owner.id) return fail(usage_error("{param:to}: the rows are this user's own", "name another user"));
  TENTO_TRY_ASSIGN(const auto granted, ctx.admin.add_grant(owner, to, std::move(*prefix), verbs));
  Output out;
  out.single = true;
  out.columns = grant_columns().columns();
  out.records.push_back(grant_columns().record(granted));
  out.notes.push_back(granted.to + " reads them as [" + owner.name + "]" + granted.grant.prefix);
  return out;
}

Result<Output> list_grants(StoreContext& ctx, const Args&) {
  TENTO_TRY_ASSIGN(const auto owner, ctx.owner());
  TENTO_TRY_ASSIGN(const auto grants, ctx.admin.grants(owner));
  Output out;
  out.columns = grant_columns().columns();
  for (const auto& grant : grants) out.records.push_back(grant_columns().record(grant));
  return out;
}

Result<Output> remove_grant(StoreContext& ctx, const Args& args) {
  TENTO_TRY_ASSIGN(const auto owner, ctx.owner());
  const auto id = *args.integer("id");
  TENTO_TRY(ctx.admin.remove_grant(owner, id));
  Output out;
  out.single = true;
  out.columns = removed_columns().columns();
  out.records.push_back(removed_columns().record(id));
  return out;
}

}  // namespace

std::vector<Operation> grant_operations() {
  return {
      {"grant",
       "add",
       Scope::admin,
       Authority::user,
       {{.name = "key",
         .help = "a lookup key, or its beginning for all below it",
         .positional = true,
         .required = true,
         .value_name = "KEY"},
        {.name = "to", .help = "user who may use them", .required = true, .value_name = "USER"},
        {.name = "verb",
         .type = ParamType::list,
         .help = "get (without any), post, patch or delete; repeatable",
         .value_name = "V"}},
       add_grant,
       "let another user use rows",
       {Method::post, "/api/grants"},
       {.columns = grant_columns().columns(), .single = true}},
      {"grant",
       "list",
       Scope::admin,
       Authority::user,
       {},
       list_grants,
       "list the rows that other users may use",
       {Method::get, "/api/grants"},
       {.columns = grant_columns().columns(), .list = "grants"},
       Answers::at_once},
      {"grant",
       "remove",
       Scope::admin,
       Authority::user,
       {{.name = "id",
         .type = ParamType::integer,
         .help = "id of the grant",
         .positional = true,
         .required = true,
         .value_name = "ID"}},
       remove_grant,
       "end a grant, at once",
       {Method::del, "/api/grants/{id}"},
       {.columns = removed_columns().columns(), .single = true}},
  };
}

}  // namespace tento::host
