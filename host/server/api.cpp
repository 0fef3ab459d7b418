// SPDX-License-Identifier: Apache-2.0
// From a request to an operation and back.
#include "host/server/api.hpp"

#include <unistd.h>

#include <algorithm>
#include <map>
#include <span>
#include <thread>

#include "host/config/nearest.hpp"
#include "host/formats/negotiate.hpp"
#include "host/loader/image.hpp"
#include "host/metrics/metrics.hpp"
#include "host/operations/perform.hpp"
#include "host/operations/rows.hpp"
#include "host/schema/plain_text.hpp"
#include "host/server/arguments.hpp"
#include "host/server/cors.hpp"
#include "host/server/host_names.hpp"
#include "host/server/oauth_pages.hpp"
#include "host/server/pages.hpp"
#include "host/server/problems.hpp"
#include "host/server/render.hpp"
#include "host/server/socket_file.hpp"
#include "host/store/access_store.hpp"

namespace tento::host::server {
namespace {

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return out;
}

bool contains(const std::vector<std::string>& list, std::string_view what) {
  return std::find(list.begin(), list.end(), what) != list.end();
}

Error unauthorized(std::string text) {
  auto e = fail(ErrorCode::auth_required, ErrorClass::auth, std::move(text), "unauthorized").value();
  e.action = "send Authorization: Bearer tento_pat_…; `tento token create` makes one";
  return e;
}

// The names of the operations, for as long as the program runs.
std::string_view label_of(const Operation& operation) {
  static const auto labels = [] {
    std::map<const Operation*, std::string> out;
    for (const auto& each : operations()) out.emplace(&each, each.name());
    return out;
  }();
  return labels.at(&operation);
}

}  // namespace

// One operation that a worker does. Holds what the request said, since the request itself goes with its answer.
struct Api::Work {
  const Operation* operation = nullptr;
  std::optional<IdempotencyKey> key;  // of a write that is to be done once
  std::string request_hash;
  Args args;
  Caller caller;
  Rendering rendering;
  std::string instance;
  bool afresh = false;  // the next try with this key begins anew
  std::mutex lock;
  bool gone = false;
  std::function<void()> interrupt;

  void give_up() {
    std::function<void()> what;
    {
      const std::scoped_lock hold(lock);
      gone = true;
      what = std::exchange(interrupt, nullptr);
    }
    if (what) what();
  }
  void on_interrupt(std::function<void()> what) {
    {
      const std::scoped_lock hold(lock);
      if (!gone || !what) {
        interrupt = std::move(what);
        return;
      }
    }
    what();
  }
};

Api::Api(Engine& engine, Gate gate, std::function<void(LogLevel, const std::string&)> log)
    : engine_(engine),
      log_(std::move(log)),
      router_(operations()),
      epoch_(std::to_string(std::chrono::system_clock::now().time_since_epoch().count())),
      gate_(std::make_shared<const Gate>(std::move(gate))) {
  if (const auto store = engine_.store()) {
    access_ = std::make_unique<Access>((*store)->access());
  }
  if (const auto host = engine_.host()) {
    hub_ = std::make_unique<EventHub>(**host);
    reads_ = std::make_unique<CellReads>(**host);
  }
}
Api::~Api() = default;

void Api::set_gate(Gate gate) {
  auto fresh = std::make_shared<const Gate>(std::move(gate));
  const std::scoped_lock hold(gate_lock_);
  gate_ = std::move(fresh);
}

std::shared_ptr<const Gate> Api::gate() const {
  const std::scoped_lock hold(gate_lock_);
  return gate_;
}

void Api::not_ready() {
  ready_ = false;
}

std::optional<Answer> Api::turned_away(const Request& request, const Gate& gate) const {
  if (request.peer().local) return std::nullopt;
  if (const auto host = request.host(); !contains(gate.hosts, host) && !contains(gate.hosts, plain_host(host)))
    return unknown_host(host, gate.public_url);
  if (const auto origin = request.header("Origin");
      !origin.empty() && !contains(gate.origins, lower(origin)) && !contains(gate.cors, lower(origin)))
    return problem(403, "foreign_origin", "request", "pages of " + quote(origin) + " may not use this server",
                   "add it to server.cors_origins in tento.toml if it may");
  return std::nullopt;
}

