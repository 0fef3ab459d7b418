// SPDX-License-Identifier: Apache-2.0
// token create, token list, token revoke.
#include <algorithm>

#include "host/access/key_prefix.hpp"
#include "host/base/did_you_mean.hpp"
#include "host/operations/columns.hpp"
#include "host/operations/context.hpp"
#include "host/services/admin_service.hpp"

namespace tento::host {
namespace {

const Columns<CreatedToken>& token_columns() {
  static const Columns<CreatedToken> all{
      {{.name = "id", .help = "public"}, [](const CreatedToken& each) -> Field { return each.token.id; }},
      {{.name = "name"}, [](const CreatedToken& each) -> Field { return each.token.name; }},
      {{.name = "scopes", .type = FieldType::list, .help = "read, write, sync, admin"},
       [](const CreatedToken& each) -> Field { return each.token.scopes; }},
      {{.name = "prefixes", .type = FieldType::list, .help = "row keys it is for; none = all"},
       [](const CreatedToken& each) -> Field { return each.token.prefixes; }},
      {{.name = "created", .type = FieldType::time, .nullable = true},
       [](const CreatedToken& each) { return time_field(each.token.created_us); }},
      {{.name = "expires", .type = FieldType::time, .nullable = true, .help = "absent = never"},
       [](const CreatedToken& each) { return time_field(each.token.expires_us); }},
      {{.name = "used", .type = FieldType::time, .nullable = true, .help = "last, to the minute"},
       [](const CreatedToken& each) { return time_field(each.token.last_used_us); }},
      {{.name = "revoked", .type = FieldType::time, .nullable = true},
       [](const CreatedToken& each) { return time_field(each.token.revoked_us); }},
  };
  return all;
}

const Columns<CreatedToken>& created_columns() {
  static const auto all =
      Columns<CreatedToken>{
          {{.name = "token", .help = "the token itself, told this once"},
           [](const CreatedToken& each) -> Field { return each.text; }},
      }
          .and_then(token_columns());
  return all;
}

Result<std::vector<std::string>> scopes_of(const Args& args) {
  std::vector<std::string> known;
  for (const auto scope : all_scopes) known.emplace_back(to_string(scope));
  auto words = args.list("scope");
  if (words.empty()) words.emplace_back(to_string(Scope::read));
  for (const auto& word : words)
    if (!parse_scope(word))
      return fail(usage_error(
          "{param:scope}: \"" + word + "\" is not one of read, write, sync, admin" + did_you_mean(word, known),
          "use one of read, write, sync, admin"));
  return words;
}

Result<TokenRequest> token_request(const Args& args) {
  TokenRequest out;
  out.name = args.text("name");
  TENTO_TRY_ASSIGN(out.scopes, scopes_of(args));
  for (const auto& prefix : args.list("prefix")) {
    auto canonical = canonical_prefix(prefix);
    if (!canonical)
      return fail(
          usage_error("{param:prefix}: " + canonical.error().message, "write a key or its beginning, :~provider"));
    out.prefixes.push_back(std::move(*canonical));
  }
  const auto is_admin = [](const std::string& scope) { return scope == to_string(Scope::admin); };
  if (!out.prefixes.empty() && std::any_of(out.scopes.begin(), out.scopes.end(), is_admin))
    return fail(
        usage_error("{param:prefix}: a token with the scope admin is for everything", "leave out one of the two"));
  out.lifetime_s = args.integer("expires");
  if (out.lifetime_s == 0)
    return fail(usage_error("{param:expires}: 0 is over at once", "write 90d, or leave it out for never"));
  return out;
}

Result<Output> create(StoreContext& ctx, const Args& args) {
  TENTO_TRY_ASSIGN(auto request, token_request(args));
  TENTO_TRY_ASSIGN(const auto owner, ctx.owner());
  TENTO_TRY_ASSIGN(const auto created, ctx.admin.create_token(owner, std::move(request)));
  Output out;
  out.single = true;
  out.columns = created_columns().columns();
  out.records.push_back(created_columns().record(created));
  out.notes.emplace_back("the token is shown this once and kept nowhere: put it away now");
  return out;
}

Result<Output> list_tokens(StoreContext& ctx, const Args&) {
  TENTO_TRY_ASSIGN(const auto owner, ctx.owner());
  TENTO_TRY_ASSIGN(const auto tokens, ctx.admin.tokens(owner));
  Output out;
  out.columns = token_columns().columns();
  for (const auto& token : tokens) out.records.push_back(token_columns().record({token, {}}));
  if (tokens.empty()) out.notes.emplace_back("no token yet; {op:token create name=NAME} makes one");
  return out;
}

Result<Output> revoke_token(StoreContext& ctx, const Args& args) {
  TENTO_TRY_ASSIGN(const auto owner, ctx.owner());
  TENTO_TRY_ASSIGN(const auto token, ctx.admin.revoke_token(owner, args.text("id")));
  Output out;
  out.single = true;
  out.columns = token_columns().columns();
  out.records.push_back(token_columns().record({token, {}}));
  return out;
}

}  // namespace

std::vector<Operation> token_operations() {
  return {
      {"token",
       "create",
       Scope::admin,
       Authority::user,
       {{.name = "name", .help = "what it is for", .required = true, .value_name = "TEXT"},
        {.name = "scope",
         .type = ParamType::list,
         .help = "read (without any), write, sync or admin; repeatable",
         .value_name = "S"},
        {.name = "prefix",
         .type = ParamType::list,
         .help = "only rows at and below this key; repeatable",
         .value_name = "KEY"},
        {.name = "expires",
         .type = ParamType::duration,
         .help = "how long it lives (12h, 90d); without it until it is revoked",
         .value_name = "T"}},
       create,
       "make a token for a program that uses the API; it is shown once",
       {Method::post, "/api/tokens"},
       {.columns = created_columns().columns(), .single = true}},
      {"token",
       "list",
       Scope::admin,
       Authority::user,
       {},
       list_tokens,
       "list the tokens, without what is secret of them",
       {Method::get, "/api/tokens"},
       {.columns = token_columns().columns(), .list = "tokens"},
       Answers::at_once},
      {"token",
       "revoke",
       Scope::admin,
       Authority::user,
       {{.name = "id", .help = "id of the token", .positional = true, .required = true, .value_name = "ID"}},
       revoke_token,
       "end a token, at once",
       {Method::del, "/api/tokens/{id}"},
       {.columns = token_columns().columns(), .single = true}},
  };
}

}  // namespace tento::host
