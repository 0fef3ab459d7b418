// SPDX-License-Identifier: Apache-2.0
// This host as a client of a provider's OAuth 2.0 service: what the operator registered there, and where its endpoints
// are, by the provider's data, the operator's word, or discovery.
#pragma once

#include <tento/auth.h>

#include <filesystem>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <string_view>

#include <tento/sdk/result.hpp>

#include "host/egress/credential.hpp"
#include "host/egress/service.hpp"

namespace tento::host {

// `[providers.<id>]` of the configuration. Empty = what the provider says.
struct OAuthSettings {
  std::string client_id;
  std::string client_secret;                 // in the configuration itself
  std::filesystem::path client_secret_file;  // or in a file of its own, whose first line it is
  std::string issuer, authorize_url, token_url, device_url, revoke_url, userinfo_url;
};

struct OAuthEndpoints {
  std::string issuer;  // empty = not known
  std::string authorize, token, device, revoke, userinfo;
  bool iss_promised = false;  // the service says `iss` in each answer (RFC 9207 section 3)
};

struct OAuthClient {
  std::string provider;
  std::string id;
  Secret secret;  // empty = a public client
  tento_token_auth token_auth = TENTO_TOKEN_AUTH_POST;
  OAuthEndpoints at;
};

// Whether the `iss` of an answer (RFC 9207) is of this service: its issuer, or where none is known, the origin of its
// authorization endpoint.
[[nodiscard]] bool issuer_matches(const OAuthEndpoints& at, std::string_view iss);

// The code challenge of a verifier, method S256 (RFC 7636 section 4.2).
[[nodiscard]] std::string code_challenge(std::string_view verifier);

// A URL's place under the operator's endpoints: another origin where one stands in its place.
[[nodiscard]] Result<std::string> placed(std::string_view url, const tento_auth& auth,
                                         const EndpointSettings& settings);

// Any thread.
class OAuthClients {
 public:
  // Null `http` is not allowed. `now_unix_us` says how old what was discovered is.
  OAuthClients(std::shared_ptr<HttpService> http, std::map<std::string, OAuthSettings, std::less<>> settings,
               std::function<std::int64_t()> now_unix_us);

  // Errors: class config `no_oauth_client` (the operator registered none), `bad_client_secret`, `bad_discovery` (the
  // document is not of this issuer, no document, or names an endpoint that is not safe); transient for the network.
  [[nodiscard]] Result<OAuthClient> of(const std::string& provider, const tento_auth& auth,
                                       const std::function<bool()>& stopped);
  [[nodiscard]] HttpService& http() { return *http_; }

 private:
  Result<OAuthEndpoints> endpoints(const std::string& provider, const tento_auth& auth, const OAuthSettings& said,
                                   const std::function<bool()>& stopped);
  Result<OAuthEndpoints> discovered(const std::string& issuer, const tento_auth& auth, const EndpointSettings& settings,
                                    const std::function<bool()>& stopped);

  struct Known {
    OAuthEndpoints at;
    std::int64_t read_us = 0;
  };
  std::shared_ptr<HttpService> http_;
  std::map<std::string, OAuthSettings, std::less<>> settings_;
  std::function<std::int64_t()> now_unix_us_;
  std::mutex lock_;
  std::map<std::string, Known, std::less<>> known_;  // by provider and issuer
};

}  // namespace tento::host
