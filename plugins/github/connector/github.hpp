// SPDX-License-Identifier: Apache-2.0
/// @file github.hpp
/// The integration: how an account is connected, what it needs of a host, and the parameters of its keys.
#pragma once

#include <string>
#include <string_view>
#include <tento/sdk.hpp>

#include "github/client.hpp"

namespace github::rows {

/// How an account is connected: by OAuth with an app that the operator registered (an OAuth app, whose tokens never
/// end, or a GitHub App, whose tokens do), on this machine or by a code that is typed elsewhere; or a token that a
/// person pastes.
struct GitHubAuth {
  static constexpr std::string_view KIND = "github";  ///< credentials of this kind are ours
  /// The card, and what a dead token is called.
  static constexpr auto AUTH =
      tento::auth_oauth2()
          .takes_token()
          .rotates()
          .endpoints("https://github.com/login/oauth/authorize", "https://github.com/login/oauth/access_token")
          .device("https://github.com/login/device/code")
          .userinfo("https://api.github.com/user", "/id", "/login")
          .title("GitHub")
          .text(
              "Repositories, issues, commits, events and notifications. Sign in, or paste a personal access token: a "
              "fine-grained one with read access to metadata, contents and issues (write access to issues to change "
              "them), or a classic one with the scopes repo and notifications.")
          .colour("#24292f")
          .docs("https://github.com/settings/tokens")
          .expired_tag("github_auth_expired");
  static constexpr auto REPOSITORY_SCOPES = tento::texts("repo");             ///< of an OAuth app
  static constexpr auto NOTIFICATION_SCOPES = tento::texts("notifications");  ///< the same
  /// What an OAuth app asks for; a GitHub App has its permissions from its registration, and asks for nothing.
  static constexpr auto SCOPES = tento::scope_groups(
      tento::ScopeGroup("repositories", REPOSITORY_SCOPES, "Repositories, issues and commits, private ones included"),
      tento::ScopeGroup("notifications", NOTIFICATION_SCOPES, "Notifications"));
  static constexpr auto ORIGINS = tento::origins("https://api.github.com");  ///< who may receive the token
};

/// `:~github:{authId}`.
struct GitHubParams {
  std::string auth_id;  ///< the user's number, which never changes
  /// By name.
  static constexpr auto fields = tento::params(tento::param("authId", &GitHubParams::auth_id));
};

/// `:repo:{owner}:{repo}`.
struct RepoParams {
  std::string owner;  ///< a user or an organisation
  std::string repo;   ///< the repository's name
  /// By name.
  static constexpr auto fields =
      tento::params(tento::param("owner", &RepoParams::owner), tento::param("repo", &RepoParams::repo));
  /// As the library wants it.
  [[nodiscard]] RepositoryName name() const { return {owner, repo}; }
  /// For people.
  [[nodiscard]] std::string text() const { return owner + "/" + repo; }
};

/// One account.
struct GitHub {
  static constexpr std::string_view ID = "GitHub";     ///< name of the integration
  static constexpr std::string_view TITLE = "GitHub";  ///< what people see
  using Auth = GitHubAuth;                             ///< how it is connected
  /// What it needs of a host.
  using Deps = tento::Deps<tento::Backend, tento::SyncState, tento::UserAuth, tento::Http, tento::HostClock, tento::Log,
                           tento::Progress>;
  using Client = github::Client;  ///< shared by all calls of an account
  using Params = GitHubParams;    ///< of all keys
  /// What the service publishes: requests an hour, and content that is created a minute (a secondary limit).
  static constexpr auto LIMITS =
      tento::limits(tento::limit("core").per_account().requests(5000).per_hours(1),
                    tento::limit("write").per_account().named_only().requests(80).per_seconds(60));

  /// Made once for an account.
  static tento::Result<Client> client(const tento::ClientCtx<GitHub>& ctx);
  /// Asks who the token belongs to.
  static tento::Result<tento::CheckedAccount> check_account(const tento::IntegrationCtx<GitHub>& ctx,
                                                            const Client& client);
  /// Issues and commits of every repository that the account can see.
  static tento::Result<void> discover(const tento::IntegrationCtx<GitHub>& ctx, const Client& client,
                                      tento::RowSink& sink);
};

/// The account's part of every key.
[[nodiscard]] std::string account_key(const GitHubParams& params);
/// The key of a repository.
[[nodiscard]] std::string repo_key(const GitHubParams& params, const RepoParams& own);
/// `client` with the clock and the log of a call, which must outlive it.
[[nodiscard]] Client for_call(const Client& client, const GitHub::Deps& deps);

}  // namespace github::rows
