// SPDX-License-Identifier: Apache-2.0
// From a request to an operation and back.
#include "host/server/operation_runner.hpp"

#include <algorithm>
#include <chrono>
#include <exception>
#include <vector>

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

// As many as the configuration says.
Waits::Bounds bounds_of(Waits::Bounds kind, std::size_t of_a_caller, std::size_t in_all) {
  kind.of_a_caller = of_a_caller;
  kind.in_all = in_all;
  return kind;
}

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
  bool local = false;      // it came by the socket file
  Waits::Place place;      // of what may wait
  std::optional<StreamingResponse> response;
  std::shared_ptr<Pending<Output>> pending;  // of the worker that has it; set while it waits
  bool ended = false;                        // of the worker that has it
  Output output;                             // while it is written
  std::unique_ptr<AnswerWriter> writer;

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
  // Until the end of the request, or while it waits for its idempotency key.
  void keep_reply(const Reply& reply) {
    const std::scoped_lock hold(mutex_);
    reply_ = reply;
  }
  [[nodiscard]] Reply reply() const {
    const std::scoped_lock hold(mutex_);
    return reply_;
  }
  [[nodiscard]] Reply take_reply() {
    const std::scoped_lock hold(mutex_);
    return std::exchange(reply_, nullptr);
  }

  // While it is pending. From here on it may be woken.
  void wait_until(Moment deadline) {
    const std::scoped_lock hold(mutex_);
    turn_ = Turn::working;
    deadline_ = deadline;
  }
  // Something may have come. A reply: the caller has a worker go on with the work.
  [[nodiscard]] Reply wake() {
    const std::scoped_lock hold(mutex_);
    return woken();
  }
  [[nodiscard]] Reply wake_when_due(Moment now) {
    const std::scoped_lock hold(mutex_);
    if (now < deadline_) return nullptr;
    ticked_ = now;
    return woken();
  }
  // It is to end with what there is.
  [[nodiscard]] Reply hurry() {
    const std::scoped_lock hold(mutex_);
    ticked_ = Moment::max();
    return woken();
  }
  // Of the worker: what time it is. The end of all times: it is to end with what there is.
  [[nodiscard]] Moment now() const {
    const std::scoped_lock hold(mutex_);
    return std::max(std::chrono::steady_clock::now(), ticked_);
  }
  // Of the worker that found nothing: whether it may leave, since nothing woke it meanwhile.
  [[nodiscard]] bool rest(Moment deadline) {
    const std::scoped_lock hold(mutex_);
    deadline_ = deadline;
    if (std::exchange(woken_, false)) return false;
    turn_ = Turn::waiting;
    return true;
  }
  void wait_no_more() {
    const std::scoped_lock hold(mutex_);
    turn_ = Turn::none;
    deadline_ = Moment::max();
  }

 private:
  enum class Turn { none, working, waiting };

  Reply woken() {
    if (turn_ == Turn::working) woken_ = true;
    if (turn_ != Turn::waiting) return nullptr;
    turn_ = Turn::working;
    return reply_;
  }

  mutable std::mutex mutex_;
  bool given_up_ = false;
  std::function<void()> interrupt_;
  Reply reply_;
  Turn turn_ = Turn::none;
  bool woken_ = false;
  Moment deadline_ = Moment::max();
  Moment ticked_ = Moment::min();
};

// What a worker does with a request: where it throws, the request ends.
class OperationRunner::Ending {
 public:
  Ending(OperationRunner& runner, const std::shared_ptr<Work>& work) : runner_(runner), work_(work) {}
  Ending(const Ending&) = delete;
  Ending& operator=(const Ending&) = delete;
  ~Ending() {
    if (std::uncaught_exceptions() > before_) runner_.end(work_);
  }

 private:
  OperationRunner& runner_;
  const std::shared_ptr<Work>& work_;
  const int before_ = std::uncaught_exceptions();
};

// Over the wire goes what the command line will put into its own words.
Error OperationRunner::worded(const Rendering& rendering, const Operation& operation, const Error& error) {
  if (rendering.format.media == Media::wire) return error;
  return in_words_of(Face::http, error, &operation);
}

void OperationRunner::put_in_words(const Work& work, Output& output) {
  if (work.rendering.format.media != Media::wire) put_in_words_of(Face::http, output, work.operation);
}

