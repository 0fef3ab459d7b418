// SPDX-License-Identifier: Apache-2.0
// From a request to an operation and back.
#include "host/server/operation_runner.hpp"

#include <chrono>

#include "host/base/crypto.hpp"
#include "host/operations/perform.hpp"
#include "host/operations/wording.hpp"
#include "host/server/arguments.hpp"
#include "host/server/event_hub.hpp"
#include "host/server/problems.hpp"
#include "host/server/render.hpp"

namespace tento::host::server {
namespace {

// How long a request waits for the first one with its idempotency key.
constexpr std::chrono::seconds max_idempotency_wait{60};

}  // namespace

// One operation that a worker does. Holds what the request said, since the request itself goes with its answer.
struct OperationRunner::Work {
  const Operation* operation = nullptr;
  std::optional<IdempotencyKey> key;  // of a write that is to be done once
  std::string request_hash;
  Args args;
  Caller caller;
  Rendering rendering;
  std::string instance;
  bool retryable = false;  // the next request with this key does the write anew

  // Interrupts the work, now or as soon as it can be interrupted.
  void give_up() {
    std::function<void()> what;
    {
      const std::scoped_lock hold(mutex_);
      given_up_ = true;
      what = std::exchange(interrupt_, nullptr);
    }
    if (what) what();
  }
  void on_interrupt(std::function<void()> what) {
    {
      const std::scoped_lock hold(mutex_);
      if (!given_up_ || !what) {
        interrupt_ = std::move(what);
        return;
      }
    }
    what();
  }
  // While it waits for its idempotency key.
  void keep_reply(const Reply& reply) {
    const std::scoped_lock hold(mutex_);
    reply_ = reply;
  }
  [[nodiscard]] Reply take_reply() {
    const std::scoped_lock hold(mutex_);
    return std::exchange(reply_, nullptr);
  }

