// SPDX-License-Identifier: Apache-2.0
// Requests to an authorization server, and what may come back in place of an answer.
#include "host/accounts/token_endpoint.hpp"

#include <openssl/crypto.h>
#include <simdjson.h>

#include <algorithm>
#include <boost/url/encode.hpp>
#include <boost/url/rfc/unreserved_chars.hpp>
#include <cctype>
#include <charconv>

#include "host/accounts/ask.hpp"
#include "host/base/encoding.hpp"
#include "host/base/error.hpp"
#include "host/base/text.hpp"
#include "host/loader/descriptors.hpp"

namespace tento::host {
namespace {

using simdjson::dom::element;

constexpr std::size_t longest_token_answer_bytes = 256u << 10;
constexpr std::size_t longest_token_bytes = 16u << 10;
constexpr std::int64_t longest_lifetime_s = std::int64_t{100} * 366 * 86400;

std::string encoded(std::string_view text) {
  return boost::urls::encode(boost::urls::string_view(text.data(), text.size()), boost::urls::unreserved_chars);
}

tl::unexpected<Error> nonsense(std::string_view what, const std::string& why) {
  return error(ErrorCode::invalid_data, ErrorClass::provider, std::string(what) + " " + why)
      .tag("bad_token_answer")
      .remedy("tell the service's operator");
}

// Parsed JSON whose texts are wiped with it, as far as they are secret.
class Document {
 public:
  // False: it is no JSON object.
  bool parse(const std::string& body) {
    return parser_.parse(body.data(), body.size(), false).get(root_) == simdjson::SUCCESS && root_.is_object();
  }
  [[nodiscard]] std::string_view text(const char* name) const {
    std::string_view out;
    return root_[name].get(out) == simdjson::SUCCESS ? out : std::string_view();
  }
  // Takes a secret out of it.
  [[nodiscard]] Secret secret(const char* name) const {
    const auto found = text(name);
    Secret out{std::string(found)};
    OPENSSL_cleanse(const_cast<char*>(found.data()), found.size());  // the parser's own buffer
    return out;
  }
  // A whole number, also as a text; nothing for anything else.
  [[nodiscard]] std::optional<std::int64_t> number(const char* name) const {
    std::int64_t whole = 0;
    double real = 0;
    std::string_view digits;
    if (root_[name].get(whole) == simdjson::SUCCESS) return whole;
    if (root_[name].get(real) == simdjson::SUCCESS && real >= 0 && real <= static_cast<double>(longest_lifetime_s))
      return static_cast<std::int64_t>(real);
    if (root_[name].get(digits) != simdjson::SUCCESS) return std::nullopt;
    const auto [at, ec] = std::from_chars(digits.data(), digits.data() + digits.size(), whole);
    return ec == std::errc() && at == digits.data() + digits.size() ? std::optional(whole) : std::nullopt;
  }
  [[nodiscard]] element root() const { return root_; }

