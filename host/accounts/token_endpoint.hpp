// SPDX-License-Identifier: Apache-2.0
// What is said at a service's token endpoint (RFC 6749 section 3.2), and at the ones beside it: device authorization,
// revocation, the account's own data.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tento/sdk/result.hpp>

#include "host/accounts/oauth_client.hpp"
#include "host/accounts/oauth_tokens.hpp"
#include "host/egress/service.hpp"

namespace tento::host {

// Form parameters; values may be secret.
using FormParams = std::vector<std::pair<std::string_view, std::string_view>>;
// `a=b&c=d`, percent-encoded.
[[nodiscard]] std::string form_of(const FormParams& params);

struct Identity {
  std::string id;     // stable at the service; empty = not said
  std::string label;  // empty = not said
};

// A token answer that holds.
struct Granted {
  OAuthTokens tokens;
  std::optional<std::int64_t> lifetime_s;  // of the access token; nothing = not said
  std::optional<std::string> scope;        // that was granted, where it says so
  std::string claims_json;                 // of its id token, a JSON object; empty = none
  Identity identity;                       // where the provider's pointers find it in this very answer
};

// How a token request fails beside the network:
//   `invalid_grant`, `expired_token`, `access_denied`     class auth: what was presented is no good (any more)
//   `authorization_pending`, `slow_down`                  class transient: of a device flow, ask again
//   `invalid_client`, `bad_client`                        class config: what the operator registered is wrong
//   `bad_token_answer`                                    class provider: nonsense was answered
//   without tag, transient or rate_limit                  the service is busy or broken
[[nodiscard]] Result<Granted> ask_token(HttpService& http, const OAuthClient& client, const tento_auth& auth,
                                        const FormParams& params, const std::function<bool()>& stopped);

struct DeviceGrant {
  Secret device_code;
  std::string user_code;
  std::string verification_uri;
  std::string verification_uri_complete;  // empty = none
  std::int64_t expires_s = 0;
  std::int64_t interval_s = 5;
};
[[nodiscard]] Result<DeviceGrant> ask_device(HttpService& http, const OAuthClient& client, std::string_view scope,
                                             const std::function<bool()>& stopped);

// RFC 7009: the refresh token where there is one, since all that came of it goes with it.
[[nodiscard]] Result<void> revoke(HttpService& http, const OAuthClient& client, const OAuthTokens& tokens,
                                  const std::function<bool()>& stopped);

// Asks the service whose token it is, where the provider names a URL for that.
[[nodiscard]] Result<Identity> ask_identity(HttpService& http, const OAuthClient& client, const tento_auth& auth,
                                            const Secret& access, const std::function<bool()>& stopped);
// What the provider's pointers find in a JSON document; numbers become texts.
[[nodiscard]] Identity identity_in(std::string_view json, const tento_auth& auth);

}  // namespace tento::host
