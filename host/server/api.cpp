// SPDX-License-Identifier: Apache-2.0
// Policy, route, authentication, handler.
#include "host/server/api.hpp"

#include "host/base/text.hpp"
#include "host/server/authentication.hpp"
#include "host/server/cors.hpp"
#include "host/server/html_page.hpp"
#include "host/server/problems.hpp"

namespace tento::host::server {
namespace {

Outcome missed(const Router& router, const RouteMiss& miss, const Request& request) {
  const bool options = request.method() == "OPTIONS";
  if (options && (miss.status == 405 || request.path() == "*")) {
    auto answer = plain_text(204, {});
    answer.headers.emplace_back("Allow", miss.status == 405 ? miss.allow : router.methods());
    return {.now = std::move(answer)};
  }
  auto answer = problem(miss.status == 405 ? "method_not_allowed" : "no_such_path", "request", miss.text,
                        "/openapi.json lists what there is");
  if (!miss.allow.empty()) answer.headers.emplace_back("Allow", miss.allow);
  return {.now = std::move(answer)};
}

// Whose requests and bodies are counted together.
std::string counted_as(const Caller& caller) {
  const auto& token = caller.principal.token;
  return token.empty() ? caller.actor.name : token;
}

Outcome handled(const RouteMatch& match, const Request& request, const RequestPolicy& policy, Environment& server) {
  const Route& route = *match.route;
  RouteCall call{request, route, match.params, match.suffix, server, policy.public_url, {}};
  if (route.auth == RouteAuth::caller) {
    auto caller = authenticate(server.host.directory, server.access, request, policy);
    if (!caller) return {.now = problem(caller.error(), "request", request.path())};
    call.caller = std::move(*caller);
    // Operations check it themselves, and write down who was refused.
    if (route.operation == nullptr && !allows(call.caller.principal, route.scope))
      return {.now =
                  problem(missing_scope(call.caller.principal, route.scope, route.label), route.label, request.path())};
  }
  if (route.body == BodyPolicy::none && !request.body().empty())
    return {.now =
                problem(usage_error("a request of this method has no body here", "put the parameters into the query"),
                        route.label, request.path())};
  std::string whose = request.peer().local ? std::string() : counted_as(call.caller);
  auto outcome = route.handler(call);
  outcome.caller = std::move(whose);
  return outcome;
}

// Bodies are JSON (RFC 8259), or a kind of it (RFC 6839, 3.1); one that does not say is taken for it.
bool is_json(std::string_view content_type) {
  auto type = lower(content_type.substr(0, content_type.find(';')));
  while (type.ends_with(' ') || type.ends_with('\t')) type.pop_back();
  return type.empty() || type == "application/json" || (type.starts_with("application/") && type.ends_with("+json"));
}

Answer not_json(const Request& request, const Route& route) {
  auto out = problem("unsupported_media_type", route.label,
                     "a body of the type " + quote(request.header("Content-Type")) + " is not taken",
                     "send it as application/json, and say so in Content-Type");
  const auto field = route.method == Method::post    ? "Accept-Post"
                     : route.method == Method::patch ? "Accept-Patch"
                                                     : "Accept";
  out.headers.emplace_back(field, "application/json");
  return out;
}

// Of a request that may have no body, or not that operation: enough to be told so.
constexpr std::size_t body_without_right = 4096;

// Finds the route of a request, checks what the route demands, and calls its handler; for misses 404, 405 and the
// answer to OPTIONS. The policy has been asked already.
Outcome dispatch(const Router& router, const tl::expected<RouteMatch, RouteMiss>& found, const Request& request,
                 const RequestPolicy& policy, Environment& server) {
  if (!found) return missed(router, found.error(), request);
  auto outcome = handled(*found, request, policy, server);
  outcome.label = found->route->label;
  return outcome;
}

}  // namespace

Api::Api(Parts& parts, const Host& host, Metrics& metrics, RequestPolicy policy, Log log, std::span<const Route> table)
    : log_(std::move(log)),
      access_(host.store),
      events_(host),
      operations_(parts, host, access_, events_, log_),
      environment_{parts, host, metrics, access_, events_, operations_, ready_},
      router_(table),
      policy_(std::make_shared<const RequestPolicy>(std::move(policy))) {}
Api::~Api() = default;

void Api::set_policy(RequestPolicy policy) {
  auto fresh = std::make_shared<const RequestPolicy>(std::move(policy));
  const std::scoped_lock hold(policy_lock_);
  policy_ = std::move(fresh);
}

std::shared_ptr<const RequestPolicy> Api::policy() const {
  const std::scoped_lock hold(policy_lock_);
  return policy_;
}

void Api::not_ready() {
  ready_ = false;
}

Outcome Api::handle(const Request& request) {
  const auto policy = this->policy();
  const auto found = router_.find(request.method(), request.path());
  // What methods there are is no secret.
  const bool any_address = found ? found->route->probe : request.method() == "OPTIONS";
  if (auto refusal = policy->refusal(request, any_address)) return {.now = std::move(*refusal)};
  const auto origin = request.header("Origin");
  const bool shared = policy->shares_with(origin);
  if (shared && is_preflight(request)) return {.now = preflight(origin)};
  auto outcome = dispatch(router_, found, request, *policy, environment_);
  if (!shared) {
    // What a cache keeps of it is not for pages of other sites.
    if (outcome.now && !policy->cors.empty()) outcome.now->headers.emplace_back("Vary", "Origin");
    return outcome;
  }
  if (outcome.now) share(*outcome.now, origin);
  if (outcome.later)
    outcome.later = [later = std::move(outcome.later), whose = std::string(origin)](const Reply& reply) {
      later(reply.through([reply, whose](Answer answer) {
        share(answer, whose);
        reply(std::move(answer));
      }));
    };
  return outcome;
}

Admission Api::admit(const Request& request) {
  const auto policy = this->policy();
  const auto found = router_.find(request.method(), request.path());
  const auto refused = [&](Answer answer) -> Admission {
    const auto origin = request.header("Origin");
    if (policy->shares_with(origin))
      share(answer, origin);
    else if (!policy->cors.empty())
      answer.headers.emplace_back("Vary", "Origin");
    return {.refusal = std::move(answer)};
  };
  const bool any_address = found ? found->route->probe : request.method() == "OPTIONS";
  if (auto refusal = policy->refusal(request, any_address)) return {.refusal = std::move(*refusal)};
  if (!found) {
    if (request.method() == "OPTIONS") return {.body_bytes = body_without_right};
    return refused(std::move(*missed(router_, found.error(), request).now));
  }
  const Route& route = *found->route;
  if (route.auth != RouteAuth::caller) return {.body_bytes = body_without_right};
  const auto caller = authenticate(environment_.host.directory, access_, request, *policy);
  if (!caller) return refused(problem(caller.error(), "request", request.path()));
  const bool may = route.body != BodyPolicy::none && allows(caller->principal, route.scope);
  if (may && !is_json(request.header("Content-Type"))) return refused(not_json(request, route));
  return {.body_bytes = may ? SIZE_MAX : body_without_right,
          .caller = request.peer().local ? std::string() : counted_as(*caller)};
}

Answer Api::refuse(unsigned status, std::string_view what) {
  const bool busy = status == 503;
  if (status == 500) return problem("request_failed", "request", what, "look at the host's log");
  return problem(busy            ? "busy"
                 : status == 413 ? "too_large"
                 : status == 431 ? "header_too_large"
                                 : "bad_request",
                 "request", what, busy ? "try again in a moment" : "send what /openapi.json describes");
}

void Api::answered(std::string_view label, unsigned status, double seconds) {
  environment_.metrics.request_served(label, status, seconds);
}

void Api::tick() {
  if (const auto noted = access_.note_uses(); !noted && log_)
    log_(LogLevel::warn, "when tokens were last used could not be written: " + noted.error().message);
}

}  // namespace tento::host::server