// The socket file is this user's alone, and the kernel says who came through it.
Result<Caller> Api::local_caller(const Request& request) {
  if (request.peer().uid != ::geteuid() && request.peer().uid != 0)
    return fail(unauthorized("user " + std::to_string(request.peer().uid) + " is not the user of this host"));
  Caller caller;
  caller.actor.kind = TENTO_ACTOR_USER;
  caller.actor.name = "local";
  if (const auto name = request.header(owner_header); !name.empty()) {
    TENTO_TRY_ASSIGN(auto* store, engine_.store());
    TENTO_TRY_ASSIGN(const auto plain, percent_decoded(name));
    TENTO_TRY_ASSIGN(caller.principal.owner, owner_named(*store, plain));
  }
  return caller;
}

Result<Caller> Api::caller_of(const Request& request, const Gate& gate) {
  if (request.peer().local) return local_caller(request);
  const std::string_view header = request.header("Authorization");
  constexpr std::string_view bearer = "bearer ";
  if (header.size() > bearer.size() && lower(header.substr(0, bearer.size())) == bearer && access_) {
    TENTO_TRY_ASSIGN(const auto principal, access_->authenticate(header.substr(bearer.size())));
    return host::caller_of(principal);
  }
  const auto& address = request.peer().address;
  if (header.empty() && gate.open_loopback && (address == "127.0.0.1" || address == "::1")) {
    Caller caller;
    caller.actor.kind = TENTO_ACTOR_USER;
    caller.actor.name = "loopback";
    return caller;
  }
  return fail(unauthorized(header.empty() ? "this needs a token" : "Authorization has no bearer token"));
}

std::optional<Answer> Api::probe(const Request& request) const {
  const auto method = request.method();
  const auto path = request.path();
  const bool health = path == "/healthz" || path == "/readyz";
  // Names are how a page that was lured here would ask; addresses and HTTP/1.0 without a name are how probes do.
  if (!request.host().empty() && !is_address(request.host())) return std::nullopt;
  if (method == "OPTIONS" && request.header("Origin").empty() && (health || path == "/" || path == "*")) {
    auto out = plain_text(204, {});
    out.headers.emplace_back("Allow", "GET, HEAD, OPTIONS");
    return out;
  }
  if (!health || (method != "GET" && method != "HEAD") || !request.header("Origin").empty()) return std::nullopt;
  return health_page(path);
}

Answer Api::health_page(std::string_view path) const {
  if (path == "/healthz") return plain_text(200, "ok\n");
  return ready_ ? plain_text(200, "ready\n") : plain_text(503, "ending\n");
}

Outcome Api::handle(const Request& request) {
  const auto gate = this->gate();
  if (auto answer = probe(request)) return {.now = std::move(*answer)};
  if (auto away = turned_away(request, *gate)) return {.now = std::move(*away)};
  const auto origin = request.header("Origin");
  if (origin.empty() || !contains(gate->cors, lower(origin))) {
    auto outcome = let_in(request, *gate);
    // What a cache keeps of it is not for pages of others.
    if (outcome.now && !gate->cors.empty()) outcome.now->headers.emplace_back("Vary", "Origin");
    return outcome;
  }
  if (is_preflight(request)) return {.now = preflight(origin)};
  auto outcome = let_in(request, *gate);
  if (outcome.now) share(*outcome.now, origin);
  if (outcome.later)
    outcome.later = [later = std::move(outcome.later), whose = std::string(origin)](const Reply& reply) {
      later([&](Answer answer) {
        share(answer, whose);
        reply(std::move(answer));
      });
    };
  return outcome;
}

Outcome Api::let_in(const Request& request, const Gate& gate) {
  if (auto answer = page(request, gate)) return {.now = std::move(*answer)};
  if (auto outcome = oauth_page(engine_, request, gate.public_url)) return std::move(*outcome);
  auto caller = caller_of(request, gate);
  if (!caller) return {.now = problem(caller.error(), "request", request.path())};
  if (auto answer = cells_at_once(request, *caller)) {
    answer->label = "row get";
    return {.now = std::move(*answer)};
  }
  if (request.path() == "/metrics" && (request.method() == "GET" || request.method() == "HEAD"))
    return {.now = metrics_page(engine_, *caller)};
  if (request.path() == "/api/events" && (request.method() == "GET" || request.method() == "HEAD"))
    return events(request, *caller);
  auto routed = router_.find(request.method(), request.path());
  if (!routed) {
    const auto& miss = routed.error();
    auto answer = problem(miss.status, miss.status == 405 ? "method_not_allowed" : "no_such_path", "request", miss.text,
                          "/openapi.json lists what there is");
    if (!miss.allow.empty()) answer.headers.emplace_back("Allow", miss.allow);
    return {.now = std::move(answer)};
  }
  return operate(request, *routed, std::move(*caller));
}