OperationRunner::OperationRunner(Parts& parts, const Host& host, Access& access, EventHub& events, Log log)
    : parts_(parts),
      host_(host),
      idempotent_writes_(host.store),
      access_(access),
      events_(events),
      log_(std::move(log)),
      epoch_(std::to_string(std::chrono::system_clock::now().time_since_epoch().count())),
      waits_(bounds_of(Waits::waiting, parts.config().limits.waits_per_caller, parts.config().limits.waits)),
      streams_(bounds_of(Waits::streaming, parts.config().limits.streams_per_caller, parts.config().limits.streams)) {}

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
  auto args = parse_args(operation, std::move(*raw));
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
  work->local = request.peer().local;
  work->caller.callback_base = [base = call.public_url]() -> Result<std::string> { return base; };
  if (operation.shape.page != 0 && media == Media::json) work->caller.most_page_bytes = most_bytes_in_page;
  // Over the socket file a command waits as it would on its own; over HTTP only as long as it was asked to.
  if (!wire) work->caller.preferred_wait_ms = preferred_wait_s(request).value_or(0) * 1000;

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
  const auto refuse = [&](const Error& error) -> Outcome {
    return {.now = answer_of_error(worded(work->rendering, operation, error), name, work->instance, work->rendering)};
  };
  if (work->args.has("idempotency-key"))
    if (const auto taken = take_idempotency_key(*work, request); !taken) return refuse(taken.error());
  // Whoever may wait has a place before anything begins: what was begun is not refused any more.
  if (work->key || work->caller.preferred_wait_ms.value_or(1) > 0) {
    auto place = waits_.enter(work->caller, request.peer().local);
    if (!place) return refuse(place.error());
    work->place = std::move(*place);
  }
  return run_on_worker(work);
}

Outcome OperationRunner::run_on_worker(const std::shared_ptr<Work>& work) {
  work->caller.on_interrupt = [weak = std::weak_ptr(work)](std::function<void()> what) {
    if (const auto alive = weak.lock()) alive->on_interrupt(std::move(what));
  };
  return {.later =
              [this, work](const Reply& reply) {
                if (work->key)
                  run_once(work, reply);
                else
                  carry_out(work, reply);
              },
          .give_up =
              [this, work] {
                if (!stop_waiting_for_key(work)) work->give_up();
              },
          .tick =
              [this, work, until = std::chrono::steady_clock::now() + max_idempotency_wait](Moment now) {
                if (now >= until) static_cast<void>(stop_waiting_for_key(work));
                go_on_by(work->wake_when_due(now), work);
              }};
}

Result<Output> OperationRunner::perform_for(Work& work) {
  auto output = begin(*work.operation, parts_, work.caller, work.args);
  // What keys lead to, and who may do what, may be another now.
  if (work.operation->scope != Scope::read) forget();
  return output;
}

void OperationRunner::carry_out(const std::shared_ptr<Work>& work, const Reply& reply) {
  const Ending ending(*this, work);
  work->keep_reply(reply);
  work->response.emplace(work->rendering, reply,
                         [this, mine = work.get()](bool in_parts) { return admit(*mine, in_parts); });
  work->caller.progress = work->response->progress();
  auto output = perform_for(*work);
  if (!output || !output->pending) return finish(work, std::move(output));
  work->pending = std::move(output->pending);
  waits(work, true);
  work->wait_until(work->pending->deadline());
  work->pending->start([this, weak = std::weak_ptr(work)] {
    if (const auto alive = weak.lock()) go_on_by(alive->wake(), alive);
  });
  work->on_interrupt([pending = work->pending] { pending->cancel(); });
  if (ending_) static_cast<void>(work->hurry());
  go_on(work);
}

Result<StreamingResponse::Admitted> OperationRunner::admit(const Work& work, bool in_parts) {
  StreamingResponse::Admitted out;
  if (work.local) return out;  // the owner's own commands
  TENTO_TRY_ASSIGN(out.place, (in_parts ? streams_ : streams_with_worker_).enter(work.caller, false));
  if (!work.caller.principal.token.empty())
    out.still_allowed = [&access = access_, principal = work.caller.principal] {
      return access.still_holds(principal).has_value();
    };
  return out;
}

void OperationRunner::go_on_by(const Reply& reply, const std::shared_ptr<Work>& work) {
  if (reply) reply.on_worker([this, work] { go_on(work); });
}

void OperationRunner::go_on(const std::shared_ptr<Work>& work) {
  const Ending ending(*this, work);
  for (;;) {
    const auto now = work->now();
    // It goes on without the caller, who is told so.
    if (now == Moment::max() && !work->caller.preferred_wait_ms) work->caller.preferred_wait_ms = 0;
    if (auto output = work->pending->resume(now)) {
      work->on_interrupt(nullptr);
      return finish(work, std::move(*output));
    }
    if (work->rest(work->pending->deadline())) return;
  }
}

