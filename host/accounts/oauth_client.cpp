// SPDX-License-Identifier: Apache-2.0
// Endpoints: the operator's, else the provider's, else what the issuer's metadata says.
#include "host/accounts/oauth_client.hpp"

#include <simdjson.h>

#include <fstream>
#include <utility>

#include "host/accounts/ask.hpp"
#include "host/base/crypto.hpp"
#include "host/base/encoding.hpp"
#include "host/base/error.hpp"
#include "host/base/text.hpp"
#include "host/loader/descriptors.hpp"
#include "host/loader/grammar.hpp"

namespace tento::host {
namespace {

constexpr std::int64_t metadata_lifetime_us = std::int64_t{3600} * 1'000'000;  // of what was discovered
constexpr std::size_t longest_metadata_bytes = 256u << 10;

tl::unexpected<Error> config_error(std::string message, std::string tag, std::string remedy) {
  return error(ErrorCode::invalid_argument, ErrorClass::config, std::move(message))
      .tag(std::move(tag))
      .remedy(std::move(remedy));
}

Result<Secret> client_secret(const std::string& provider, const OAuthSettings& said) {
  if (said.client_secret_file.empty()) return Secret(std::string(said.client_secret));
  std::ifstream in(said.client_secret_file);
  std::string line;
  if (!in || !std::getline(in, line) || line.empty()) {
    return config_error("providers." + provider + ".client_secret_file: " + said.client_secret_file.string() +
                            " cannot be read, or its first line is empty",
                        "bad_client_secret", "write the secret into it, readable by this user alone");
  }
  while (line.ends_with('\r') || line.ends_with(' ')) line.pop_back();
  return Secret(std::move(line));
}

// Whether what is sent there can be read on the way.
bool safe_place(std::string_view url, const EndpointSettings& settings) {
  return settings.allow_insecure || grammar::is_secure_url(url);
}

// RFC 8414 section 3.1: the well-known part stands between host and path.
std::string metadata_url(const std::string& issuer, std::string_view name) {
  const auto at = issuer.find('/', issuer.find("://") + 3);
  std::string path = at == std::string::npos ? std::string() : issuer.substr(at);
  while (path.ends_with('/')) path.pop_back();
  return issuer.substr(0, at) + "/.well-known/" + std::string(name) + path;
}
// OpenID Connect Discovery 1.0 section 4: behind the path.
std::string openid_url(const std::string& issuer) {
  return (issuer.ends_with('/') ? issuer.substr(0, issuer.size() - 1) : issuer) + "/.well-known/openid-configuration";
}

std::string text_of(simdjson::dom::element root, const char* name) {
  std::string_view value;
  return root[name].get(value) == simdjson::SUCCESS ? std::string(value) : std::string();
}

}  // namespace

std::string code_challenge(std::string_view verifier) {
  return base64url(sha256(verifier));
}

Result<std::string> placed(std::string_view url, const tento_auth& auth, const EndpointSettings& settings) {
  TENTO_TRY_ASSIGN(const auto parts, split_url(url));
  std::string to;
  if (const auto it = settings.instead.find(parts.origin); it != settings.instead.end()) {
    to = it->second;
  } else if (!settings.endpoint.empty() && auth.origin_count != 0) {
    TENTO_TRY_ASSIGN(const auto first, split_url(view(auth.origins[0])));
    if (first.origin == parts.origin) to = settings.endpoint;
  }
  if (to.empty()) return std::string(url);
  while (to.ends_with('/')) to.pop_back();
  return to + parts.rest;
}

bool issuer_matches(const OAuthEndpoints& at, std::string_view iss) {
  if (iss == at.issuer) return true;
  if (!at.issuer.empty()) return false;
  const auto said = split_url(iss);
  const auto authorize = split_url(at.authorize);
  return said && authorize && said->origin == authorize->origin;
}

OAuthClients::OAuthClients(std::shared_ptr<HttpService> http,
                           std::map<std::string, OAuthSettings, std::less<>> settings,
                           std::function<std::int64_t()> now_unix_us)
    : http_(std::move(http)), settings_(std::move(settings)), now_unix_us_(std::move(now_unix_us)) {}

Result<OAuthClient> OAuthClients::of(const std::string& provider, const tento_auth& auth,
                                     const std::function<bool()>& stopped) {
  static const OAuthSettings nothing;
  const auto found = settings_.find(provider);
  const OAuthSettings& said = found == settings_.end() ? nothing : found->second;
  if (said.client_id.empty()) {
    return config_error(
        "provider " + provider + " needs an OAuth client, which is registered at its service" +
            (auth.docs_url.size == 0 ? std::string() : " (" + std::string(view(auth.docs_url)) + ")"),
        "no_oauth_client",
        std::string((auth.flags & TENTO_AUTH_TAKES_TOKEN) != 0 ? "give a token as the secret, or " : "") +
            "set client_id and client_secret_file under [providers." + provider + "] in tento.toml");
  }
  OAuthClient out;
  out.provider = provider;
  out.id = said.client_id;
  out.token_auth = auth.token_auth;
  TENTO_TRY_ASSIGN(out.secret, client_secret(provider, said));
  TENTO_TRY_ASSIGN(out.at, endpoints(provider, auth, said, stopped));
  return out;
}

Result<OAuthEndpoints> OAuthClients::endpoints(const std::string& provider, const tento_auth& auth,
                                               const OAuthSettings& said, const std::function<bool()>& stopped) {
  const EndpointSettings& settings = http_->endpoints(provider);
  const std::string issuer = said.issuer.empty() ? std::string(view(auth.issuer)) : said.issuer;
  OAuthEndpoints out;
  const bool fixed = auth.token_url.size != 0 || !said.token_url.empty();
  if (!issuer.empty() && !fixed) {
    const std::string key = provider + " " + issuer;
    bool held = false;
    {
      const std::scoped_lock hold(lock_);
      const auto it = known_.find(key);
      const std::int64_t age = it == known_.end() ? -1 : now_unix_us_() - it->second.read_us;
      if (age >= 0 && age < metadata_lifetime_us) {
        out = it->second.at;
        held = true;
      }
    }
    if (!held) {
      TENTO_TRY_ASSIGN(out, discovered(issuer, auth, settings, stopped));
      const std::scoped_lock hold(lock_);
      known_[key] = {out, now_unix_us_()};
    }
  }
  out.issuer = issuer;
  const auto choose = [&](std::string& into, std::string_view name, const std::string& own,
                          tento_str declared) -> Result<void> {
    if (!own.empty()) {
      into = own;
    } else if (declared.size != 0) {
      TENTO_TRY_ASSIGN(into, placed(view(declared), auth, settings));
    }
    if (!into.empty() && !safe_place(into, settings)) {
      return config_error("the " + std::string(name) + " of " + provider + ", " + plain(into, 200) +
                              ", is plain http on another machine",
                          "insecure_endpoint", "use https, or allow_insecure");
    }
    return {};
  };
  TENTO_TRY(choose(out.authorize, "authorize_url", said.authorize_url, auth.authorize_url));
  TENTO_TRY(choose(out.token, "token_url", said.token_url, auth.token_url));
  TENTO_TRY(choose(out.device, "device_url", said.device_url, auth.device_url));
  TENTO_TRY(choose(out.revoke, "revoke_url", said.revoke_url, auth.revoke_url));
  TENTO_TRY(choose(out.userinfo, "userinfo_url", said.userinfo_url, auth.userinfo_url));
  if (out.token.empty())
    return config_error("provider " + provider + " has no token endpoint", "bad_discovery",
                        "set token_url under [providers." + provider + "]");
  return out;
}

Result<OAuthEndpoints> OAuthClients::discovered(const std::string& issuer, const tento_auth& auth,
                                                const EndpointSettings& settings,
                                                const std::function<bool()>& stopped) {
  TENTO_TRY_ASSIGN(const auto from, placed(issuer, auth, settings));
  const auto bad = [&](const std::string& why) {
    return config_error("the OAuth metadata of " + plain(issuer, 200) + ": " + why, "bad_discovery",
                        "tell the provider's author, or set the URLs in tento.toml");
  };
  if (!safe_place(from, settings)) return bad("it is plain http on another machine");
  AskedFor last;
  for (const auto& url : {metadata_url(from, "oauth-authorization-server"), openid_url(from)}) {
    http::Request request;
    request.url = url;
    request.headers.push_back({"Accept", "application/json"});
    TENTO_TRY_ASSIGN(last, ask(*http_, std::move(request), longest_metadata_bytes, stopped));
    if (last.status == 200) break;
  }
  if (last.status >= 500 || last.status == 429) return fail(unavailable("the OAuth metadata of " + issuer, last));
  if (last.status != 200) return bad("it answers " + std::to_string(last.status));
  simdjson::dom::parser parser;
  simdjson::dom::element root;
  if (parser.parse(last.body.data(), last.body.size(), false).get(root) != simdjson::SUCCESS || !root.is_object())
    return bad("it is not a JSON object");
  // RFC 8414 section 3.3: else somebody else's document is taken for this issuer's.
  if (const auto said = text_of(root, "issuer"); said != issuer && said != from)
    return bad("it is of the issuer " + quote(said));
  OAuthEndpoints out;
  out.authorize = text_of(root, "authorization_endpoint");
  out.token = text_of(root, "token_endpoint");
  out.device = text_of(root, "device_authorization_endpoint");
  out.revoke = text_of(root, "revocation_endpoint");
  out.userinfo = text_of(root, "userinfo_endpoint");
  bool promised = false;
  if (root["authorization_response_iss_parameter_supported"].get(promised) == simdjson::SUCCESS)
    out.iss_promised = promised;
  return out;
}

}  // namespace tento::host