Outcome Api::operate(const Request& request, const Routed& routed, Caller caller) {
  const Operation& operation = *routed.operation;
  const auto name = operation.name();
  auto work = std::make_shared<Work>();
  work->operation = &operation;
  work->instance = request.path();
  const auto labelled = [&](Answer answer) -> Outcome {
    answer.label = label_of(operation);
    return {.now = std::move(answer)};
  };
  auto rendering = rendering_of(request, routed);
  if (!rendering) return labelled(problem(rendering.error(), name, request.path()));
  work->rendering = std::move(*rendering);
  const bool wire = work->rendering.format.media == Media::wire;

  const auto refused = [&](const Error& error) {
    // Commands have options, and are told of them.
    if (wire) return labelled(answer_of_error(error, name, work->instance, work->rendering));
    return labelled(answer_of_error(in_words_of_http(error, operation), name, work->instance, work->rendering));
  };
  auto raw = arguments_of(request, routed);
  if (!raw) return refused(raw.error());
  auto args = parse_args(operation, *raw);
  if (!args) return refused(args.error());
  // What is shown at once is a page; the forms that are streamed have everything.
  if (operation.handler == row_get && work->rendering.format.media == Media::json && !args->has("limit"))
    args->set("limit", static_cast<std::int64_t>(CellReads::page));
  work->args = std::move(*args);
  work->caller = std::move(caller);
  work->caller.callback_base = [base = gate()->public_url]() -> Result<std::string> { return base; };
  // Over the socket file a command waits as it would on its own; over HTTP only as long as it was asked to.
  if (!wire) work->caller.patience_ms = preferred_wait_s(request).value_or(0) * 1000;

  // An act of an admin is written to the audit log, which waits for the disk.
  if (operation.quick && operation.scope == Scope::read && !wire) {
    const auto output = perform_here(*work);
    if (!output) return refused(output.error());
    if (auto known = learn_tags(work->rendering, *output, epoch_)) return labelled(std::move(*known));
    return labelled(held_answer(*output, operation, work->rendering, work->instance));
  }
  if (work->args.has("idempotency-key")) {
    if (auto bad = once(*work, request)) return refused(*bad);
  }
  return operate_later(work);
}

// Who does the same write again gets the first one's answer. The key is the caller's own.
std::optional<Error> Api::once(Work& work, const Request& request) {
  Context context{engine_, work.caller};
  const auto owner = context.owner();
  if (!owner) return owner.error();
  std::string whole(request.method());
  for (const auto part : {request.path(), request.query(), request.body(), request.header("If-Match"),
                          work.rendering.format.content_type})
    (whole += '\n') += part;
  auto hash = sha256_hex(std::as_bytes(std::span(whole)));
  if (hash.empty()) return fail(ErrorCode::unspecified, ErrorClass::internal, "no digest could be made").value();
  const auto& principal = work.caller.principal;
  work.key = IdempotencyKey{owner->id, principal.token.empty() ? work.caller.actor.name : principal.token,
                            work.args.text("idempotency-key")};
  work.request_hash = std::move(hash);
  // What is kept is the plain answer, all of it: one that is sent in the middle of the work says nothing of its end.
  work.rendering.gzip = false;
  work.rendering.whole = true;
  return std::nullopt;
}

Outcome Api::operate_later(const std::shared_ptr<Work>& work) {
  work->caller.on_interrupt = [weak = std::weak_ptr(work)](std::function<void()> what) {
    if (const auto alive = weak.lock()) alive->on_interrupt(std::move(what));
  };
  return {.later =
              [this, work](const Reply& reply) {
                const auto labelled = [&](Answer answer) {
                  answer.label = label_of(*work->operation);
                  reply(std::move(answer));
                };
                if (!work->key) return carry_out(*work, labelled);
                auto first = begin_once(*work);
                if (first) return labelled(std::move(*first));
                carry_out(*work, [&](Answer answer) {
                  end_once(*work, answer);
                  labelled(std::move(answer));
                });
              },
          .give_up = [work] { work->give_up(); }};
}

