// SPDX-License-Identifier: Apache-2.0
// Pages and texts for people, load balancers and monitoring.
#include "host/server/system_routes.hpp"

#include <algorithm>
#include <array>

#include "host/loader/descriptors.hpp"
#include "host/metrics/metrics.hpp"
#include "host/operations/describe.hpp"
#include "host/operations/metrics.hpp"
#include "host/server/html_page.hpp"
#include "host/server/openapi.hpp"
#include "host/server/problems.hpp"

namespace tento::host::server {
namespace {

struct Meaning {
  std::string_view code, means, remedy;
};

constexpr std::array<Meaning, 24> meanings{{
    {"usage", "A parameter is missing, unknown, or not what it must be.",
     "The detail names it; /openapi.json has all of them."},
    {"invalid_argument", "The host or a provider did not take a value.", "Correct what the detail names."},
    {"invalid_key", "This is no row key.", "Keys look like :~provider:account:row."},
    {"unauthorized", "No valid token came with the request.",
     "Send Authorization: Bearer with a token that `tento token create` made."},
    {"forbidden", "The token may not do that.", "Use one with the scope that the detail names."},
    {"guard_failed", "The row is guarded, and the guard does not hold for this caller.", "Use a token that may."},
    {"not_found", "What was asked for is not there, or not for this caller.", "Look at the list it would stand in."},
    {"no_route", "No loaded provider has a row of that key.", "GET /api/rows lists the patterns."},
    {"no_account", "No account of that name is connected.", "Connect it first."},
    {"no_such_path", "The server has no such path.", "/openapi.json lists all of them."},
    {"method_not_allowed", "The path is there, but not for this method.", "The header Allow names those it has."},
    {"verb_unsupported", "The row has no such verb.", "The detail names those it has."},
    {"not_acceptable", "The answer cannot have any of the wanted types.", "The detail names those it can have."},
    {"conflict", "Something else is in the way.", "The detail says what."},
    {"precondition_failed", "The cell has changed since it was read.", "Read it again, then decide."},
    {"cursor_expired", "Deletions behind this cursor are no longer known.",
     "Read the rows anew, and go on from the newest cursor."},
    {"bad_cursor", "This cursor was not given by this host.", "Take the one of the last answer, unchanged."},
    {"too_large", "The body is larger than the limit.", "Send less."},
    {"auth_required", "The account at the provider needs care.", "Reconnect it."},
    {"rate_limited", "The provider wants fewer requests.", "Come again after Retry-After."},
    {"upstream", "The provider's service failed.", "Try again later; the detail has what it said."},
    {"deadline_exceeded", "A provider did not finish in time.",
     "Try again; if it stays, look at `tento provider list`."},
    {"busy", "Too many requests wait already.", "Come again in a moment."},
    {"unknown_host", "The server is not called that.", "Use its own address, or configure server.hosts."},
}};

// Providers, row patterns and routes, as one plain page; nothing of a user's.
Outcome front_page(RouteCall& call) {
  const auto report = call.server.engine.boot();
  if (!report) return {.now = problem(report.error(), call.route.label)};
  HtmlPage page("Tento");
  page.heading("Providers", 2);
  page.begin_table({"provider", "version", "state"});
  for (const auto& info : report->providers)
    page.line({info.id(), info.note ? info.note->version : std::string(), to_string(info.state)});
  page.end_table();
  page.heading("Rows", 2);
  page.begin_table({"pattern", "what it is", "verbs"});
  if (report->table)
    for (const auto* route : report->table->routes()) {
      std::string verbs;
      for (const auto& verb : verb_names(route->verbs)) verbs += (verbs.empty() ? "" : " ") + verb;
      page.line({route->pattern.text(), view(route->row->label.text), verbs});
    }
  page.end_table();
  page.heading("Addresses", 2);
  page.paragraph("The API is described by /openapi.json; `tento token create` makes a token for it.");
  page.begin_table({"method", "address", "what it does"});
  for (const auto& route : routes())
    if (const auto summary = route.operation != nullptr ? route.operation->help : route.document.summary;
        !summary.empty())
      page.line({to_string(route.method), route.pattern, summary});
  page.end_table();
  return {.now = std::move(page).answer(200)};
}

Outcome openapi_document(RouteCall& call) {
  Answer out;
  out.headers.emplace_back("Cache-Control", "no-cache");
  out.body = openapi_json(routes(), call.public_url);
  return {.now = std::move(out)};
}

Outcome metrics(RouteCall& call) {
  auto text = metrics_text(call.server.engine);
  if (!text) return {.now = problem(text.error(), call.route.label)};
  auto out = plain_text(200, std::move(*text));
  out.content_type = metrics_media_type;
  return {.now = std::move(out)};
}

Outcome health(RouteCall&) {
  return {.now = plain_text(200, "ok\n")};
}

Outcome readiness(RouteCall& call) {
  return {.now = *call.server.ready ? plain_text(200, "ready\n") : plain_text(503, "ending\n")};
}

Outcome error_meaning(RouteCall& call) {
  return {.now = error_page(call.params.value("code"))};
}

constexpr RouteDocument::Parameter error_code[] = {{"code", "path", "as in a problem"}};

Route open_page(std::string_view pattern, RouteHandler handler, std::string label, RouteDocument document,
                bool probe = false) {
  return {.pattern = pattern,
          .auth = RouteAuth::open,
          .handler = handler,
          .label = std::move(label),
          .document = document,
          .probe = probe};
}

}  // namespace

std::vector<Route> system_routes() {
  std::vector<Route> out;
  out.push_back(open_page("/", front_page, "front page",
                          {"frontPage", "a page that lists providers, rows and addresses", "text/html"}));
  out.push_back(
      open_page("/healthz", health, "health", {"healthz", "whether the process is alive", "text/plain"}, true));
  out.push_back(open_page("/readyz", readiness, "health", {"readyz", "whether it takes requests", "text/plain"}, true));
  out.push_back({.pattern = "/metrics",
                 .handler = metrics,
                 .label = "metrics",
                 .document = {"metrics", "figures in the text format of Prometheus", "text/plain"}});
  out.push_back(open_page("/openapi.json", openapi_document, "openapi",
                          {"openapi", "the OpenAPI document of this API", "application/json"}));
  out.push_back(open_page("/errors/{code}", error_meaning, "error page",
                          {"errorPage", "what an error code means, and what to do", "text/html", error_code}));
  return out;
}

Answer error_page(std::string_view code) {
  const auto* known = std::find_if(meanings.begin(), meanings.end(), [&](const Meaning& m) { return m.code == code; });
  const bool grammar = !code.empty() && code.size() <= 63 &&
                       code.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_") == std::string_view::npos;
  if (!grammar)
    return problem(404, "no_such_path", "page", "this is not an error code", "follow the type of a problem");
  HtmlPage page(code);
  if (known != meanings.end()) {
    page.paragraph(known->means);
    page.paragraph(known->remedy);
  } else {
    page.paragraph("A code of a provider, or one that says all in its detail.");
    page.paragraph("The detail of the answer says what happened, and its remedy what to do.");
  }
  return std::move(page).answer(200);
}

}  // namespace tento::host::server
