// SPDX-License-Identifier: Apache-2.0
// The authorization code flow; the device flow is in device_flow.cpp.
#include "host/accounts/flows.hpp"

#include <simdjson.h>

#include <algorithm>

#include "host/accounts/flow_record.hpp"
#include "host/base/crypto.hpp"
#include "host/base/encoding.hpp"
#include "host/base/error.hpp"
#include "host/base/random.hpp"
#include "host/base/text.hpp"
#include "host/loader/descriptors.hpp"

namespace tento::host {
namespace {

constexpr std::string_view oauth_start_path = "/oauth/start";
constexpr std::string_view oauth_callback_path = "/oauth/callback";
constexpr std::size_t longest_parameter_bytes = 4096;

tl::unexpected<Error> flow_error(std::string tag, std::string message, std::string remedy = "begin again") {
  return error(ErrorCode::invalid_argument, ErrorClass::auth, std::move(message))
      .tag(std::move(tag))
      .remedy(std::move(remedy));
}

bool has_scope(std::string_view scopes, std::string_view one) {
  for (std::size_t at = 0; (at = scopes.find(one, at)) != std::string_view::npos; at += one.size()) {
    const bool begins = at == 0 || scopes[at - 1] == ' ' || scopes[at - 1] == ',';
    const std::size_t end = at + one.size();
    if (begins && (end == scopes.size() || scopes[end] == ' ' || scopes[end] == ',')) return true;
  }
  return false;
}

// The provider's own parameters beside ours, which nobody overrides.
void append_extra(std::string& query, const tento_auth& auth) {
  if (auth.extra_params_json.size == 0) return;
  simdjson::dom::parser parser;
  simdjson::dom::object object;
  if (parser.parse(simdjson::padded_string(view(auth.extra_params_json))).get(object) != simdjson::SUCCESS) return;
  static constexpr std::string_view ours[] = {"response_type", "client_id",      "redirect_uri",          "scope",
                                              "state",         "code_challenge", "code_challenge_method", "nonce"};
  for (const auto& [name, value] : object) {
    if (std::find(std::begin(ours), std::end(ours), name) != std::end(ours)) continue;
    std::string_view text;
    std::int64_t number = 0;
    bool flag = false;
    std::string kept;
    if (value.get(text) == simdjson::SUCCESS) {
      kept = text;
    } else if (value.get(number) == simdjson::SUCCESS) {
      kept = std::to_string(number);
    } else if (value.get(flag) == simdjson::SUCCESS) {
      kept = flag ? "true" : "false";
    } else {
      continue;
    }
    query += '&';
    query += form_of({{name, kept}});
  }
}

// A claim of the id token that must be what it must be.
Result<void> check_claims(const std::string& claims, const std::string& nonce, const std::string& client_id) {
  if (claims.empty()) return {};
  simdjson::dom::parser parser;
  simdjson::dom::element root;
  if (parser.parse(simdjson::padded_string(claims)).get(root) != simdjson::SUCCESS)
    return flow_error("oauth_bad_id_token", "the service's id token cannot be read", "tell the service's operator");
  std::string_view said;
  // OpenID Connect Core 1.0 section 3.1.3.7: else it was made for another sign-in, or for another client.
  if (!nonce.empty() && (root["nonce"].get(said) != simdjson::SUCCESS || !same_text(said, nonce)))
    return flow_error("oauth_bad_id_token", "the service's id token is of another sign-in");
  bool meant = root["aud"].get(said) == simdjson::SUCCESS && said == client_id;
  if (simdjson::dom::array many; root["aud"].get(many) == simdjson::SUCCESS)
    for (const auto one : many) meant = meant || (one.get(said) == simdjson::SUCCESS && said == client_id);
  if (!meant) return flow_error("oauth_bad_id_token", "the service's id token is for another client");
  return {};
}

}  // namespace

const tento_auth* find_auth(const RouteTable& table, std::string_view provider, std::string_view integration) {
  for (const auto* route : table.routes())
    if (route->provider->note().id == provider && view(route->integration->id) == integration)
      return route->integration->auth;
  return nullptr;
}

Result<std::string> scopes_of(const tento_auth& auth, const std::vector<std::string>& groups) {
  std::vector<std::string_view> wanted;
  const std::span<const tento_scope_group* const> all(auth.groups, auth.groups == nullptr ? 0 : auth.group_count);
  for (const auto& name : groups) {
    const bool there = std::any_of(all.begin(), all.end(), [&](const auto* g) { return view(g->name) == name; });
    if (there) continue;
    const std::string known = join(all, ", ", [](const auto* g) { return view(g->name); });
    return error(ErrorCode::invalid_argument, ErrorClass::config,
                 quote(name) + " is not a group of scopes of this integration" +
                     (known.empty() ? "" : "; it has " + known))
        .tag("usage")
        .remedy("{op:provider show} lists them");
  }
  for (const auto* group : all) {
    const bool named = std::find(groups.begin(), groups.end(), view(group->name)) != groups.end();
    if (!groups.empty() && !named && group->required == 0) continue;
    for (std::uint64_t i = 0; i < group->scope_count; ++i) {
      const auto scope = view(group->scopes[i]);
      if (std::find(wanted.begin(), wanted.end(), scope) == wanted.end()) wanted.push_back(scope);
    }
  }
  std::string out;
  const std::string separator = auth.scope_separator.size == 0 ? " " : std::string(view(auth.scope_separator));
  for (const auto scope : wanted) out += (out.empty() ? "" : separator) + std::string(scope);
  return out;
}

bool is_own_path(std::string_view path) {
  if (!path.starts_with('/') || path.size() > 512) return false;
  // Browsers take a backslash for a slash, and drop tabs and line ends.
  if (path.size() > 1 && (path[1] == '/' || path[1] == '\\')) return false;
  return std::all_of(path.begin(), path.end(),
                     [](char c) { return c > 0x20 && c < 0x7f && c != '\\' && c != '"' && c != '<' && c != '>'; });
}

Flows::Flows(Store& store, std::function<Result<Vault*>()> vault, OAuthClients& clients, FlowsOptions options)
    : store_(store), vault_(std::move(vault)), clients_(clients), options_(std::move(options)) {}

Result<const tento_auth*> Flows::auth_of(const AuthorizationRequest& request) const {
  const auto* auth = options_.find_auth(request.provider, request.integration);
  if (auth != nullptr && auth->how == TENTO_AUTH_OAUTH2) return auth;
  return error(ErrorCode::not_found, ErrorClass::config,
               "provider " + request.provider + " has no account type " + quote(request.integration) +
                   " with OAuth 2.0 (any more)")
      .remedy("{op:provider list} shows what is loaded");
}

bool Flows::over(const AuthorizationRecord& record) const {
  const auto now = options_.now_unix_us();
  // One of the future was made before the clock was set back.
  return record.created_us > now + 1'000'000 || now - record.created_us > life_us;
}

Result<void> Flows::keep(const AuthorizationRequest& request, const Kept& kept, AuthorizationRecord record) {
  const auto now = options_.now_unix_us();
  TENTO_TRY(store_.authorizations().drop(now - life_us, now + 1'000'000));
  TENTO_TRY_ASSIGN(auto* vault, vault_());
  record.owner = request.owner;
  record.provider = request.provider;
  record.integration = request.integration;
  record.created_us = now;
  TENTO_TRY_ASSIGN(const Seal seal, vault->seal(Vault::seal_for(record), kept.text().text()));
  record.sealed = seal.sealed();
  return store_.authorizations().add(record);
}

Result<Flows::Kept> Flows::opened(const AuthorizationRecord& record) const {
  TENTO_TRY_ASSIGN(auto* vault, vault_());
  TENTO_TRY_ASSIGN(const auto text, vault->open_sealed(Vault::seal_for(record), record.sealed));
  TENTO_TRY_ASSIGN(auto kept, Kept::from(text));
  kept.request.owner = record.owner;
  return kept;
}

Result<PendingAuthorization> Flows::begin_code(const AuthorizationRequest& request, std::string_view base) {
  TENTO_TRY_ASSIGN(const auto* auth, auth_of(request));
  if ((auth->grants & TENTO_GRANT_CODE) == 0)
    return flow_error("usage", "provider " + request.provider + " is connected by a code that is typed elsewhere",
                      "set {param:device}");
  if (!request.return_to.empty() && !is_own_path(request.return_to))
    return flow_error("usage", "return is not a path of this server", "give a path that begins with one slash");
  // What the operator has to do is told before anybody is sent anywhere.
  TENTO_TRY_ASSIGN(const auto client, clients_.of(request.provider, *auth, {}));
  if (client.at.authorize.empty())
    return flow_error("bad_discovery", "provider " + request.provider + " has no authorization endpoint",
                      "set authorize_url under [providers." + request.provider + "]");
  Kept kept;
  kept.request = request;
  kept.state = random_text();
  kept.verifier = random_text();
  TENTO_TRY_ASSIGN(kept.scopes, scopes_of(*auth, request.groups));
  if (has_scope(kept.scopes, "openid")) kept.nonce = random_text(16);
  kept.redirect_uri = std::string(base) + std::string(oauth_callback_path);
  const auto ticket = random_text();
  AuthorizationRecord record;
  record.kind = "code";
  record.state_hash = sha256(kept.state);
  record.ticket_hash = sha256(ticket);
  TENTO_TRY(keep(request, kept, record));
  PendingAuthorization out;
  out.id = base64url(record.state_hash);
  out.link = std::string(base) + std::string(oauth_start_path) + "?ticket=" + ticket;
  out.expires_us = options_.now_unix_us() + life_us;
  return out;
}

Result<AuthorizationRedirect> Flows::redirect(std::string_view ticket) {
  const auto browser = random_text();
  std::optional<AuthorizationRecord> record;
  if (!ticket.empty() && ticket.size() < longest_parameter_bytes) {
    TENTO_TRY_ASSIGN(record, store_.authorizations().bind(sha256(ticket), sha256(browser)));
  }
  if (!record || over(*record))
    return flow_error("oauth_link_invalid",
                      "this link was used before, or is older than ten minutes, or is not a valid one");
  TENTO_TRY_ASSIGN(const auto kept, opened(*record));
  TENTO_TRY_ASSIGN(const auto* auth, auth_of(kept.request));
  TENTO_TRY_ASSIGN(const auto client, clients_.of(kept.request.provider, *auth, {}));
  const auto challenge = code_challenge(kept.verifier);
  FormParams params{{"response_type", "code"}, {"client_id", client.id},      {"redirect_uri", kept.redirect_uri},
                    {"state", kept.state},     {"code_challenge", challenge}, {"code_challenge_method", "S256"}};
  if (!kept.scopes.empty()) params.emplace_back("scope", kept.scopes);
  if (!kept.nonce.empty()) params.emplace_back("nonce", kept.nonce);
  AuthorizationRedirect out;
  out.authorize_url = client.at.authorize;
  out.authorize_url += out.authorize_url.find('?') == std::string::npos ? '?' : '&';
  out.authorize_url += form_of(params);
  append_extra(out.authorize_url, *auth);
  out.cookie_name = "tento_oauth_" + base64url(record->state_hash).substr(0, 12);
  out.cookie = browser;
  out.provider = kept.request.provider;
  return out;
}

tl::expected<AuthorizationGrant, AuthorizationFailure> Flows::complete_code(const AuthorizationResponse& response) {
  AuthorizationFailure failure;
  const auto failed = [&](Error error) {
    failure.error = std::move(error);
    return tl::unexpected<AuthorizationFailure>(std::move(failure));
  };
  if (!response.has_state || response.state.empty() || response.state.size() > longest_parameter_bytes)
    return failed(
        flow_error("oauth_state_missing", "the service sent nothing that says which connection this is").value());
  const auto hash = sha256(response.state);
  auto record = store_.authorizations().take(hash);
  if (!record) return failed(record.error());
  if (!*record || (**record).kind != "code" || over(**record))
    return failed(flow_error("oauth_state_unknown",
                             "this connection was finished before, is older than ten minutes, or "
                             "was never begun here")
                      .value());
  failure.id = base64url(hash);
  auto kept = opened(**record);
  if (!kept) return failed(kept.error());
  failure.request = kept->request;
  const auto cookie = response.cookie ? response.cookie("tento_oauth_" + failure.id.substr(0, 12)) : std::string();
  if ((**record).browser_hash.empty() || !same_text(sha256(cookie), (**record).browser_hash))
    return failed(flow_error("oauth_other_browser", "this connection was begun in another browser",
                             "begin again, and stay in one browser")
                      .value());
  const auto auth = auth_of(kept->request);
  if (!auth) return failed(auth.error());
  auto client = clients_.of(kept->request.provider, **auth, {});
  if (!client) return failed(client.error());
  // RFC 9207 section 2.4: an answer of another server is none.
  if (response.iss.empty() ? client->at.iss_promised : !issuer_matches(client->at, response.iss))
    return failed(flow_error("oauth_wrong_issuer", response.iss.empty()
                                                       ? "the service did not say who it is"
                                                       : "the answer is of " + plain(response.iss, 200) +
                                                             ", which is not the service that was asked")
                      .value());
  if (!response.error.empty()) {
    const bool denied = response.error == "access_denied";
    std::string text = denied ? "access was denied" : "the service says " + plain(response.error, 64);
    if (!response.error_description.empty()) text += ": " + plain(response.error_description, 300);
    return failed(flow_error(denied ? "oauth_denied" : "oauth_refused", text).value());
  }
  if (response.code.empty() || response.code.size() > longest_parameter_bytes)
    return failed(flow_error("oauth_code_missing", "the service sent no code").value());
  auto granted = ask_token(clients_.http(), *client, **auth,
                           {{"grant_type", "authorization_code"},
                            {"code", response.code},
                            {"redirect_uri", kept->redirect_uri},
                            {"code_verifier", kept->verifier}},
                           {});
  if (!granted) {
    auto error = std::move(granted).error();
    if (error.tag == "invalid_grant") error.tag = "oauth_code_refused";
    return failed(std::move(error));
  }
  if (auto fine = check_claims(granted->claims_json, kept->nonce, client->id); !fine) return failed(fine.error());
  auto end = grant(*kept, *client, **auth, std::move(*granted));
  if (!end) return failed(std::move(end).error());
  end->id = failure.id;
  return std::move(*end);
}

// Who it is: by the token answer, else the id token, else the address that the provider names.
Result<AuthorizationGrant> Flows::grant(const Kept& kept, const OAuthClient& client, const tento_auth& auth,
                                        Granted granted) const {
  AuthorizationGrant out;
  out.request = kept.request;
  out.granted_us = options_.now_unix_us();
  out.lifetime_us = granted.lifetime_s.value_or(0) * 1'000'000;
  out.scopes = granted.scope.value_or(kept.scopes);
  out.identity = std::move(granted.identity);
  const auto complete = [&](const Identity& more) {
    if (out.identity.id.empty()) out.identity.id = more.id;
    if (out.identity.label.empty()) out.identity.label = more.label;
  };
  if (!granted.claims_json.empty()) complete(identity_in(granted.claims_json, auth));
  if (out.identity.id.empty() || out.identity.label.empty()) {
    auto more = ask_identity(clients_.http(), client, auth, granted.tokens.access, {});
    // The provider itself may know who it is, where nobody else says so.
    if (more)
      complete(*more);
    else if (out.identity.id.empty() && kept.request.auth_id.empty())
      return fail(std::move(more).error());
  }
  out.tokens = std::move(granted.tokens);
  return out;
}

}  // namespace tento::host