Result<Output> Api::perform_here(Work& work) {
  Context context{engine_, work.caller};
  auto output = perform(*work.operation, context, work.args);
  // What keys lead to, and who may what, may be another now.
  if (work.operation->scope != Scope::read) forget();
  return output;
}

void Api::carry_out(Work& work, const Reply& reply) {
  Spill spill(work.rendering, reply);
  work.caller.progress = spill.progress();
  const auto output = perform_here(work);
  // Refused before the provider was asked, or by the state of things: another try is no second execution.
  work.afresh = !output && output.error().error_class != ErrorClass::provider;
  if (output) {
    if (auto known = learn_tags(work.rendering, *output, epoch_))
      reply(std::move(*known));
    else
      render(*output, *work.operation, work.rendering, work.instance, spill);
  } else {
    spill.error(
        work.rendering.format.media == Media::wire ? output.error() : in_words_of_http(output.error(), *work.operation),
        work.operation->name(), work.instance);
  }
  work.on_interrupt(nullptr);
}

// Nothing: this is the first. Of many at once the others wait for it.
std::optional<Answer> Api::begin_once(const Work& work) {
  constexpr std::chrono::seconds longest{60};
  constexpr std::chrono::milliseconds pause{20};
  const auto title = work.operation->name();
  const auto conflict = [&](std::string_view code, std::string_view text, std::string_view action) {
    return problem(409, code, title, text, action);
  };
  const auto store = engine_.store();
  if (!store) return problem(store.error(), title, work.instance);
  const auto until = std::chrono::steady_clock::now() + longest;
  for (;;) {
    const auto before = (*store)->access().begin_idempotent(*work.key, work.request_hash);
    if (!before) return problem(before.error(), title, work.instance);
    if (!*before) return std::nullopt;
    const auto& record = **before;
    if (record.request_hash != work.request_hash)
      return conflict("idempotency_key_reused", "this key was used for another request",
                      "use a fresh key for each write");
    if (record.interrupted)
      return conflict("idempotency_unknown",
                      "the host ended in the middle of this write, so whether the provider did it is not known",
                      "read the row, then decide, with a fresh key");
    if (record.finished) {
      Answer again;
      again.status = static_cast<unsigned>(record.status);
      const bool problem = again.status >= 400 && work.rendering.format.media != Media::wire;
      again.content_type = problem ? "application/problem+json" : work.rendering.format.content_type;
      again.headers.emplace_back("Cache-Control", "no-store");
      again.headers.emplace_back("Idempotency-Replayed", "true");
      again.body = record.answer;
      return again;
    }
    if (std::chrono::steady_clock::now() >= until)
      return conflict("idempotency_busy", "the first request with this key is still under way", "ask again later");
    std::this_thread::sleep_for(pause);
  }
}

void Api::end_once(const Work& work, const Answer& answer) {
  const auto store = engine_.store();
  if (!store) return;
  // What may go better next time is not kept.
  const bool final = !work.afresh && answer.status < 500 && answer.status != 429 && answer.status != 424;
  const auto done =
      final ? (*store)->access().finish_idempotent(*work.key, static_cast<std::int32_t>(answer.status), answer.body)
            : (*store)->access().forget_idempotent(*work.key);
  if (!done && log_) log_(LogLevel::error, "an idempotency key could not be kept: " + done.error().message);
}

Result<std::shared_ptr<const OwnerRecord>> Api::configured_owner() {
  const std::scoped_lock hold(gate_lock_);
  if (!owner_) {
    TENTO_TRY_ASSIGN(auto owner, engine_.owner());
    owner_ = std::make_shared<const OwnerRecord>(std::move(owner));
  }
  return owner_;
}

void Api::forget() {
  if (reads_) reads_->forget();
  if (hub_) hub_->wake_all();
  const std::scoped_lock hold(gate_lock_);
  owner_.reset();
}

