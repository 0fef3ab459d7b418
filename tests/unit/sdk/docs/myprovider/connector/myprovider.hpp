// SPDX-License-Identifier: Apache-2.0
// The integration: how an account is connected, what a key's parameters are, what the client is.
#pragma once

#include <string>
#include <tento/sdk/auth.hpp>
#include <tento/sdk/deps.hpp>
#include <tento/sdk/row.hpp>
#include <tento/sdk/sync_state.hpp>

#include "../sdk/client.hpp"

namespace myprovider {

// [auth]
/// How an account is connected. Card, flow, storage and refresh are the host's: this is all there is to write.
struct MyProviderAuth {
  static constexpr std::string_view KIND = "myprovider";
  static constexpr auto AUTH =
      tento::auth_oauth2()
          .title("MyProvider")
          .text("Activities and goals")
          .endpoints("https://myprovider.example/oauth/authorize", "https://myprovider.example/oauth/token");
  static constexpr auto ORIGINS = tento::origins("https://api.myprovider.example");
};
// [/auth]

// [params]
/// The part of a key that all rows share: `:~myprovider:{authId}:...`.
struct MyProviderParams {
  std::string auth_id;  ///< which account
  static constexpr auto fields = tento::params(tento::param("authId", &MyProviderParams::auth_id));
};
// [/params]

// [integration]
/// One account type of the provider.
struct MyProvider {
  static constexpr std::string_view ID = "MyProvider";
  static constexpr std::string_view TITLE = "MyProvider";
  using Auth = MyProviderAuth;
  using Deps = tento::Deps<tento::Backend, tento::SyncState, tento::UserAuth, tento::Http, tento::Progress, tento::Log>;
  using Client = myprovider::Client;
  using Params = MyProviderParams;

  /// Made once for an account, and shared by its calls.
  static tento::Result<Client> client(const tento::ClientCtx<MyProvider>& ctx) {
    TENTO_TRY_ASSIGN(const auto account, ctx.require_auth<MyProviderAuth>(ctx.params.auth_id));
    ctx.log(tento::LogLevel::debug, "a client for " + std::string(account.label()));
    return Client("https://api.myprovider.example/v1");
  }

  /// Tried before an account is saved: what is pushed becomes its id and label.
  static tento::Result<tento::CheckedAccount> check_account(const tento::IntegrationCtx<MyProvider>& ctx,
                                                            const Client& client) {
    TENTO_TRY_ASSIGN(auto http, ctx.deps.transport());
    TENTO_TRY_ASSIGN(const auto me, client.whoami(http));
    return tento::CheckedAccount{me.first, me.second};
  }
};
// [/integration]

}  // namespace myprovider
