// SPDX-License-Identifier: Apache-2.0
/// @file my_provider.hpp
/// MyProvider's integration: its account, its client and the parameters that all its rows share.
#pragma once

#include <memory>
#include <string>
#include <tento/sdk.hpp>

#include "../sdk/client.hpp"

namespace myprovider {

/// What rows reach into.
struct MyProviderClient {
  std::shared_ptr<const Client> http;  ///< resolved from the account
};

/// Parameters of `:~myprovider:{authId}:...`.
struct MyProviderParams {
  std::string auth_id;  ///< the account
  /// How keys name them.
  static constexpr auto fields = tento::params(tento::param("authId", &MyProviderParams::auth_id));
};

/// Wires `ctx.auth<MyProviderAuth>(id)` to the account, and says how one is connected.
struct MyProviderAuth {
  static constexpr std::string_view KIND = "myprovider";  ///< names the credential
  /// The card that people see.
  static constexpr auto AUTH = tento::auth_none().title("MyProvider").text("Activities from an export file.");
  /// What an account needs.
  static constexpr auto SETTINGS = tento::settings(
      tento::setting("path").path().required().label("Export").help("The JSON file that MyProvider exports."));
};

/// The integration.
struct MyProvider {
  static constexpr std::string_view ID = "MyProvider";  ///< its name in logs and listings
  using Auth = MyProviderAuth;                          ///< how accounts are connected
  /// What it needs from the host.
  using Deps = tento::Deps<tento::Backend, tento::UserAuth, tento::Log>;
  using Client = MyProviderClient;  ///< see there
  using Params = MyProviderParams;  ///< see there

  /// Makes the client of an account.
  static tento::Result<Client> client(const tento::ClientCtx<MyProvider>& ctx);
  /// Tries an account before it is stored.
  static tento::Result<tento::CheckedAccount> check_account(const tento::IntegrationCtx<MyProvider>& ctx,
                                                            const Client& client);
};

}  // namespace myprovider