// The read that everybody does all the time, before anything is made that it does not need.
std::optional<Answer> Api::cells_at_once(const Request& request, const Caller& caller) {
  constexpr std::string_view before = "/api/rows/", behind = "/cells";
  const auto path = request.path();
  if (!reads_ || (request.method() != "GET" && request.method() != "HEAD") || !path.starts_with(before) ||
      !path.ends_with(behind) || path.size() <= before.size() + behind.size() || !request.header("Prefer").empty())
    return std::nullopt;
  const auto key = path.substr(before.size(), path.size() - before.size() - behind.size());
  if (key.find('/') != std::string_view::npos) return std::nullopt;
  static const Operation& operation = *find_operation("row", "get");
  const auto accept = request.header("Accept");
  Rendering rendering;
  if (accept.empty() || accept == "*/*" || accept == "application/json") {
    rendering = json_rendering_of(request);
  } else {
    auto chosen = rendering_of(request, {&operation});
    if (!chosen || chosen->format.media != Media::json) return std::nullopt;
    rendering = std::move(*chosen);
  }
  // Another's row, and what a token may not, is for the operation to judge.
  if (key.starts_with('[') || key.starts_with("%5")) return std::nullopt;
  if (!allows(caller.principal, Scope::read)) return std::nullopt;
  if (!caller.principal.owner.id.nil()) return reads_->read(request, key, caller.principal.owner, caller, rendering);
  const auto owner = configured_owner();
  if (!owner) return std::nullopt;
  return reads_->read(request, key, **owner, caller, rendering);
}

Outcome Api::events(const Request& request, const Caller& caller) {
  if (!allows(caller.principal, Scope::read))
    return {.now = problem(missing_scope(caller.principal, Scope::read, "events"), "events", request.path())};
  const auto host = engine_.host();
  if (!host) return {.now = problem(host.error(), "events", request.path())};
  Caller asking = caller;
  Context context{engine_, asking};
  const auto owner = context.owner();
  if (!owner) return {.now = problem(owner.error(), "events", request.path())};
  // A browser that reconnects says what it had last; anybody may say it in the query.
  std::string cursor(request.header("Last-Event-ID"));
  const Routed routed{find_operation("change", "list")};
  auto raw = arguments_of(request, routed);
  if (!raw) return {.now = problem(raw.error(), "events", request.path())};
  if (const auto given = raw->find("cursor"); cursor.empty() && given != raw->end()) cursor = given->second.front();
  if (!cursor.empty()) {
    const auto known = (*host)->store().changes(owner->id, cursor, 1, [](const Change&) { return false; });
    if (!known && known.error().tag != "cursor_expired")
      return {.now = problem(known.error(), "events", request.path())};
  }
  Answer answer;
  answer.content_type = "text/event-stream";
  answer.headers.emplace_back("Cache-Control", "no-store");
  answer.headers.emplace_back("X-Accel-Buffering", "no");
  auto stream =
      std::make_shared<EventStream>(**host, *owner, caller, std::move(cursor), [this, principal = caller.principal] {
        return principal.token.empty() || (access_ && access_->still_holds(principal));
      });
  if (request.method() == "GET") hub_->add(stream);  // of HEAD nothing is pulled
  answer.pull = std::move(stream);
  return {.now = std::move(answer)};
}

std::optional<Answer> Api::page(const Request& request, const Gate& gate) {
  if (request.method() != "GET" && request.method() != "HEAD") return std::nullopt;
  const auto path = request.path();
  if (path == "/healthz" || path == "/readyz") return health_page(path);
  if (path == "/openapi.json") return openapi_page(gate.public_url);
  if (path == "/") return front_page(engine_);
  if (path.starts_with("/errors/")) return error_page(path.substr(std::string_view("/errors/").size()));
  return std::nullopt;
}

Answer Api::refuse(unsigned status, std::string_view what) {
  const bool busy = status == 503;
  return problem(status,
                 busy            ? "busy"
                 : status == 413 ? "too_large"
                 : status == 431 ? "header_too_large"
                                 : "bad_request",
                 "request", what, busy ? "try again in a moment" : "send what /openapi.json describes");
}

void Api::answered(std::string_view label, unsigned status, double seconds) {
  if (const auto& metrics = engine_.metrics()) metrics->request_served(label, status, seconds);
}

void Api::tick() {
  if (!access_) return;
  if (const auto noted = access_->note_uses(); !noted && log_)
    log_(LogLevel::warn, "when tokens were last used could not be written: " + noted.error().message);
}

}  // namespace tento::host::server