void OperationRunner::finish(const std::shared_ptr<Work>& work, Result<Output> output) {
  auto& response = *work->response;
  // Refused before the provider was asked, or by the state of things: another try is no second execution.
  work->retryable = !output && output.error().error_class != ErrorClass::provider;
  if (output) {
    put_in_words(*work, *output);
    if (auto unchanged = learn_tags(work->rendering, *output, epoch_))
      response.send(std::move(*unchanged));
    else
      return begin_writing(work, std::move(*output));
  } else {
    response.error(worded(work->rendering, *work->operation, output.error()), work->operation->name(), work->instance);
  }
  end(work);
}

void OperationRunner::begin_writing(const std::shared_ptr<Work>& work, Output output) {
  work->output = std::move(output);
  if (work->output.parts) work->response->comes_in_parts();
  work->writer = writer_of(work->output, *work->operation, work->rendering,
                           [mine = work.get()](std::string_view piece) { return mine->response->write(piece); });
  write(work, false);
}

void OperationRunner::write(const std::shared_ptr<Work>& work, bool has_turn) {
  const Ending ending(*this, work);
  auto& response = *work->response;
  const auto later = [this, work, reply = work->reply()](bool with_turn) {
    reply.on_worker([this, work, with_turn] { write(work, with_turn); });
  };
  // The owner's own commands wait for no turn; what does not come in parts waits for its reader while it is made.
  const bool in_turns = work->output.parts && !work->local;
  const auto& token = work->caller.principal.token;
  const std::string whose = token.empty() ? work->caller.actor.name : token;
  for (;; has_turn = false) {
    if (in_turns && !has_turn && !part_turns_.enter(whose, [later] { later(true); })) return;
    const std::shared_ptr<void> turn(nullptr, [&](void*) {
      if (in_turns) part_turns_.leave(whose);
    });
    const auto more = work->writer->next();
    if (!more) {
      response.error(worded(work->rendering, *work->operation, more.error()), work->operation->name(), work->instance);
      break;
    }
    if (!*more) {
      response.finish(status_of(work->output));
      break;
    }
    if (!response.has_room_or([later] { later(false); })) return;
  }
  end(work);
}

// Nothing of it waits or is held any more; what was not answered by now breaks off.
void OperationRunner::end(const std::shared_ptr<Work>& work) {
  if (std::exchange(work->ended, true)) return;
  work->wait_no_more();
  work->on_interrupt(nullptr);
  work->pending = nullptr;
  waits(work, false);
  work->place = nullptr;
  work->caller.progress = nullptr;
  work->writer.reset();
  work->output = {};
  work->response.reset();
  static_cast<void>(work->take_reply());
  if (work->key) leave_key(*work->key);
}

void OperationRunner::waits(const std::shared_ptr<Work>& work, bool yes) {
  const std::scoped_lock hold(mutex_);
  if (yes)
    waiting_.insert(work);
  else
    waiting_.erase(work);
}

void OperationRunner::drain() {
  ending_ = true;
  std::vector<std::shared_ptr<Work>> all;
  {
    const std::scoped_lock hold(mutex_);
    all.assign(waiting_.begin(), waiting_.end());
  }
  for (const auto& work : all)
    if (!stop_waiting_for_key(work)) go_on_by(work->hurry(), work);
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
  wipe(whole);
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
    waits(work, false);
    reply(problem(error, work->operation->name(), work->instance));
  };
  work->keep_reply(reply);
  waits(work, true);
  // Whoever leaves has a worker go on with the next: mostly it is given the answer that is there now.
  const auto next = [this, work] {
    const auto mine = work->take_reply();
    waits(work, false);
    mine.on_worker([this, work, mine] { run_with_key(work, mine); });
  };
  switch (queue_.enter(*work->key, work->request_hash, work.get(), next)) {
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
  waits(work, false);
  run_with_key(work, work->take_reply());
}

void OperationRunner::run_with_key(const std::shared_ptr<Work>& work, const Reply& reply) {
  if (auto known = begin_idempotent(*work)) {
    reply(std::move(*known));
    return leave_key(*work->key);
  }
  carry_out(work, reply.through([this, work, reply](Answer answer) {
    complete_idempotent(*work, answer);
    reply(std::move(answer));
  }));
}

void OperationRunner::leave_key(const IdempotencyKey& key) {
  if (const auto next = queue_.leave(key)) next();
}

// A request that only waits for its key is answered at once; what another does for the key goes on.
bool OperationRunner::stop_waiting_for_key(const std::shared_ptr<Work>& work) {
  if (!work->key || !queue_.withdraw(*work->key, work.get())) return false;
  waits(work, false);
  work->take_reply()(problem(idempotency_busy(), work->operation->name(), work->instance));
  return true;
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
