// SPDX-License-Identifier: Apache-2.0
// Connecting by OAuth 2.0, from a link that somebody follows to what the service grants: the authorization code flow
// with PKCE (RFC 6749, RFC 7636, RFC 8252, RFC 9700) and the device flow (RFC 8628). A flow lives ten minutes, in the
// store, so that a restart in between breaks nothing; what names it is fresh and good once.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <tento/sdk/result.hpp>

#include "host/accounts/oauth_client.hpp"
#include "host/accounts/token_endpoint.hpp"
#include "host/accounts/vault.hpp"
#include "host/schema/route_table.hpp"

namespace tento::host {

// What is to be connected; comes back with the grant as it was given.
struct AuthorizationRequest {
  Uuid owner;
  std::string provider;
  std::string integration;
  std::string auth_id;  // that it must turn out to be, or shall have; empty = what the service says
  bool reconnect = false;
  std::string label;
  std::string time_zone;
  std::string settings_json = "{}";
  bool check = true;                // the account is tried before it is saved
  std::vector<std::string> groups;  // of scopes; empty = all
  std::string return_to;            // a path of this server's, for the last page; empty = none
};

struct PendingAuthorization {
  std::string id;                // for waiting; names the flow and gives no right to anything
  std::string link;              // to be opened in a browser
  std::string user_code;         // of a device flow
  std::string verification_uri;  // of a device flow: where the code is typed
  std::int64_t expires_us = 0;
};

// What the browser is told when it follows the link.
struct AuthorizationRedirect {
  std::string authorize_url;
  std::string cookie_name;
  std::string cookie;  // binds the flow to this browser
  std::string provider;
};

struct AuthorizationGrant {
  std::string id;
  AuthorizationRequest request;
  OAuthTokens tokens;
  std::int64_t granted_us = 0;
  std::int64_t lifetime_us = 0;  // 0 = not said
  std::string scopes;
  Identity identity;  // as far as the service says
};

// A flow that ended without a grant: whose it was, if that is known, and why.
struct AuthorizationFailure {
  std::string id;
  AuthorizationRequest request;
  Error error;
};

// What a service sent back to us by the browser.
struct AuthorizationResponse {
  std::string state, code, error, error_description, iss;
  bool has_state = false;
  std::function<std::string(std::string_view name)> cookie;
};

// The account types that are loaded.
using FindAuth = std::function<const tento_auth*(std::string_view provider, std::string_view integration)>;

struct FlowsOptions {
  std::function<std::int64_t()> now_unix_us;  // never empty
  FindAuth find_auth;                         // never empty
};

// Any thread.
class Flows {
 public:
  static constexpr std::int64_t life_us = std::int64_t{600} * 1'000'000;

  Flows(Store& store, std::function<Result<Vault*>()> vault, OAuthClients& clients, FlowsOptions options);

  // `base` is where this host is reached, `http://127.0.0.1:7700`; the service sends people back to
  // `<base>/oauth/callback`.
  Result<PendingAuthorization> begin_code(const AuthorizationRequest& request, std::string_view base);
  // Somebody follows the link. `oauth_link_invalid`: no such ticket, or it was followed before, or is too old.
  Result<AuthorizationRedirect> redirect(std::string_view ticket);
  // The service sent somebody back. Whatever comes of it, the flow is over.
  tl::expected<AuthorizationGrant, AuthorizationFailure> complete_code(const AuthorizationResponse& response);

  Result<PendingAuthorization> begin_device(const AuthorizationRequest& request);
  // Asks until the person has decided, the code is too old, or `stopped` says true, which leaves it to be asked again.
  tl::expected<AuthorizationGrant, AuthorizationFailure> await_device(const std::string& id,
                                                                      const std::function<bool()>& stopped);
  // Device flows that a host before left open.
  Result<std::vector<std::string>> open_devices();

 private:
  struct Kept;  // what is sealed
  Result<const tento_auth*> auth_of(const AuthorizationRequest& request) const;
  Result<void> keep(const AuthorizationRequest& request, const Kept& kept, AuthorizationRecord record);
  Result<Kept> opened(const AuthorizationRecord& record) const;
  [[nodiscard]] bool over(const AuthorizationRecord& record) const;
  Result<AuthorizationGrant> grant(const Kept& kept, const OAuthClient& client, const tento_auth& auth,
                                   Granted granted) const;

  Store& store_;
  std::function<Result<Vault*>()> vault_;
  OAuthClients& clients_;
  FlowsOptions options_;
};

// Null: no provider that is loaded has such an account type, or it has nothing to connect.
[[nodiscard]] const tento_auth* find_auth(const RouteTable& table, std::string_view provider,
                                          std::string_view integration);
// The scopes of the groups that are meant, each once; `usage`-like invalid_argument for a group that is not there.
[[nodiscard]] Result<std::string> scopes_of(const tento_auth& auth, const std::vector<std::string>& groups);
// Whether it is a path of this server and nothing that a browser would take for another's.
[[nodiscard]] bool is_own_path(std::string_view path);

}  // namespace tento::host
