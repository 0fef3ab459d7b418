// SPDX-License-Identifier: Apache-2.0
/// @file whoop.hpp
/// The integration: how an account is connected, what it needs of a host, and the parameter of its keys.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <tento/sdk.hpp>

#include "whoop/client.hpp"

namespace whoop::rows {

namespace detail {

inline constexpr auto account_scopes = tento::texts("offline", "read:profile");
inline constexpr auto sleep_scopes = tento::texts("read:sleep");
inline constexpr auto recovery_scopes = tento::texts("read:recovery", "read:sleep");
inline constexpr auto cycles_scopes = tento::texts("read:cycles");
inline constexpr auto workouts_scopes = tento::texts("read:workout");

}  // namespace detail

/// How an account is connected: OAuth 2.0 by authorization code, with a client that the operator registered. `offline`
/// is what brings a refresh token; each is good once.
struct WhoopAuth {
  static constexpr std::string_view KIND = "whoop";  ///< credentials of this kind are ours
  /// Card, endpoints, and what a dead account is called.
  static constexpr auto AUTH =
      tento::auth_oauth2()
          .title("WHOOP")
          .text(
              "Sleeps, recoveries, cycles and workouts. You are asked by WHOOP in a browser what to allow; on a "
              "machine "
              "without a browser, open the printed link elsewhere.")
          .colour("#000000")
          .docs("https://developer.whoop.com/docs/developing/oauth")
          .endpoints("https://api.prod.whoop.com/oauth/oauth2/auth", "https://api.prod.whoop.com/oauth/oauth2/token")
          .rotates()
          .userinfo("https://api.prod.whoop.com/developer/v2/user/profile/basic", "/user_id", "/email")
          .expired_tag("whoop_auth_expired");
  /// What people grant.
  static constexpr auto SCOPES = tento::scope_groups(
      tento::ScopeGroup("account", detail::account_scopes, "Which account it is, and staying connected", true),
      tento::ScopeGroup("sleep", detail::sleep_scopes, "Your sleep"),
      tento::ScopeGroup("recovery", detail::recovery_scopes, "Your recovery (and your sleep, which says of which day)"),
      tento::ScopeGroup("cycles", detail::cycles_scopes, "Your cycles: strain and heart rate of each day"),
      tento::ScopeGroup("workouts", detail::workouts_scopes, "Your workouts"));
  static constexpr auto ORIGINS = tento::origins("https://api.prod.whoop.com");  ///< who may receive the token
};

/// `:~whoop:{authId}`.
struct WhoopParams {
  std::string auth_id;  ///< the user's number, which never changes
  /// By name.
  static constexpr auto fields = tento::params(tento::param("authId", &WhoopParams::auth_id));
};

/// One account.
struct Whoop {
  static constexpr std::string_view ID = "Whoop";     ///< name of the integration
  static constexpr std::string_view TITLE = "WHOOP";  ///< what people see
  using Auth = WhoopAuth;                             ///< how it is connected
  /// What it needs of a host.
  using Deps = tento::Deps<tento::Backend, tento::SyncState, tento::UserAuth, tento::Http, tento::HostClock, tento::Log,
                           tento::Progress>;
  using Client = whoop::Client;  ///< shared by all calls of an account
  using Params = WhoopParams;    ///< of all keys
  /// The service's budgets, each for all people of the operator's client together.
  static constexpr auto LIMITS = tento::limits(tento::limit("minute").requests(100).per_seconds(60),
                                               tento::limit("day").requests(10'000).per_hours(24));

  /// Made once for an account.
  static tento::Result<Client> client(const tento::ClientCtx<Whoop>& ctx);
  /// Asks who the token belongs to.
  static tento::Result<tento::CheckedAccount> check_account(const tento::IntegrationCtx<Whoop>& ctx,
                                                            const Client& client);
};

/// The account's part of every key.
[[nodiscard]] std::string account_key(const WhoopParams& params);
/// `client` with the clock and the log of a call, which must outlive it.
[[nodiscard]] Client for_call(const Client& client, const Whoop::Deps& deps);
/// `whoop_scope_missing` (class auth) for an account that is known not to allow one of them; `what` is what it is for.
[[nodiscard]] tento::Result<void> require_scopes(const tento::CallCtx& call,
                                                 std::initializer_list<std::string_view> scopes, std::string_view what);

}  // namespace whoop::rows
