// SPDX-License-Identifier: Apache-2.0
// Opens an event stream where the client says that it stopped reading.
#include "host/server/event_routes.hpp"

#include "host/server/arguments.hpp"
#include "host/server/event_hub.hpp"
#include "host/server/events.hpp"
#include "host/server/problems.hpp"

namespace tento::host::server {
namespace {

Result<Answer> event_stream(RouteCall& call) {
  const Request& request = call.request;
  const Host& host = call.server.host;
  TENTO_TRY_ASSIGN(auto owner, owner_of(call.caller, call.server.parts.config(), host.directory));
  // A browser that reconnects says which event it had last; anybody may say it in the query.
  std::string cursor(request.header("Last-Event-ID"));
  TENTO_TRY_ASSIGN(const auto raw, arguments_of(request, *find_operation("change", "list"), {}));
  if (const auto given = raw.find("cursor"); cursor.empty() && given != raw.end()) cursor = given->second.front();
  ChangeReader changes(host.store, host.dispatcher, {std::move(owner), call.caller.principal, call.caller.actor});
  if (!cursor.empty()) TENTO_TRY(changes.check(cursor));
  Answer answer;
  answer.content_type = "text/event-stream";
  answer.headers.emplace_back("Cache-Control", "no-store");
  answer.headers.emplace_back("X-Accel-Buffering", "no");
  const auto still_allowed = [&access = call.server.access, principal = call.caller.principal] {
    return principal.token.empty() || access.still_holds(principal);
  };
  const auto farewell = [&hub = call.server.events, user = changes.viewer().user.id] { hub.tell_if_erased(user); };
  // Not made together with its counts: what only knows of it still must not keep its memory.
  std::shared_ptr<EventStream> stream =
      std::make_unique<EventStream>(std::move(changes), std::move(cursor), still_allowed, farewell);
  if (request.method() == "GET") TENTO_TRY(call.server.events.add(stream));  // of HEAD nothing is pulled
  answer.pull = std::move(stream);
  return answer;
}

Outcome events(RouteCall& call) {
  auto answer = event_stream(call);
  return {.now = answer ? std::move(*answer) : problem(answer.error(), "events", call.request.path())};
}

constexpr RouteDocument::Parameter last_event_id[] = {
    {"Last-Event-ID", "header", "the last event that was seen, to go on after it"}};

}  // namespace

std::vector<Route> event_routes() {
  std::vector<Route> out;
  out.push_back({.pattern = "/api/events",
                 .handler = events,
                 .label = "events",
                 .document = {.id = "events",
                              .summary = "what happens, as it happens, as server-sent events: ready, cell.added, "
                                         "cell.updated, cell.deleted, cell.row_gone, run.progress, account.state, "
                                         "provider.state, resync",
                              .media_type = "text/event-stream",
                              .parameters = last_event_id}});
  return out;
}

}  // namespace tento::host::server
