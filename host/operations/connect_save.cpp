// SPDX-License-Identifier: Apache-2.0
// Trying an account and saving it.
#include <algorithm>

#include "host/accounts/accounts.hpp"
#include "host/accounts/oauth_tokens.hpp"
#include "host/base/clock.hpp"
#include "host/deps/ambient.hpp"
#include "host/model/moments.hpp"
#include "host/model/row_id.hpp"
#include "host/operations/accounts.hpp"
#include "host/operations/connect.hpp"
#include "host/operations/zones.hpp"
#include "host/store/access_store.hpp"

namespace tento::host {
namespace {

// Rows the provider names for the account, beside those that follow from the patterns.
Result<std::vector<std::string>> discovered(Context& ctx, Host& host, const Connecting& wish,
                                            const AccountRecord& account) {
  std::vector<std::string> keys;
  if (wish.route->integration->discover == nullptr) return keys;
  CallOptions options;
  options.actor = ctx.caller.actor;
  TENTO_TRY_ASSIGN(const auto rows, host.dispatcher().discover(*wish.route, wish.owner, account, options));
  for (const auto& row : rows) {
    keys.push_back(row.lookup_key);
    // Kept, with what the provider calls it, so that it is listed from now on.
    RowRecord record;
    record.id = row_id(wish.owner.id, row.lookup_key);
    record.owner = wish.owner.id;
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

// Asks the provider whether it works, and who it is.
Result<void> try_account(Context& ctx, Host& host, Connecting& wish) {
  const auto& integration = *wish.route->integration;
  if (!wish.check || integration.check_account == nullptr) return {};
  AccountRecord& account = wish.account;
  CallOptions options;
  options.actor = ctx.caller.actor;
  Secret known(std::string(wish.secret ? wish.secret->text() : std::string()));
  if (!wish.secret && wish.reconnect && integration.auth != nullptr && integration.auth->how != TENTO_AUTH_NONE) {
    TENTO_TRY_ASSIGN(auto in_use, host.accounts().credentials()->acquire({account, *integration.auth}));
    known = std::move(in_use.secret);
  }
  TENTO_TRY_ASSIGN(const auto checked,
                   host.dispatcher().check_account(*wish.route, wish.owner, account, known.text(), options));
  if (account.auth_id.empty()) account.auth_id = checked.auth_id;
  if (account.label.empty()) account.label = checked.label;
  return {};
}

Result<void> put(Host& host, const AccountRecord& account, const Connecting& wish) {
  const Secret* kept = wish.whole ? &*wish.whole : wish.secret ? &*wish.secret : nullptr;
  if (kept == nullptr) return host.store().put_account(account, std::nullopt);
  TENTO_TRY_ASSIGN(auto* vault, host.vault());
  TENTO_TRY_ASSIGN(const auto sealed, vault->seal_credential(account, kept->text()));
  return host.store().credentials_store().put_credential(account, sealed);
}

}  // namespace

Result<Output> save_account(Context& ctx, Host& host, Connecting wish) {
  AccountRecord& account = wish.account;
  account.state = TENTO_ACCOUNT_PROVISIONAL;
  if (account.created_us == 0) account.created_us = unix_now_us();
  TENTO_TRY(try_account(ctx, host, wish));
  if (account.auth_id.empty())
    return fail(usage_error("the account has no id of its own",
                            "choose one with {param:id}; it stands in the keys of its rows"));
  TENTO_TRY(check_account_id(account.auth_id));

  account.state = TENTO_ACCOUNT_ACTIVE;
  account.problem.clear();
  TENTO_TRY_ASSIGN(const auto replaced, host.store().account(wish.owner.id, account.provider, account.auth_id));
  if (replaced) {
    wish.reconnect = true;
    account.created_us = replaced->created_us;
    account.generation = replaced->generation + 1;
    // What it stored already is counted in the new zone too.
    if (replaced->time_zone != account.time_zone) {
      TENTO_TRY_ASSIGN(const auto zone,
                       Zone::find(account.time_zone.empty() ? wish.owner.time_zone : account.time_zone));
      TENTO_TRY(host.store().set_zone({wish.owner.id, account.provider, account.auth_id}, account.time_zone,
                                      moments_in(zone)));
    }
  }
  TENTO_TRY(put(host, account, wish));
  host.dispatcher().forget_account(wish.owner.id, account.provider, account.auth_id);
  return connected_output(ctx, host, wish, account);
}

Result<Output> connected_output(Context& ctx, Host& host, const Connecting& wish, const AccountRecord& account) {
  const auto report = host.report();
  AccountView view;
  view.account = account;
  view.keys = account_keys(*report.table, account);
  Output out;
  if (auto more = discovered(ctx, host, wish, account)) {
    for (auto& key : *more)
      if (std::find(view.keys.begin(), view.keys.end(), key) == view.keys.end()) view.keys.push_back(std::move(key));
  } else {
    out.notes.push_back("its rows could not be listed: " + more.error().message);
  }
  out.single = true;
  out.columns = account_columns();
  out.records.push_back(account_record(view));
  out.notes.push_back(
      account.provider + ":" + account.auth_id +
      (wish.reconnect ? " is connected again; its rows and its data are as they were" : " is connected"));
  return out;
}

}  // namespace tento::host
