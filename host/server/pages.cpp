// SPDX-License-Identifier: Apache-2.0
// Pages made from what is there.
#include "host/server/pages.hpp"

#include <algorithm>
#include <array>

#include "host/loader/descriptors.hpp"
#include "host/metrics/metrics.hpp"
#include "host/operations/describe.hpp"
#include "host/operations/metrics.hpp"
#include "host/operations/openapi.hpp"
#include "host/server/page.hpp"
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

}  // namespace

Answer front_page(Engine& engine) {
  const auto report = engine.boot();
  if (!report) return problem(report.error(), "page");
  Page page("Tento");
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
  page.paragraph("The API is described by /openapi.json; `tento token create` makes a token for it.");
  return std::move(page).answer(200);
}

Answer openapi_page(std::string_view public_url) {
  Answer out;
  out.headers.emplace_back("Cache-Control", "no-cache");
  out.body = openapi_json(public_url);
  return out;
}

Answer metrics_page(Engine& engine, const Caller& caller) {
  if (!allows(caller.principal, Scope::read))
    return problem(missing_scope(caller.principal, Scope::read, "metrics"), "metrics");
  auto text = metrics_text(engine);
  if (!text) return problem(text.error(), "metrics");
  auto out = plain_text(200, std::move(*text));
  out.content_type = metrics_media_type;
  return out;
}

Answer error_page(std::string_view code) {
  const auto* known = std::find_if(meanings.begin(), meanings.end(), [&](const Meaning& m) { return m.code == code; });
  const bool grammar = !code.empty() && code.size() <= 63 &&
                       code.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_") == std::string_view::npos;
  if (!grammar) return problem(404, "no_such_path", "page", "this is no error code", "follow the type of a problem");
  Page page(code);
  if (known != meanings.end()) {
    page.paragraph(known->means);
    page.paragraph(known->remedy);
  } else {
    page.paragraph("A code of a provider, or one that says all in its detail.");
    page.paragraph("The detail of the answer says what happened, and its action what to do.");
  }
  return std::move(page).answer(200);
}

}  // namespace tento::host::server
