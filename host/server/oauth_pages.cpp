// SPDX-License-Identifier: Apache-2.0
// Departure and arrival of a browser.
#include "host/server/oauth_pages.hpp"

#include <algorithm>
#include <map>

#include "host/accounts/accounts.hpp"
#include "host/accounts/random_text.hpp"
#include "host/operations/connect.hpp"
#include "host/schema/plain_text.hpp"
#include "host/server/page.hpp"
#include "host/server/router.hpp"
#include "host/store/cells_json.hpp"

namespace tento::host::server {
namespace {

constexpr std::size_t kLongestQuery = 16u << 10;

// A parameter given twice is none: RFC 6749 section 3.1 forbids it, and which of them counts is anybody's guess.
std::optional<std::map<std::string, std::string, std::less<>>> params_of(std::string_view query) {
  std::map<std::string, std::string, std::less<>> out;
  if (query.size() > kLongestQuery) return std::nullopt;
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

unsigned status_of_end(const Error& error) {
  if (error.error_class == ErrorClass::transient || error.error_class == ErrorClass::rate_limit) return 503;
  if (error.error_class == ErrorClass::internal) return 500;
  return error.tag == "oauth_denied" ? 403 : 400;
}

// Never in a frame, never remembered, nothing of its address told elsewhere.
void guard(Answer& answer) {
  answer.headers.emplace_back("Referrer-Policy", "no-referrer");
  answer.headers.emplace_back("X-Frame-Options", "DENY");
  for (auto& [name, value] : answer.headers)
    if (name == "Cache-Control") value = "no-store";
}

// The last page. A window that was opened for it tells its opener, and closes; in the same tab a link leads back.
Answer last_page(const FlowResult& result) {
  const bool well = result.account.has_value();
  Page page(well ? "Connected" : "Not connected");
  const std::string provider = result.wish.provider.empty() ? "the account" : result.wish.provider;
  if (well) {
    const auto& account = *result.account;
    page.paragraph(provider + " is connected as " + (account.label.empty() ? account.auth_id : account.label) +
                   ". You can close this window.");
  } else {
    page.paragraph(provider + " was not connected: " + plain(result.error->message, 600) + ".");
    if (!result.error->action.empty()) page.paragraph("What to do: " + plain(result.error->action, 200) + ".");
  }
  page.link(result.wish.return_to.empty() ? "/" : result.wish.return_to, "Back to Tento");
  std::string news = "{\"type\":\"tento.account\",\"ok\":";
  news += well ? "true" : "false";
  news += ",\"provider\":";
  append_json_string(news, result.wish.provider);
  news += ",\"account\":";
  append_json_string(news, well ? result.account->auth_id : "");
  news += ",\"code\":";
  append_json_string(news, well ? "" : result.error->tag.empty() ? "failed" : result.error->tag);
  news += "}";
  page.data("tento-result", news);
  page.script(
      "const news=JSON.parse(document.getElementById('tento-result').textContent);"
      "if(window.opener){window.opener.postMessage(news,location.origin);if(news.ok)window.close();}");
  auto answer = std::move(page).answer(well ? 200 : status_of_end(*result.error));
  guard(answer);
  return answer;
}

Answer failure_page(const Error& error) {
  FlowResult result;
  result.error = error;
  return last_page(result);
}

Answer departure_page(Host& host, const std::string& ticket, std::string_view base) {
  const auto departure = host.accounts().flows().depart(ticket);
  if (!departure) return failure_page(departure.error());
  Answer answer;
  answer.status = 303;
  answer.content_type = "text/plain; charset=utf-8";
  answer.headers.emplace_back("Location", departure->authorize_url);
  answer.headers.emplace_back("Cache-Control", "no-store");
  // Lax: it comes along when the service leads back here, and with nothing else that another page does.
  answer.headers.emplace_back("Set-Cookie", departure->cookie_name + "=" + departure->cookie +
                                                "; Path=/oauth; Max-Age=600; HttpOnly; SameSite=Lax" +
                                                (base.starts_with("https://") ? "; Secure" : ""));
  guard(answer);
  return answer;
}

Answer arrival_page(Engine& engine, Host& host, const Arrival& arrival) {
  auto came = host.accounts().flows().arrive(arrival);
  ActorInfo actor;
  actor.kind = TENTO_ACTOR_USER;
  actor.name = "browser";
  return last_page(finish_flow(engine, host, std::move(came), actor));
}

}  // namespace

std::optional<Outcome> oauth_page(Engine& engine, const Request& request, std::string_view base) {
  const auto path = request.path();
  const bool start = path == "/oauth/start";
  if (!start && path != "/oauth/callback") return std::nullopt;
  if (request.method() != "GET") {
    auto answer = plain_text(405, "GET\n");
    answer.headers.emplace_back("Allow", "GET");
    return Outcome{.now = std::move(answer)};
  }
  const auto host = engine.host();
  if (!host) return Outcome{.now = failure_page(host.error())};
  auto params = params_of(request.query());
  if (!params) {
    const auto error =
        fail(ErrorCode::invalid_argument, ErrorClass::auth,
             "the address has a parameter twice, or something that no address can have", "oauth_bad_query")
            .value();
    return Outcome{.now = failure_page(error)};
  }
  const auto take = [&](const char* name) {
    const auto it = params->find(name);
    return it == params->end() ? std::string() : std::move(it->second);
  };
  if (start)
    return Outcome{.later = [host = *host, ticket = take("ticket"), base = std::string(base)](const Reply& reply) {
      reply(departure_page(*host, ticket, base));
    }};
  Arrival arrival;
  arrival.has_state = params->contains("state");
  arrival.state = take("state");
  arrival.code = take("code");
  arrival.error = take("error");
  arrival.error_description = take("error_description");
  arrival.iss = take("iss");
  arrival.cookie = [cookies = std::string(request.header("Cookie"))](std::string_view name) {
    return cookie_of(cookies, name);
  };
  return Outcome{.later = [&engine, host = *host, arrival = std::move(arrival)](const Reply& reply) {
    reply(arrival_page(engine, *host, arrival));
  }};
}

}  // namespace tento::host::server
