// SPDX-License-Identifier: Apache-2.0
// account connect: settings checked against the integration's table, the account tried, then saved.
#include <algorithm>
#include <chrono>

#include "host/config/nearest.hpp"
#include "host/deps/moments.hpp"
#include "host/deps/row_id.hpp"
#include "host/operations/accounts.hpp"
#include "host/operations/describe.hpp"
#include "host/operations/settings.hpp"
#include "host/operations/zones.hpp"

namespace tento::host {
namespace {

Error not_found(std::string message, std::string remedy) {
  auto e = fail(ErrorCode::not_found, ErrorClass::config, std::move(message)).value();
  e.action = std::move(remedy);
  return e;
}

Error no_such_provider(const BootReport& report, const std::string& id) {
  std::vector<std::string> ids;
  for (const auto& info : report.providers) {
    if (info.id() == id && info.rejection)
      return not_found("provider " + id + " is not loaded: " + info.rejection->reason, info.rejection->remedy);
    ids.push_back(info.id());
  }
  return not_found("no provider \"" + id + "\"" + did_you_mean(id, ids), "`tento provider list` shows what is loaded");
}

// A route of the integration that is meant; its accounts are the ones to connect.
Result<const Route*> choose(const BootReport& report, const std::string& provider, const std::string& integration) {
  std::vector<const Route*> candidates;
  std::vector<std::string> names;
  bool any = false;
  for (const auto* route : report.table->routes()) {
    if (route->provider->note().id != provider) continue;
    any = true;
    const std::string name(view(route->integration->id));
    if (route->integration->account_param.size == 0 || std::find(names.begin(), names.end(), name) != names.end())
      continue;
    names.push_back(name);
    if (integration.empty() || integration == name) candidates.push_back(route);
  }
  if (!any) return fail(no_such_provider(report, provider));
  if (candidates.size() == 1) return candidates.front();
  std::string all;
  for (const auto& n : names) all += (all.empty() ? "" : ", ") + n;
  if (names.empty())
    return fail(not_found("provider " + provider + " needs no account",
                          "read its rows at once: `tento row list --provider " + provider + "`"));
  if (candidates.empty())
    return fail(
        usage_error("--integration: \"" + integration + "\" is none of " + all + did_you_mean(integration, names),
                    "use one of " + all));
  return fail(
      usage_error("provider " + provider + " has several account types: " + all, "choose one with --integration"));
}

// The secret where one is wanted, from the caller, never from an argument.
Result<std::optional<std::string>> take_secret(const Args& args, const tento_auth* auth, bool exists) {
  const auto how = auth == nullptr ? tento_auth_how{TENTO_AUTH_NONE} : auth->how;
  bool secret_setting = false;
  if (auth != nullptr)
    for (const auto* s : settings(*auth)) secret_setting = secret_setting || s->type == TENTO_SETTING_SECRET;
  if (how == TENTO_AUTH_OAUTH2) {
    auto e =
        fail(ErrorCode::unsupported, ErrorClass::config, "accounts with OAuth 2.0 cannot be connected by this version")
            .value();
    e.action = "connect a provider that takes a token, a password or nothing";
    return fail(std::move(e));
  }
  const bool wanted = how == TENTO_AUTH_TOKEN || how == TENTO_AUTH_BASIC || secret_setting;
  if (!args.has("secret")) {
    if (wanted && !exists && how != TENTO_AUTH_NONE)
      return fail(usage_error("this account needs a secret", how == TENTO_AUTH_BASIC
                                                                 ? "pipe user:password and add --secret-stdin"
                                                                 : "pipe the token and add --secret-stdin"));
    return std::optional<std::string>();
  }
  if (!wanted) return fail(usage_error("--secret-stdin: this account takes no secret", "leave it out"));
  auto secret = args.text("secret");
  if (secret.empty())
    return fail(
        usage_error("the secret is empty", "pipe it: printf %s SECRET | tento account connect ... --secret-stdin"));
  return std::optional<std::string>(std::move(secret));
}

Result<void> check_account_id(const std::string& id) {
  if (id.empty() || id.size() > TENTO_MAX_PARAM || id.find('\0') != std::string::npos || id == "." || id == "..")
    return fail(usage_error("the account id is empty, too long or not usable in a key", "choose another with --id"));
  return {};
}

// Rows the provider names for the account, beside those that follow from the patterns.
Result<std::vector<std::string>> discovered(Context& ctx, Host& host, const Route& route, const OwnerRecord& owner,
                                            const AccountRecord& account) {
  std::vector<std::string> keys;
  if (route.integration->discover == nullptr) return keys;
  CallOptions options;
  options.actor = ctx.caller.actor;
  TENTO_TRY_ASSIGN(const auto rows, host.dispatcher().discover(route, owner, account, options));
  for (const auto& row : rows) {
    keys.push_back(row.lookup_key);
    // Kept, with what the provider calls it, so that it is listed from now on.
    RowRecord record;
    record.id = row_id(owner.id, row.lookup_key);
    record.owner = owner.id;
    record.provider = account.provider;
    record.integration = account.integration;
    record.pattern = row.pattern;
    record.lookup_key = row.lookup_key;
    record.auth_id = account.auth_id;
    record.label = row.label;
    record.attributes_json = row.attributes_json;
    TENTO_TRY(host.store().ensure_row(record));
  }
  return keys;
}

}  // namespace

Result<Output> account_connect(Context& ctx, const Args& args) {
  TENTO_TRY_ASSIGN(auto* host, ctx.engine.host());
  TENTO_TRY_ASSIGN(const auto owner, ctx.owner());
  const auto report = host->report();
  const auto provider = args.text("provider");
  TENTO_TRY_ASSIGN(const auto* route, choose(report, provider, args.text("integration")));
  const auto& integration = *route->integration;
  const auto* auth = integration.auth;

  AccountRecord account;
  account.owner = owner.id;
  account.provider = provider;
  account.integration = std::string(view(integration.id));
  account.kind = auth != nullptr && auth->kind.size != 0 ? std::string(view(auth->kind)) : provider;
  account.auth_id = args.text("id");
  account.label = args.text("label");
  account.time_zone = args.text("zone");
  account.state = TENTO_ACCOUNT_PROVISIONAL;
  account.created_us =
      std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::system_clock::now().time_since_epoch())
          .count();
  if (args.has("id")) TENTO_TRY(check_account_id(account.auth_id));
  TENTO_TRY_ASSIGN(const auto zone,
                   account.time_zone.empty() ? Zone::find(owner.time_zone) : zone_argument(account.time_zone));
  const auto table = auth == nullptr ? std::span<const tento_setting* const>() : settings(*auth);
  std::error_code ec;
  TENTO_TRY_ASSIGN(account.settings_json, settings_to_json(table, args.list("set"), std::filesystem::current_path(ec)));

