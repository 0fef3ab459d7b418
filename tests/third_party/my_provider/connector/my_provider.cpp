// SPDX-License-Identifier: Apache-2.0
// How MyProvider's client is made, and the entries of the provider.
#include "my_provider.hpp"

#include <tento/sdk/settings.hpp>

#include "activities/activities.hpp"

namespace myprovider {

tento::Result<MyProviderClient> MyProvider::client(const tento::ClientCtx<MyProvider>& ctx) {
  // A provisional account is not to be found yet: its settings come with the call.
  const auto account = ctx.account();
  if (!account || account->state() != tento::Account::State::provisional) {
    TENTO_TRY(ctx.require_auth<MyProviderAuth>(ctx.params.auth_id));
  }
  TENTO_TRY_ASSIGN(const tento::Settings settings, tento::Settings::of(ctx));
  TENTO_TRY_ASSIGN(std::string path, settings.required_string("path"));
  return MyProviderClient{std::make_shared<const myprovider::Client>(std::move(path))};
}

tento::Result<tento::CheckedAccount> MyProvider::check_account(const tento::IntegrationCtx<MyProvider>&,
                                                               const Client& client) {
  try {
    const auto all = client.http->list_range({});
    return tento::CheckedAccount{{}, std::to_string(all.size()) + " activities in " + client.http->path()};
  } catch (const FileError& problem) {
    return tento::fail(tento::ErrorCode::io, tento::ErrorClass::config, problem.what());
  }
}

}  // namespace myprovider

TENTO_CONNECTOR(
    "myprovider", "0.1.0", "MyProvider", tento::own_io,
    tento::attrs(tento::integration<myprovider::MyProvider>)(tento::resource(":~myprovider:{authId}")(
        tento::resource(":activities")(tento::get<myprovider::Activities>,
                                       tento::resource(":logs")(tento::get<tento::Logs<myprovider::Activities>>)))));
