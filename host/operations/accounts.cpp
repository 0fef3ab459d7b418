// SPDX-License-Identifier: Apache-2.0
// account list, account disconnect, and the entry of account connect.
#include "host/operations/accounts.hpp"

#include <tento/sdk/key.hpp>

#include "host/config/nearest.hpp"
#include "host/operations/describe.hpp"

namespace tento::host {
namespace {

std::vector<Column> disconnected_columns() {
  return {{.name = "provider"},
          {.name = "id"},
          {.name = "status", .help = "disconnected"},
          {.name = "data", .help = "kept or deleted"}};
}

Result<Output> list(Context& ctx, const Args& args) {
  TENTO_TRY_ASSIGN(auto* store, ctx.engine.store());
  TENTO_TRY_ASSIGN(const auto owner, ctx.owner());
  TENTO_TRY_ASSIGN(const auto accounts, store->accounts(owner.id, args.text("provider")));
  // Keys are a convenience here: accounts are listed whatever state the providers are in.
  const auto report = ctx.engine.boot();
  Output out;
  out.columns = account_columns();
  for (const auto& a : accounts) {
    auto keys = report && report->table ? account_keys(*report->table, a) : std::vector<std::string>{};
    const auto& principal = ctx.caller.principal;
    std::erase_if(keys, [&](const std::string& key) { return !allows_key(principal, key); });
    if (keys.empty() && !principal.prefixes.empty()) continue;  // nothing of it is this token's business
    out.records.push_back(account_record(a, keys));
  }
  if (accounts.empty()) out.notes.emplace_back("no account yet; `tento account connect PROVIDER` makes one");
  return out;
}

Result<Output> disconnect(Context& ctx, const Args& args) {
  TENTO_TRY_ASSIGN(auto* store, ctx.engine.store());
  TENTO_TRY_ASSIGN(const auto owner, ctx.owner());
  TENTO_TRY_ASSIGN(const auto accounts, store->accounts(owner.id, args.text("provider")));
  TENTO_TRY_ASSIGN(const auto account, find_account(accounts, args.text("account")));
  const bool purge = args.flag("purge");
  TENTO_TRY(store->remove_account(owner.id, account.provider, account.auth_id, purge));
  if (auto* host = ctx.engine.running()) host->dispatcher().forget_account(owner.id, account.provider, account.auth_id);
  Output out;
  out.single = true;
  out.columns = disconnected_columns();
  out.records.push_back(
      {account.provider, account.auth_id, std::string("disconnected"), std::string(purge ? "deleted" : "kept")});
  if (!purge) out.notes.emplace_back("its data is kept; connecting it again with the same id goes on with it");
  return out;
}

// `:~id:auth` and everything below it.
bool key_names(std::string_view key, const AccountRecord& account) {
  const std::string head = ":~" + account.provider + ":" + percent_encode_param(account.auth_id);
  return key == head || (key.starts_with(head) && key[head.size()] == ':');
}

}  // namespace

std::string_view account_state_name(tento_account_state state) {
  switch (state) {
    case TENTO_ACCOUNT_ACTIVE:
      return "active";
    case TENTO_ACCOUNT_PROVISIONAL:
      return "provisional";
    case TENTO_ACCOUNT_DISABLED:
      return "disabled";
    default:
      return "needs_reauth";
  }
}

Result<AccountRecord> find_account(const std::vector<AccountRecord>& accounts, std::string_view text) {
  std::vector<const AccountRecord*> found;
  std::vector<std::string> known;
  for (const auto& a : accounts) {
    known.push_back(a.auth_id);
    known.push_back(a.provider + ":" + a.auth_id);
    if (a.auth_id == text || a.provider + ":" + a.auth_id == text || key_names(text, a)) found.push_back(&a);
  }
  if (found.size() == 1) return *found.front();
  if (found.empty()) {
    auto e = fail(ErrorCode::not_found, ErrorClass::config,
                  "no account \"" + std::string(text) + "\"" + did_you_mean(text, known))
                 .value();
    e.action = "`tento account list` shows the accounts";
    return fail(std::move(e));
  }
  std::string all;
  for (const auto* a : found) all += (all.empty() ? "" : ", ") + a->provider + ":" + a->auth_id;
  return fail(usage_error("\"" + std::string(text) + "\" names several accounts: " + all, "write provider:id"));
}

std::vector<Column> account_columns() {
  return {{.name = "provider"},
          {.name = "integration", .help = "which of the provider's account types"},
          {.name = "id", .help = "the account's id in keys"},
          {.name = "label", .nullable = true, .help = "what people call it"},
          {.name = "state", .help = "active, provisional, disabled or needs_reauth"},
          {.name = "zone", .nullable = true, .help = "IANA time zone; absent = the owner's"},
          {.name = "connected", .type = FieldType::time, .nullable = true},
          {.name = "settings", .type = FieldType::json, .only_in_data = true},
          {.name = "rows", .type = FieldType::list, .help = "lookup keys", .count_in_table = true}};
}

Record account_record(const AccountRecord& account, const std::vector<std::string>& keys) {
  return {account.provider,
          account.integration,
          account.auth_id,
          text_or_absent(account.label),
          std::string(account_state_name(account.state)),
          text_or_absent(account.time_zone),
          time_field(account.created_us),
          Json{account.settings_json},
          keys};
}

std::optional<std::string> account_key(const Route& route, const AccountRecord& account) {
  if (route.provider->note().id != account.provider || view(route.integration->id) != account.integration ||
      route.account_param < 0)
    return std::nullopt;
  auto key = route.pattern.key({{std::string(view(route.integration->account_param)), account.auth_id}});
  if (!key) return std::nullopt;
  return std::move(*key);
}

std::vector<std::string> account_keys(const RouteTable& table, const AccountRecord& account) {
  std::vector<std::string> keys;
  for (const auto* route : table.routes())
    if (auto key = account_key(*route, account)) keys.push_back(std::move(*key));
  return keys;
}

std::vector<Operation> account_operations() {
  return {
      {"account",
       "connect",
       Scope::admin,
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
        {.name = "no-check", .type = ParamType::flag, .help = "save without trying the account"}},
       account_connect,
       "connect an account at a provider",
       {Method::post, "/api/accounts/connect"},
       {.columns = account_columns(), .single = true}},
      {"account",
       "list",
       Scope::read,
       {{.name = "provider", .help = "only accounts of this provider", .value_name = "ID"}},
       list,
       "list the connected accounts",
       {Method::get, "/api/accounts"},
       {.columns = account_columns(), .list = "accounts"},
       true},
      {"account",
       "disconnect",
       Scope::admin,
       {{.name = "account",
         .help = "id, provider:id, or a key of its rows",
         .positional = true,
         .required = true,
         .value_name = "ACCOUNT"},
        {.name = "provider", .help = "of this provider", .value_name = "ID"},
        {.name = "purge", .type = ParamType::flag, .help = "delete its rows and cells too"}},
       disconnect,
       "end an account; its data is kept unless --purge",
       {Method::del, "/api/accounts/{account}"},
       {.columns = disconnected_columns(), .single = true}},
  };
}

}  // namespace tento::host
