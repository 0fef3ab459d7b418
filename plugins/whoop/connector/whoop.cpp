// SPDX-License-Identifier: Apache-2.0
// The account: its client, whose it is, what it allows.
#include "whoop.hpp"

#include <tento/sdk/clock.hpp>

namespace whoop::rows {

using tento::Result;

Client for_call(const Client& client, const Whoop::Deps& deps) {
  return client.with([&deps] { return deps.now().value_or(tento::SystemClock().now()); },
                     [&deps](std::string_view text) { deps.log(tento::LogLevel::warn, text); });
}

Result<Client> Whoop::client(const tento::ClientCtx<Whoop>& ctx) {
  TENTO_TRY(ctx.require_auth<WhoopAuth>(ctx.params.auth_id));
  return Client();
}

Result<tento::CheckedAccount> Whoop::check_account(const tento::IntegrationCtx<Whoop>& ctx, const Client& client) {
  TENTO_TRY_ASSIGN(auto http, ctx.deps.transport());
  TENTO_TRY_ASSIGN(const Profile mine, for_call(client, ctx.deps).profile(http));
  std::string label = mine.email;
  if (label.empty()) label = mine.first_name + (mine.last_name.empty() ? "" : " " + mine.last_name);
  return tento::CheckedAccount{std::to_string(mine.user_id), std::move(label)};
}

std::string account_key(const WhoopParams& params) {
  return ":~whoop:" + tento::percent_encode_param(params.auth_id);
}

Result<void> require_scopes(const tento::CallCtx& call, std::initializer_list<std::string_view> scopes,
                            std::string_view what) {
  const auto account = call.account();
  if (!account || account->scopes().empty()) return {};  // the service will tell
  for (const std::string_view scope : scopes) {
    if (account->has_scope(scope)) continue;
    tento::Error error;
    error.code = tento::ErrorCode::auth_required;
    error.error_class = tento::ErrorClass::auth;
    error.tag = "whoop_scope_missing";
    error.remedy = "reconnect";
    error.message = "the account does not allow reading " + std::string(what) + " (" + std::string(scope) +
                    "): connect it again with that";
    return tento::fail(std::move(error));
  }
  return {};
}

}  // namespace whoop::rows
