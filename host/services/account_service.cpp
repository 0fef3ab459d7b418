// SPDX-License-Identifier: Apache-2.0
// Connecting at once, and ending an account. Connections by a service's own pages are in connections.cpp.
#include "host/services/account_service.hpp"

#include "host/accounts/oauth_tokens.hpp"
#include "host/accounts/token_endpoint.hpp"
#include "host/accounts/vault.hpp"
#include "host/base/clock.hpp"
#include "host/base/error.hpp"
#include "host/model/moments.hpp"
#include "host/model/row_id.hpp"

namespace tento::host {

AccountService::AccountService(Store& store, Dispatcher& dispatcher, Accounts& accounts,
                               std::function<Result<Vault*>()> vault, std::function<void()> on_connected)
    : store_(store),
      dispatcher_(dispatcher),
      accounts_(accounts),
      vault_(std::move(vault)),
      on_connected_(std::move(on_connected)) {}

Result<void> AccountService::check_id(const std::string& auth_id) {
  if (!auth_id.empty() && auth_id.size() <= TENTO_MAX_PARAM && auth_id.find('\0') == std::string::npos &&
      auth_id != "." && auth_id != "..")
    return {};
  return error(ErrorCode::invalid_argument, ErrorClass::config,
               "the account id is empty, too long or not usable in a key")
      .tag("usage")
      .remedy("choose another with {param:id}");
}

// Asks the provider whether it works, and who it is.
Result<void> AccountService::check(ConnectRequest& request, const ActorInfo& actor) {
  const auto& integration = *request.route->integration;
  if (!request.check || integration.check_account == nullptr) return {};
  AccountRecord& account = request.account;
  CallOptions options;
  options.actor = actor;
  Secret known(std::string(request.secret ? request.secret->text() : std::string()));
  if (!request.secret && request.reconnect && integration.auth != nullptr && integration.auth->how != TENTO_AUTH_NONE) {
    TENTO_TRY_ASSIGN(auto in_use, accounts_.credentials()->acquire({account, *integration.auth}));
    known = std::move(in_use.secret);
  }
  TENTO_TRY_ASSIGN(const auto checked,
                   dispatcher_.check_account(*request.route, request.user, account, known.text(), options));
  if (account.auth_id.empty()) account.auth_id = checked.auth_id;
  if (account.label.empty()) account.label = checked.label;
  return {};
}

Result<void> AccountService::save(const ConnectRequest& request) {
  const Secret* kept = request.credential ? &*request.credential : request.secret ? &*request.secret : nullptr;
  if (kept == nullptr) return store_.accounts().put(request.account, std::nullopt);
  TENTO_TRY_ASSIGN(auto* vault, vault_());
  TENTO_TRY_ASSIGN(const auto sealed, vault->seal_credential(request.account, kept->text()));
  return store_.credentials().put(request.account, sealed);
}

Result<ConnectedAccount> AccountService::connect(ConnectRequest request, const ActorInfo& actor) {
  AccountRecord& account = request.account;
  account.state = TENTO_ACCOUNT_PROVISIONAL;
  if (account.created_us == 0) account.created_us = unix_now_us();
  TENTO_TRY(check(request, actor));
  if (account.auth_id.empty()) {
    return error(ErrorCode::invalid_argument, ErrorClass::config, "the account has no id of its own")
        .tag("usage")
        .remedy("choose one with {param:id}; it stands in the keys of its rows");
  }
  TENTO_TRY(check_id(account.auth_id));

  account.state = TENTO_ACCOUNT_ACTIVE;
  account.problem.clear();
  TENTO_TRY_ASSIGN(const auto replaced, store_.accounts().find(request.user.id, account.provider, account.auth_id));
  if (replaced) {
    request.reconnect = true;
    account.created_us = replaced->created_us;
    account.generation = replaced->generation + 1;
    // What it stored already is counted in the new zone too.
    if (replaced->time_zone != account.time_zone) {
      TENTO_TRY_ASSIGN(const auto zone,
                       Zone::find(account.time_zone.empty() ? request.user.time_zone : account.time_zone));
      TENTO_TRY(store_.users().set_zone({request.user.id, account.provider, account.auth_id}, account.time_zone,
                                        moments_in(zone)));
    }
  }
  TENTO_TRY(save(request));
  dispatcher_.forget_account(request.user.id, account.provider, account.auth_id);
  ConnectedAccount out;
  out.account = account;
  out.reconnected = request.reconnect;
  out.discovery = discover(*request.route, request.user, account, actor);
  if (on_connected_) on_connected_();
  return out;
}

Discovery AccountService::discover(const Route& route, const UserRecord& user, const AccountRecord& account,
                                   const ActorInfo& actor) {
  Discovery out;
  if (route.integration->discover == nullptr) return out;
  CallOptions options;
  options.actor = actor;
  auto rows = dispatcher_.discover(route, user, account, options);
  if (!rows) {
    out.error = std::move(rows).error();
    return out;
  }
  out.rows = std::move(*rows);
  for (const auto& row : out.rows) {
    RowRecord record;
    record.id = row_id(user.id, row.lookup_key);
    record.owner = user.id;
    record.provider = account.provider;
    record.integration = account.integration;
    record.pattern = row.pattern;
    record.lookup_key = row.lookup_key;
    record.auth_id = account.auth_id;
    record.label = row.label;
    record.attributes_json = row.attributes_json;
    if (auto stored = store_.rows().ensure(record); !stored) {
      out.error = std::move(stored).error();
      return out;
    }
  }
  return out;
}

Result<void> AccountService::revoke(const AccountRecord& account) {
  const auto* auth = find_auth(*dispatcher_.table(), account.provider, account.integration);
  if (auth == nullptr || auth->how != TENTO_AUTH_OAUTH2) return {};
  TENTO_TRY_ASSIGN(const auto client, accounts_.clients().of(account.provider, *auth, {}));
  if (client.at.revoke.empty())
    return fail(ErrorCode::unsupported, ErrorClass::config, "it has no revocation endpoint (RFC 7009)");
  TENTO_TRY_ASSIGN(const auto record, store_.credentials().find({account.owner, account.provider, account.auth_id}));
  if (!record) return {};
  TENTO_TRY_ASSIGN(auto* vault, vault_());
  TENTO_TRY_ASSIGN(const auto whole, vault->open_credential(*record));
  TENTO_TRY_ASSIGN(const auto tokens, unpacked(whole));
  return host::revoke(accounts_.clients().http(), client, tokens, {});
}

Result<Disconnected> AccountService::disconnect(const AccountRecord& account, bool purge) {
  Disconnected out;
  out.account = account;
  // That its service could not be told keeps nobody from disconnecting.
  if (auto revoked = revoke(account); !revoked) out.not_revoked = std::move(revoked).error();
  TENTO_TRY(store_.accounts().remove(account.owner, account.provider, account.auth_id, purge));
  dispatcher_.forget_account(account.owner, account.provider, account.auth_id);
  return out;
}

}  // namespace tento::host
