// SPDX-License-Identifier: Apache-2.0
// account list, account disconnect, and the entry of account connect.
#include "host/operations/accounts.hpp"

#include "host/operations/columns.hpp"
#include "host/services/account_service.hpp"
#include "host/services/admin_service.hpp"

namespace tento::host {
namespace {

struct EndedAccount {
  Disconnected result;
  bool purged = false;
};

const Columns<EndedAccount>& disconnected_columns() {
  static const Columns<EndedAccount> all{
      {{.name = "provider"}, [](const EndedAccount& ended) -> Field { return ended.result.account.provider; }},
      {{.name = "id"}, [](const EndedAccount& ended) -> Field { return ended.result.account.auth_id; }},
      {{.name = "status", .help = "disconnected"},
       [](const EndedAccount&) -> Field { return std::string("disconnected"); }},
      {{.name = "data", .help = "kept or deleted"},
       [](const EndedAccount& ended) -> Field { return std::string(ended.purged ? "deleted" : "kept"); }},
  };
  return all;
}

const Columns<AccountView>& account_columns() {
  static const Columns<AccountView> all{
      {{.name = "provider"}, [](const AccountView& view) -> Field { return view.account.provider; }},
      {{.name = "integration", .help = "which of the provider's account types"},
       [](const AccountView& view) -> Field { return view.account.integration; }},
      {{.name = "id", .nullable = true, .help = "the account's id in keys; absent while it is being connected"},
       [](const AccountView& view) { return text_or_absent(view.account.auth_id); }},
      {{.name = "label", .nullable = true, .help = "what people call it"},
       [](const AccountView& view) { return text_or_absent(view.account.label); }},
      {{.name = "state", .help = "active, connecting, disabled or needs_reauth"},
       [](const AccountView& view) -> Field {
         return view.state.empty() ? std::string(account_state_name(view.account.state)) : view.state;
       }},
      {{.name = "zone", .nullable = true, .help = "IANA time zone; absent = the owner's"},
       [](const AccountView& view) { return text_or_absent(view.account.time_zone); }},
      {{.name = "connected", .type = FieldType::time, .nullable = true},
       [](const AccountView& view) { return time_field(view.account.created_us); }},
      {{.name = "expires", .type = FieldType::time, .nullable = true, .help = "when its access ends unless renewed"},
       [](const AccountView& view) { return time_field(view.account.expires_us); }},
      {{.name = "refreshed", .type = FieldType::time, .nullable = true, .help = "when its access was last renewed"},
       [](const AccountView& view) { return time_field(view.account.refreshed_us); }},
      {{.name = "next", .nullable = true, .help = "what to do about it"},
       [](const AccountView& view) {
         const AccountRecord& account = view.account;
         if (view.next.empty() && view.state.empty() && account.state == TENTO_ACCOUNT_NEEDS_REAUTH)
           return Field("connect again: tento account connect " + account.provider + " --id " + account.auth_id);
         return text_or_absent(view.next);
       }},
      {{.name = "scopes", .nullable = true, .help = "what it may do at its service", .only_in_data = true},
       [](const AccountView& view) { return text_or_absent(view.account.scopes); }},
      {{.name = "problem", .nullable = true, .help = "why it needs to be connected again", .only_in_data = true},
       [](const AccountView& view) { return text_or_absent(view.account.problem); }},
      {{.name = "link", .nullable = true, .help = "to be opened in a browser, to connect", .only_in_data = true},
       [](const AccountView& view) { return text_or_absent(view.link); }},
      {{.name = "user_code", .nullable = true, .help = "to be typed there", .only_in_data = true},
       [](const AccountView& view) { return text_or_absent(view.user_code); }},
      {{.name = "settings", .type = FieldType::json, .only_in_data = true},
       [](const AccountView& view) -> Field { return Json{view.account.settings_json}; }},
      {{.name = "rows", .type = FieldType::list, .help = "lookup keys", .count_in_table = true},
       [](const AccountView& view) -> Field { return view.keys; }},
  };
  return all;
}

Result<std::vector<AccountRecord>> accounts_of(StoreContext& ctx, const Args& args) {
  TENTO_TRY_ASSIGN(const auto owner, ctx.owner());
  return ctx.directory.accounts(owner.id, args.text("provider"));
}

Result<Output> list_accounts(StoreContext& ctx, const Args& args) {
  TENTO_TRY_ASSIGN(const auto accounts, accounts_of(ctx, args));
  // Keys are a convenience here: accounts are listed whatever state the providers are in.
  const auto report = ctx.parts.boot();
  Output out;
  out.columns = account_columns().columns();
  for (const auto& a : accounts) {
    auto keys = report && report->table ? account_keys(*report->table, a) : std::vector<std::string>{};
    const auto& principal = ctx.caller.principal;
    std::erase_if(keys, [&](const std::string& key) { return !allows_key(principal, key); });
    if (keys.empty() && !principal.prefixes.empty()) continue;  // nothing of it is this token's business
    out.records.push_back(account_columns().record({.account = a, .keys = std::move(keys)}));
  }
  if (accounts.empty()) out.notes.emplace_back("no account yet; {op:account connect PROVIDER} makes one");
  return out;
}

Result<Output> disconnect_account(StoreContext& ctx, const Args& args) {
  TENTO_TRY_ASSIGN(const auto accounts, accounts_of(ctx, args));
  TENTO_TRY_ASSIGN(const auto account, find_account(accounts, args.text("account")));
  EndedAccount ended;
  ended.purged = args.flag("purge");
  if (const auto host = ctx.parts.open_host()) {
    TENTO_TRY_ASSIGN(ended.result, host->account_service.disconnect(account, ended.purged));
  } else {
    // Where the providers cannot be started an account is ended all the same.
    ended.result = {account, host.error()};
    TENTO_TRY(ctx.admin.remove_account(account, ended.purged));
  }
  Output out;
  out.single = true;
  out.columns = disconnected_columns().columns();
  out.records.push_back(disconnected_columns().record(ended));
  if (!ended.purged) out.notes.emplace_back("its data is kept; connecting it again with the same id goes on with it");
  if (const auto& why = ended.result.not_revoked)
    out.notes.push_back("its service was not told, so take the access away there, too: " + why->message);
  return out;
}

}  // namespace

Output one_account(const AccountView& view) {
  Output out;
  out.single = true;
  out.columns = account_columns().columns();
  out.records.push_back(account_columns().record(view));
  return out;
}

std::vector<Operation> account_operations() {
  return {
      {"account",
       "connect",
       Scope::admin,
       Authority::user,
       {{.name = "provider", .help = "provider id", .positional = true, .required = true, .value_name = "PROVIDER"},
        {.name = "integration", .help = "which of the provider's account types", .value_name = "I"},
        {.name = "id", .help = "the account's id in keys; without it the provider says one", .value_name = "ID"},
        {.name = "set",
         .type = ParamType::list,
         .help = "a setting, repeatable; `tento provider show` lists them",
         .value_name = "name=value"},
        {.name = "zone", .help = "IANA time zone of the account", .value_name = "Z"},
        {.name = "label", .help = "what people call it", .value_name = "TEXT"},
        {.name = "secret", .type = ParamType::secret, .help = "the secret (token, password), read from standard input"},
        {.name = "no-check", .type = ParamType::flag, .help = "save without trying the account"},
        {.name = "scopes",
         .type = ParamType::list,
         .help = "a group of scopes to ask for, repeatable; without it all of them",
         .value_name = "GROUP"},
        {.name = "port",
         .type = ParamType::integer,
         .help = "port on this machine that the service sends the browser to, where no host runs; 0 = any",
         .value_name = "N"},
        {.name = "device", .type = ParamType::flag, .help = "by a code that is typed on another device"},
        {.name = "return", .help = "path of this server that the last page leads to", .value_name = "PATH"}},
       account_connect,
       "connect an account at a provider",
       {Method::post, "/api/accounts/connect"},
       {.columns = account_columns().columns(), .single = true}},
      {"account",
       "list",
       Scope::read,
       Authority::user,
       {{.name = "provider", .help = "only accounts of this provider", .value_name = "ID"}},
       list_accounts,
       "list the connected accounts",
       {Method::get, "/api/accounts"},
       {.columns = account_columns().columns(), .list = "accounts"},
       Answers::at_once},
      {"account",
       "disconnect",
       Scope::admin,
       Authority::user,
       {{.name = "account",
         .help = "id, provider:id, or a key of its rows",
         .positional = true,
         .required = true,
         .value_name = "ACCOUNT"},
        {.name = "provider", .help = "of this provider", .value_name = "ID"},
        {.name = "purge", .type = ParamType::flag, .help = "delete its rows and cells too"}},
       disconnect_account,
       "end an account; its data is kept unless it is purged",
       {Method::del, "/api/accounts/{account}"},
       {.columns = disconnected_columns().columns(), .single = true}},
  };
}

}  // namespace tento::host
