// SPDX-License-Identifier: Apache-2.0
// The browser is sent to the service, and comes back from it.
#include "host/server/oauth_routes.hpp"

#include <algorithm>
#include <map>

#include "host/accounts/accounts.hpp"
#include "host/base/error_registry.hpp"
#include "host/base/json.hpp"
#include "host/base/text.hpp"
#include "host/operations/wording.hpp"
#include "host/server/html_page.hpp"
#include "host/server/uri.hpp"
#include "host/services/account_service.hpp"

namespace tento::host::server {
namespace {

constexpr std::size_t longest_query_bytes = 16u << 10;

using Params = std::map<std::string, std::string, std::less<>>;

// A parameter given twice is none: RFC 6749 section 3.1 forbids it, and which of them counts is anybody's guess.
std::optional<Params> params_of(std::string_view query) {
  Params out;
  if (query.size() > longest_query_bytes) return std::nullopt;
  while (!query.empty()) {
    const auto end = query.find('&');
    std::string item(query.substr(0, end));
    query.remove_prefix(end == std::string_view::npos ? query.size() : end + 1);
    if (item.empty()) continue;
    std::replace(item.begin(), item.end(), '+', ' ');  // as forms write a space
    const auto mark = item.find('=');
    const auto name = percent_decoded(item.substr(0, mark));
    const auto value = percent_decoded(mark == std::string::npos ? std::string() : item.substr(mark + 1));
    if (!name || !value || !out.emplace(*name, *value).second) return std::nullopt;
  }
  return out;
}

// One cookie of the header (RFC 6265 section 5.4).
std::string cookie_of(std::string_view header, std::string_view name) {
  while (!header.empty()) {
    const auto end = header.find(';');
    auto pair = header.substr(0, end);
    while (pair.starts_with(' ')) pair.remove_prefix(1);
    if (pair.size() > name.size() && pair.starts_with(name) && pair[name.size()] == '=')
      return std::string(pair.substr(name.size() + 1));
    if (end == std::string_view::npos) break;
    header.remove_prefix(end + 1);
  }
  return {};
}

// Never in a frame, never remembered, nothing of its address told elsewhere.
void guard(Answer& answer) {
  answer.headers.emplace_back("Referrer-Policy", "no-referrer");
  answer.headers.emplace_back("X-Frame-Options", "DENY");
  for (auto& [name, value] : answer.headers)
    if (name == "Cache-Control") value = "no-store";
}

// The last page. A window that was opened for it tells its opener, and closes; in the same tab a link leads back.
Answer last_page(const ConnectResult& result) {
  const bool well = result.connected.has_value();
  HtmlPage page(well ? "Connected" : "Not connected");
  const std::string provider = result.request.provider.empty() ? "the account" : result.request.provider;
  if (well) {
    const auto& account = result.connected->account;
    page.paragraph(provider + " is connected as " + (account.label.empty() ? account.auth_id : account.label) +
                   ". You can close this window.");
  } else {
    const auto error = in_words_of(Face::http, *result.error);
    page.paragraph(provider + " was not connected: " + plain(error.message, 600) + ".");
    if (!error.remedy.empty()) page.paragraph("What to do: " + plain(error.remedy, 200) + ".");
  }
  page.link(result.request.return_to.empty() ? "/" : result.request.return_to, "Back to Tento");
  std::string message;
  JsonWriter(message)
      .begin_object()
      .member("type", "tento.account")
      .member("ok", well)
      .member("provider", result.request.provider)
      .member("account", well ? std::string_view(result.connected->account.auth_id) : std::string_view())
      .member("code", well ? std::string_view() : tag_or_code(*result.error))
      .end_object();
  page.data("tento-result", message);
  page.script(
      "const message=JSON.parse(document.getElementById('tento-result').textContent);"
      "if(window.opener){window.opener.postMessage(message,location.origin);if(message.ok)window.close();}");
  auto answer = std::move(page).answer(well ? 200 : http_status_of(*result.error));
  guard(answer);
  return answer;
}

Answer failure_page(const Error& error) {
  ConnectResult result;
  result.error = error;
  return last_page(result);
}

Answer redirect_page(const Host& host, const std::string& ticket, std::string_view base) {
  const auto redirect = host.accounts.flows().redirect(ticket);
  if (!redirect) return failure_page(redirect.error());
  Answer answer;
  answer.status = 303;
  answer.content_type = "text/plain; charset=utf-8";
  answer.headers.emplace_back("Location", redirect->authorize_url);
  answer.headers.emplace_back("Cache-Control", "no-store");
  // Lax: it comes along when the service leads back here, and with nothing else that another page does.
  answer.headers.emplace_back("Set-Cookie", redirect->cookie_name + "=" + redirect->cookie +
                                                "; Path=/oauth; Max-Age=600; HttpOnly; SameSite=Lax" +
                                                (base.starts_with("https://") ? "; Secure" : ""));
  guard(answer);
  return answer;
}

Answer response_page(const Host& host, const AuthorizationResponse& response) {
  ActorInfo actor;
  actor.kind = TENTO_ACTOR_USER;
  actor.name = "browser";
  return last_page(host.account_service.finish(response, actor));
}

Error bad_query() {
  return fail(ErrorCode::invalid_argument, ErrorClass::auth,
              "the address has a parameter twice, or something that no address can have", "oauth_bad_query")
      .value();
}

std::string take(Params& params, std::string_view name) {
  const auto it = params.find(name);
  return it == params.end() ? std::string() : std::move(it->second);
}

Outcome authorization_start(RouteCall& call) {
  auto params = params_of(call.request.query());
  if (!params) return {.now = failure_page(bad_query())};
  return {.later = [&host = call.server.host, ticket = take(*params, "ticket"),
                    base = call.public_url](const Reply& reply) { reply(redirect_page(host, ticket, base)); }};
}

Outcome authorization_response(RouteCall& call) {
  auto params = params_of(call.request.query());
  if (!params) return {.now = failure_page(bad_query())};
  AuthorizationResponse response;
  response.has_state = params->contains("state");
  response.state = take(*params, "state");
  response.code = take(*params, "code");
  response.error = take(*params, "error");
  response.error_description = take(*params, "error_description");
  response.iss = take(*params, "iss");
  response.cookie = [cookies = std::string(call.request.header("Cookie"))](std::string_view name) {
    return cookie_of(cookies, name);
  };
  return {.later = [&host = call.server.host, response = std::move(response)](const Reply& reply) {
    reply(response_page(host, response));
  }};
}

// They have effects, so that a HEAD (of a preview, of a scanner) must not reach them.
Route browser_route(std::string_view pattern, RouteHandler handler, std::string label) {
  return {.pattern = pattern, .auth = RouteAuth::open, .handler = handler, .label = std::move(label), .head = false};
}

}  // namespace

std::vector<Route> oauth_routes() {
  std::vector<Route> out;
  out.push_back(browser_route("/oauth/start", authorization_start, "oauth start"));
  out.push_back(browser_route("/oauth/callback", authorization_response, "oauth callback"));
  return out;
}

}  // namespace tento::host::server