 private:
  std::mutex mutex_;
  bool given_up_ = false;
  std::function<void()> interrupt_;
  Reply reply_;
};

// Over the wire goes what the command line will put into its own words.
Error OperationRunner::worded(const Rendering& rendering, const Operation& operation, const Error& error) {
  if (rendering.format.media == Media::wire) return error;
  return in_words_of(Face::http, error, &operation);
}

void OperationRunner::put_in_words(const Work& work, Output& output) {
  if (work.rendering.format.media != Media::wire) put_in_words_of(Face::http, output, work.operation);
}

OperationRunner::OperationRunner(Parts& parts, const Host& host, EventHub& events, Log log)
    : parts_(parts),
      host_(host),
      idempotent_writes_(host.store),
      events_(events),
      log_(std::move(log)),
      epoch_(std::to_string(std::chrono::system_clock::now().time_since_epoch().count())) {}

Outcome OperationRunner::run(RouteCall& call) {
  const Request& request = call.request;
  const Operation& operation = *call.route.operation;
  const auto name = operation.name();
  auto rendering = rendering_of(request, operation, call.suffix);
  if (!rendering) return {.now = problem(rendering.error(), name, request.path())};
  const Media media = rendering->format.media;
  const bool wire = media == Media::wire;

  const auto refused = [&](const Error& error) -> Outcome {
    return {.now = answer_of_error(worded(*rendering, operation, error), name, request.path(), *rendering)};
  };
  auto raw = arguments_of(request, operation, call.params);
  if (!raw) return refused(raw.error());
  auto args = parse_args(operation, *raw);
  if (!args) return refused(args.error());
  // What is shown at once is a page; the forms that are streamed have everything.
  if (operation.shape.page != 0 && media == Media::json && !args->has("limit"))
    args->set("limit", operation.shape.page);
  if (operation.known != nullptr && media == Media::json && allows(call.caller.principal, operation.scope))
    if (const auto user = user_of(call.caller))
      if (auto document = operation.known(host_, *user, call.caller, *args))
        return {.now = document_answer(std::move(document), *rendering)};

  auto work = std::make_shared<Work>();
  work->operation = &operation;
  work->instance = request.path();
  work->rendering = std::move(*rendering);
  keep_question(work->rendering, request);
  work->args = std::move(*args);
  work->caller = std::move(call.caller);
  work->caller.callback_base = [base = call.public_url]() -> Result<std::string> { return base; };
  // Over the socket file a command waits as it would on its own; over HTTP only as long as it was asked to.
  if (!wire) work->caller.patience_ms = preferred_wait_s(request).value_or(0) * 1000;

  // An act of an admin is written to the audit log, which waits for the disk.
  if (operation.answers == Answers::at_once && operation.scope == Scope::read && !wire) {
    auto output = perform_for(*work);
    if (!output)
      return {.now = answer_of_error(worded(work->rendering, operation, output.error()), name, work->instance,
                                     work->rendering)};
    put_in_words(*work, *output);
    if (auto unchanged = learn_tags(work->rendering, *output, epoch_)) return {.now = std::move(*unchanged)};
    return {.now = held_answer(*output, operation, work->rendering, work->instance)};
  }
  if (work->args.has("idempotency-key"))
    if (const auto taken = take_idempotency_key(*work, request); !taken)
      return {.now = answer_of_error(worded(work->rendering, operation, taken.error()), name, work->instance,
                                     work->rendering)};
  return run_on_worker(work);
}

Outcome OperationRunner::run_on_worker(const std::shared_ptr<Work>& work) {
  work->caller.on_interrupt = [weak = std::weak_ptr(work)](std::function<void()> what) {
    if (const auto alive = weak.lock()) alive->on_interrupt(std::move(what));
  };
  if (!work->key)
    return {.later = [this, work](const Reply& reply) { carry_out(*work, reply); },
            .give_up = [work] { work->give_up(); }};
  // A request that only waits for its key is answered at once; what another does for the key goes on.
  const auto stop_waiting = [this, work] {
    if (!queue_.withdraw(*work->key, work.get())) return false;
    work->take_reply()(problem(idempotency_busy(), work->operation->name(), work->instance));
    return true;
  };
  return {.later = [this, work](const Reply& reply) { run_once(work, reply); },
          .give_up =
              [work, stop_waiting] {
                if (!stop_waiting()) work->give_up();
              },
          .expire = [stop_waiting] { stop_waiting(); },
          .expires = std::chrono::steady_clock::now() + max_idempotency_wait};
}

Result<Output> OperationRunner::perform_for(Work& work) {
  auto output = perform(*work.operation, parts_, work.caller, work.args);
  // What keys lead to, and who may do what, may be another now.
  if (work.operation->scope != Scope::read) forget();
  return output;
}

void OperationRunner::carry_out(Work& work, const Reply& reply) {
  StreamingResponse response(work.rendering, reply);
  work.caller.progress = response.progress();
  auto output = perform_for(work);
  // Refused before the provider was asked, or by the state of things: another try is no second execution.
  work.retryable = !output && output.error().error_class != ErrorClass::provider;
  if (output) {
    put_in_words(work, *output);
    if (auto unchanged = learn_tags(work.rendering, *output, epoch_))
      reply(std::move(*unchanged));
    else
      render(*output, *work.operation, work.rendering, work.instance, response);
  } else {
    response.error(worded(work.rendering, *work.operation, output.error()), work.operation->name(), work.instance);
  }
  work.on_interrupt(nullptr);
}

std::shared_ptr<const UserRecord> OperationRunner::user_of(const Caller& caller) {
  const UserRecord& own = caller.principal.owner;
  if (!own.id.nil()) return {std::shared_ptr<const void>(), &own};
  const auto configured = configured_owner();
  return configured ? *configured : nullptr;
}

Result<std::shared_ptr<const UserRecord>> OperationRunner::configured_owner() {
  const std::scoped_lock hold(mutex_);
  if (!owner_) {
    TENTO_TRY_ASSIGN(auto owner, owner_of({}, parts_.config(), host_.directory));
    owner_ = std::make_shared<const UserRecord>(std::move(owner));
  }
  return owner_;
}

void OperationRunner::forget() {
  host_.row_documents.forget();
  events_.wake_all();
  const std::scoped_lock hold(mutex_);
  owner_.reset();
}

// ---- writes that are done once

// The key is the caller's own: the same key of another caller is another key.
Result<void> OperationRunner::take_idempotency_key(Work& work, const Request& request) {
  TENTO_TRY_ASSIGN(const auto owner, owner_of(work.caller, parts_.config(), host_.directory));
  std::string whole(request.method());
  for (const auto part : {request.path(), request.query(), request.body(), request.header("If-Match"),
                          work.rendering.format.content_type})
    (whole += '\n') += part;
  work.request_hash = sha256_hex(whole);
  const auto& principal = work.caller.principal;
  work.key = IdempotencyKey{owner.id, principal.token.empty() ? work.caller.actor.name : principal.token,
                            work.args.text("idempotency-key")};
  // What is kept is the plain answer, all of it: one that is sent in the middle of the work says nothing of its end.
  work.rendering.gzip = false;
  work.rendering.whole = true;
  return {};
}

void OperationRunner::run_once(const std::shared_ptr<Work>& work, const Reply& reply) {
  const auto conflict = [&](const Error& error) {
    static_cast<void>(work->take_reply());
    reply(problem(error, work->operation->name(), work->instance));
  };
  const auto key = *work->key;
  work->keep_reply(reply);
  switch (
      queue_.enter(key, work->request_hash, work.get(), [this, work] { run_with_key(*work, work->take_reply()); })) {
    case IdempotencyQueue::Admission::waiting:
      return;
    case IdempotencyQueue::Admission::other_request:
      return conflict(idempotency_key_reused());
    case IdempotencyQueue::Admission::full: {
      auto busy = idempotency_busy();
      busy.message = "too many requests wait for this key";
      return conflict(busy);
    }
    case IdempotencyQueue::Admission::first:
      break;
  }
  run_with_key(*work, work->take_reply());
  // This worker goes on with those that waited: mostly they are given the answer that is there now.
  while (const auto next = queue_.leave(key)) next();
}

void OperationRunner::run_with_key(Work& work, const Reply& reply) {
  if (auto known = begin_idempotent(work)) return reply(std::move(*known));
  carry_out(work, [&](Answer answer) {
    complete_idempotent(work, answer);
    reply(std::move(answer));
  });
}

std::optional<Answer> OperationRunner::begin_idempotent(const Work& work) {
  const auto kept = idempotent_writes_.begin(*work.key, work.request_hash);
  if (!kept) return problem(kept.error(), work.operation->name(), work.instance);
  if (!*kept) return std::nullopt;
  Answer again;
  again.status = static_cast<unsigned>((*kept)->status);
  const bool is_problem = again.status >= 400 && work.rendering.format.media != Media::wire;
  again.content_type = is_problem ? "application/problem+json" : work.rendering.format.content_type;
  again.headers.emplace_back("Cache-Control", "no-store");
  again.headers.emplace_back("Idempotency-Replayed", "true");
  again.body = (*kept)->body;
  return again;
}

void OperationRunner::complete_idempotent(const Work& work, const Answer& answer) {
  // What may go better next time is not kept.
  const bool final = !work.retryable && answer.status < 500 && answer.status != 429 && answer.status != 424;
  const auto done = final ? idempotent_writes_.keep(*work.key, {static_cast<std::int32_t>(answer.status), answer.body})
                          : idempotent_writes_.give_back(*work.key);
  if (!done && log_) log_(LogLevel::error, "an idempotency key could not be kept: " + done.error().message);
}

}  // namespace tento::host::server
