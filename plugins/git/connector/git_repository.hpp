// SPDX-License-Identifier: Apache-2.0
/// @file git_repository.hpp
/// The integration: an account is one local repository.
#pragma once

#include <string>
#include <string_view>
#include <tento/sdk/row.hpp>

#include "settings.hpp"

namespace tento::git {

/// How an account is connected: nothing to log in to, a path and perhaps references.
struct GitAuth {
  static constexpr std::string_view KIND = "git";  ///< names the accounts
  /// The card that people see.
  static constexpr auto AUTH =
      auth_none()
          .title("Git repository")
          .text(
              "The commits of a repository on this computer: who changed how much, and when. It is only read, never "
              "changed.")
          .colour("#f05033");
  /// What an account needs; read by read_settings.
  static constexpr auto SETTINGS =
      tento::settings(setting("path").path().required().label("Path").help(
                          "The folder of the repository: a working tree, or a bare repository."),
                      setting("refs")
                          .list()
                          .label("Further references")
                          .help("Branches, tags or patterns (feature/*, refs/tags/*) whose commits count beside those "
                                "of HEAD."));
};

/// Parameters of `:~git:{authId}:...`.
struct RepositoryParams {
  std::string auth_id;  ///< the account
  /// How keys name them.
  static constexpr auto fields = tento::params(param("authId", &RepositoryParams::auth_id));
};

/// The integration.
struct GitRepository {
  static constexpr std::string_view ID = "GitRepository";                  ///< its name in logs and listings
  static constexpr std::string_view TITLE = "Git repository";              ///< what people call it
  using Auth = GitAuth;                                                    ///< how accounts are connected
  using Deps = tento::Deps<Backend, SyncState, HostClock, Log, Progress>;  ///< what it needs from the host
  using Client = Source;            ///< where the repository is; each call opens it for itself
  using Params = RepositoryParams;  ///< see there

  /// Reads the account's settings; auth_required where there is no account.
  static Result<Client> client(const ClientCtx<GitRepository>& ctx);
  /// Opens the repository and finds its references: what is wrong is said before the account is stored.
  static Result<CheckedAccount> check_account(const IntegrationCtx<GitRepository>& ctx, const Client& client);
};

}  // namespace tento::git
