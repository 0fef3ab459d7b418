// SPDX-License-Identifier: Apache-2.0
// Pages and texts for people, load balancers and monitoring.
#include "host/server/system_routes.hpp"

#include "host/base/error_registry.hpp"
#include "host/loader/descriptors.hpp"
#include "host/metrics/metrics.hpp"
#include "host/operations/describe.hpp"
#include "host/operations/metrics.hpp"
#include "host/server/html_page.hpp"
#include "host/server/openapi.hpp"
#include "host/server/problems.hpp"

namespace tento::host::server {
namespace {

// Providers, row patterns and routes, as one plain page; nothing of a user's.
Outcome front_page(RouteCall& call) {
  const auto report = call.server.parts.boot();
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
  auto text = metrics_text(call.server.metrics, call.server.host.admin);
  if (!text) return {.now = problem(text.error(), call.route.label)};
  auto out = plain_text(200, std::move(*text));
  out.content_type = metrics_media_type;
  return {.now = std::move(out)};
}

Outcome health(RouteCall&) {
  return {.now = plain_text(200, "ok\n")};
}

Outcome readiness(RouteCall& call) {
  return {.now = call.server.ready ? plain_text(200, "ready\n") : plain_text(503, "ending\n")};
}

Outcome error_meaning(RouteCall& call) {
  return {.now = error_page(call.params.value("code"))};
}

constexpr RouteDocument::Parameter error_code_parameter[] = {{"code", "path", "as in a problem"}};

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
  out.push_back(
      open_page("/errors/{code}", error_meaning, "error page",
                {"errorPage", "what an error code means, and what to do", "text/html", error_code_parameter}));
  return out;
}

Answer error_page(std::string_view code) {
  const bool grammar = !code.empty() && code.size() <= 63 &&
                       code.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_") == std::string_view::npos;
  if (!grammar) return problem("no_such_path", "page", "this is not an error code", "follow the type of a problem");
  HtmlPage page(code);
  if (const auto* kind = find_error_kind(code)) {
    page.paragraph(kind->meaning);
    page.paragraph(kind->remedy);
    page.paragraph("HTTP status " + std::to_string(kind->http_status) + ", exit code " +
                   std::to_string(kind->exit_code) + ", class " + std::string(class_name(kind->error_class)) + ".");
  } else {
    page.paragraph("This code is a provider's own.");
    page.paragraph("The detail of the answer says what happened, and its remedy what to do.");
  }
  return std::move(page).answer(200);
}

}  // namespace tento::host::server