 private:
  simdjson::dom::parser parser_;
  element root_;
};

std::string pointed(element root, tento_str pointer) {
  if (pointer.size == 0) return {};
  element found;
  if (root.at_pointer(view(pointer)).get(found) != simdjson::SUCCESS) return {};
  std::string_view text;
  std::int64_t number = 0;
  std::uint64_t large = 0;
  if (found.get(text) == simdjson::SUCCESS) return std::string(text);
  if (found.get(number) == simdjson::SUCCESS) return std::to_string(number);
  if (found.get(large) == simdjson::SUCCESS) return std::to_string(large);
  return {};
}

// Puts the client's own credentials into a request with a form. Wiped by ask().
http::Request form_request(const OAuthClient& client, const std::string& url, const FormParams& params) {
  http::Request request;
  request.method = "POST";
  request.url = url;
  request.headers.push_back({"Content-Type", "application/x-www-form-urlencoded"});
  request.headers.push_back({"Accept", "application/json"});
  FormParams all = params;
  const auto& secret = client.secret.text();
  if (client.token_auth == TENTO_TOKEN_AUTH_BASIC && !secret.empty()) {
    // RFC 6749 section 2.3.1: both parts form-encoded, then put together.
    const Secret first(encoded(client.id) + ":"), second(encoded(secret)), both(joined(first, second));
    const Secret word(base64(both.text()));
    request.headers.push_back({"Authorization", "Basic " + word.text()});
  } else {
    all.emplace_back("client_id", client.id);
    if (client.token_auth != TENTO_TOKEN_AUTH_NONE && !secret.empty()) all.emplace_back("client_secret", secret);
  }
  request.body = form_of(all);
  return request;
}

// `error` of an answer, in our words. Descriptions of services are shown as they are, on one line.
Error said_error(std::string_view code, std::string_view description, const std::string& service,
                 std::uint32_t status) {
  Error e;
  e.http_status = static_cast<std::int32_t>(status);
  e.tag = code;
  e.message = service + " says " + plain(code, 64);
  if (!description.empty()) e.message += ": " + plain(description, 300);
  // Some services have words of their own for it, beside the standard's.
  if (code == "invalid_grant" || code == "bad_verification_code" || code == "bad_refresh_token" ||
      code == "incorrect_device_code") {
    e.code = ErrorCode::auth_required;
    e.error_class = ErrorClass::auth;
    e.tag = "invalid_grant";
    e.remedy = "connect the account again";
  } else if (code == "expired_token" || code == "access_denied") {
    e.code = ErrorCode::auth_required;
    e.error_class = ErrorClass::auth;
    e.remedy = "connect again";
  } else if (code == "authorization_pending" || code == "slow_down") {
    e.code = ErrorCode::upstream;
    e.error_class = ErrorClass::transient;
  } else if (code == "temporarily_unavailable" || code == "server_error") {
    e.code = ErrorCode::upstream;
    e.error_class = ErrorClass::transient;
    e.tag.clear();
    e.remedy = "try again later";
  } else {
    e.code = ErrorCode::invalid_argument;
    e.error_class = ErrorClass::config;
    e.tag = code == "invalid_client" || code == "incorrect_client_credentials" ? "invalid_client" : "bad_client";
    e.remedy = "check client_id and client_secret_file of the provider, and what is registered there";
  }
  return e;
}

// An answer in JSON without an error of its own; `document` holds it.
Result<void> read_answer(const AskedFor& answer, const std::string& service, Document& document) {
  if (answer.status >= 500 || answer.status == 429) return fail(unavailable(service, answer));
  if (!document.parse(answer.body)) {
    const auto type = http::find_header(answer.headers, "Content-Type").value_or(std::string_view());
    if (answer.body.empty()) return nonsense(service, "answers " + std::to_string(answer.status) + " without a body");
    return nonsense(service, "answers " + std::to_string(answer.status) + " with " +
                                 (type.empty() ? "something" : plain(type, 60)) + " that is not a JSON object");
  }
  // Some say so with status 200.
  if (const auto code = document.text("error"); !code.empty())
    return fail(said_error(code, document.text("error_description"), service, answer.status));
  if (answer.status != 200) return nonsense(service, "answers " + std::to_string(answer.status) + " without an error");
  return {};
}

// The claims of an id token. It came from the token endpoint itself, so its signature says nothing that TLS did not
// (OpenID Connect Core 1.0 section 3.1.3.7).
std::string claims_of(std::string_view id_token) {
  const auto first = id_token.find('.');
  const auto second = first == std::string_view::npos ? first : id_token.find('.', first + 1);
  if (second == std::string_view::npos) return {};
  return from_base64url(id_token.substr(first + 1, second - first - 1));
}

}  // namespace

std::string form_of(const FormParams& params) {
  std::string out;
  std::size_t room = 0;
  for (const auto& [name, value] : params) room += 3 * (name.size() + value.size()) + 2;
  out.reserve(room);  // nothing secret is left behind by growing
  for (const auto& [name, value] : params) {
    if (!out.empty()) out += '&';
    out += encoded(name);
    out += '=';
    auto text = encoded(value);
    out += text;
    OPENSSL_cleanse(text.data(), text.size());
  }
  return out;
}

Identity identity_in(std::string_view json, const tento_auth& auth) {
  simdjson::dom::parser parser;
  element root;
  if (parser.parse(simdjson::padded_string(json)).get(root) != simdjson::SUCCESS) return {};
  return {pointed(root, auth.id_pointer), pointed(root, auth.label_pointer)};
}

Result<Granted> ask_token(HttpService& http, const OAuthClient& client, const tento_auth& auth,
                          const FormParams& params, const std::function<bool()>& stopped) {
  const std::string service = "the token endpoint of " + client.provider;
  TENTO_TRY_ASSIGN(const auto answer,
                   ask(http, form_request(client, client.at.token, params), longest_token_answer_bytes, stopped));
  Document document;
  TENTO_TRY(read_answer(answer, service, document));
  // RFC 6749 section 7.1: a type that is not understood must not be used.
  std::string type(document.text("token_type"));
  std::transform(type.begin(), type.end(), type.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  if (!type.empty() && type != "bearer") return nonsense(service, "gives a token of type " + plain(type, 40));
  Granted out;
  out.identity = {pointed(document.root(), auth.id_pointer), pointed(document.root(), auth.label_pointer)};
  out.tokens.access = document.secret("access_token");
  out.tokens.refresh = document.secret("refresh_token");
  if (out.tokens.access.text().empty()) return nonsense(service, "gives no access_token");
  for (const Secret* each : {&out.tokens.access, &out.tokens.refresh}) {
    const auto& text = each->text();
    if (text.size() > longest_token_bytes) return nonsense(service, "gives a token of more than 16 KiB");
    if (std::any_of(text.begin(), text.end(), [](unsigned char c) { return c <= 0x20 || c >= 0x7f; }))
      return nonsense(service, "gives a token with characters that no header can carry");
  }
  if (const auto seconds = document.number("expires_in"); seconds && *seconds > 0 && *seconds <= longest_lifetime_s)
    out.lifetime_s = *seconds;
  if (const auto scope = document.text("scope"); !scope.empty()) out.scope = std::string(scope);
  if (const auto token = document.secret("id_token"); !token.text().empty()) out.claims_json = claims_of(token.text());
  return out;
}

Result<DeviceGrant> ask_device(HttpService& http, const OAuthClient& client, std::string_view scope,
                               const std::function<bool()>& stopped) {
  const std::string service = "the device endpoint of " + client.provider;
  FormParams params;
  if (!scope.empty()) params.emplace_back("scope", scope);
  TENTO_TRY_ASSIGN(const auto answer,
                   ask(http, form_request(client, client.at.device, params), longest_token_answer_bytes, stopped));
  Document document;
  TENTO_TRY(read_answer(answer, service, document));
  DeviceGrant out;
  out.device_code = document.secret("device_code");
  out.user_code = document.text("user_code");
  out.verification_uri = document.text("verification_uri");
  // As drafts of the standard had it, and some services still.
  if (out.verification_uri.empty()) out.verification_uri = document.text("verification_url");
  out.verification_uri_complete = document.text("verification_uri_complete");
  out.expires_s = document.number("expires_in").value_or(600);
  out.interval_s = std::clamp<std::int64_t>(document.number("interval").value_or(5), 1, 60);
  const auto is_page = [](const std::string& url) { return url.starts_with("https://") || url.starts_with("http://"); };
  if (out.device_code.text().empty() || out.user_code.empty() || !is_page(out.verification_uri))
    return nonsense(service, "gives no device_code, user_code or verification_uri");
  if (!is_page(out.verification_uri_complete)) out.verification_uri_complete.clear();
  out.user_code = plain(out.user_code, 60);
  return out;
}

Result<void> revoke(HttpService& http, const OAuthClient& client, const OAuthTokens& tokens,
                    const std::function<bool()>& stopped) {
  if (client.at.revoke.empty()) return {};
  const bool refresh = !tokens.refresh.text().empty();
  const FormParams params{{"token", refresh ? tokens.refresh.text() : tokens.access.text()},
                          {"token_type_hint", refresh ? "refresh_token" : "access_token"}};
  TENTO_TRY_ASSIGN(const auto answer,
                   ask(http, form_request(client, client.at.revoke, params), longest_token_answer_bytes, stopped));
  // Section 2.2: a token that is not known is as good as revoked.
  if (answer.status >= 200 && answer.status < 300) return {};
  const std::string service = "the revocation endpoint of " + client.provider;
  Document document;
  if (document.parse(answer.body)) {
    if (const auto code = document.text("error"); code == "invalid_token" || code == "invalid_grant") return {};
  }
  if (answer.status >= 500 || answer.status == 429) return fail(unavailable(service, answer));
  return nonsense(service, "answers " + std::to_string(answer.status));
}

Result<Identity> ask_identity(HttpService& http, const OAuthClient& client, const tento_auth& auth,
                              const Secret& access, const std::function<bool()>& stopped) {
  if (client.at.userinfo.empty()) return Identity{};
  http::Request request;
  request.url = client.at.userinfo;
  request.headers.push_back({"Accept", "application/json"});
  request.headers.push_back({"Authorization", "Bearer " + access.text()});
  TENTO_TRY_ASSIGN(const auto answer, ask(http, std::move(request), longest_token_answer_bytes, stopped));
  const std::string service = "the address that says whose token it is, of " + client.provider + ",";
  if (answer.status >= 500 || answer.status == 429) return fail(unavailable(service, answer));
  if (answer.status != 200) return nonsense(service, "answers " + std::to_string(answer.status));
  Document document;
  if (!document.parse(answer.body)) return nonsense(service, "gives no JSON object");
  return Identity{pointed(document.root(), auth.id_pointer), pointed(document.root(), auth.label_pointer)};
}

}  // namespace tento::host