  TENTO_TRY_ASSIGN(const auto before, account.auth_id.empty()
                                          ? Result<std::optional<AccountRecord>>(std::optional<AccountRecord>())
                                          : host->store().account(owner.id, provider, account.auth_id));
  TENTO_TRY_ASSIGN(auto secret, take_secret(args, auth, before.has_value()));

  if (!args.flag("no-check") && integration.check_account != nullptr) {
    CallOptions options;
    options.actor = ctx.caller.actor;
    std::string known = secret.value_or(std::string());
    if (!secret && before) {
      TENTO_TRY_ASSIGN(known, host->store().account_secret(owner.id, provider, account.auth_id));
    }
    TENTO_TRY_ASSIGN(const auto checked, host->dispatcher().check_account(*route, owner, account, known, options));
    if (account.auth_id.empty()) account.auth_id = checked.auth_id;
    if (account.label.empty()) account.label = checked.label;
  }
  if (account.auth_id.empty())
    return fail(
        usage_error("the account has no id of its own", "choose one with --id; it stands in the keys of its rows"));
  TENTO_TRY(check_account_id(account.auth_id));

  account.state = TENTO_ACCOUNT_ACTIVE;
  TENTO_TRY_ASSIGN(const auto replaced, host->store().account(owner.id, provider, account.auth_id));
  if (replaced) {
    account.created_us = replaced->created_us;
    account.generation = replaced->generation + 1;
    // What it stored already is counted in the new zone too.
    if (replaced->time_zone != account.time_zone)
      TENTO_TRY(host->store().set_zone({owner.id, provider, account.auth_id}, account.time_zone, moments_in(zone)));
  }
  TENTO_TRY(host->store().put_account(account, secret ? std::optional<std::string_view>(*secret) : std::nullopt));
  host->dispatcher().forget_account(owner.id, provider, account.auth_id);

  auto keys = account_keys(*report.table, account);
  Output out;
  if (auto more = discovered(ctx, *host, *route, owner, account)) {
    for (auto& key : *more)
      if (std::find(keys.begin(), keys.end(), key) == keys.end()) keys.push_back(std::move(key));
  } else {
    out.notes.push_back("its rows could not be listed: " + more.error().message);
  }
  out.single = true;
  out.columns = account_columns();
  out.records.push_back(account_record(account, keys));
  out.notes.push_back(provider + ":" + account.auth_id +
                      (replaced ? " was connected already; its settings are replaced" : " is connected"));
  if (secret)
    out.notes.push_back("the secret is stored unencrypted in " + ctx.engine.config().data_dir.string() +
                        ", readable by this user alone");
  return out;
}

}  // namespace tento::host
