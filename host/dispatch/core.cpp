// SPDX-License-Identifier: Apache-2.0
// Starting a call, waiting for it, giving it up, and ending all of them.
#include "host/dispatch/core.hpp"

#include <algorithm>
#include <utility>

#include "host/base/clock.hpp"
#include "host/base/log.hpp"
#include "host/base/text.hpp"
#include "host/capability/ambient.hpp"
#include "host/capability/limit_reports.hpp"
#include "host/egress/service.hpp"
#include "host/loader/at_work.hpp"
#include "host/loader/descriptors.hpp"

namespace tento::host {
namespace {

using SteadyClock = std::chrono::steady_clock;           // CLOCK_MONOTONIC, as the ABI's deadlines
constexpr std::chrono::milliseconds cancel_grace{2000};  // a provider looks at `check` once a second
constexpr std::chrono::milliseconds enough_grace{1000};
constexpr std::chrono::seconds free_thread_stays{10};
constexpr int provider_nice = 5;  // reads come first where syncs keep the processors busy

SteadyClock::time_point at(std::int64_t monotonic) {
  return monotonic == INT64_MAX ? SteadyClock::time_point::max()
                                : SteadyClock::time_point(std::chrono::nanoseconds(monotonic));
}

std::int64_t deadline_of(std::int64_t deadline_ms) {
  const std::int64_t now = monotonic_ns();
  return deadline_ms <= 0 || deadline_ms > (INT64_MAX - now) / 1'000'000 ? INT64_MAX : now + deadline_ms * 1'000'000;
}

const tento_integration* integration_of(const Provider& provider, std::string_view id) {
  for (const tento_integration* integration : integrations(provider.connector())) {
    if (view(integration->id) == id) return integration;
  }
  return nullptr;
}

std::string_view outcome_of(InFlightCall& in_flight, const Result<void>& result) {
  const std::lock_guard lock(in_flight.mutex);
  if (in_flight.abandoned) return "abandoned";
  if (result) return "ok";
  return result.error().stopped ? "stopped" : "failed";
}

}  // namespace

Core::Core(Store& cells, DispatcherOptions chosen)
    : store(cells),
      options(std::move(chosen)),
      workers_(options.max_workers, options.worker_stack_kib, free_thread_stays, provider_nice) {}

std::shared_ptr<Core> Core::make(Store& store, DepsRegistry& registry, DispatcherOptions options) {
  if (!options.log) options.log = [](LogLevel, const std::string&) {};
  if (!options.now_unix_us) options.now_unix_us = &unix_now_us;
  std::shared_ptr<Core> core(new Core(store, std::move(options)));  // the constructor is private
  core->env = std::make_shared<DepsEnv>();
  core->env->store = &store;
  core->env->registry = &registry;
  core->env->log = core->options.log;
  core->env->now_unix_us = core->options.now_unix_us;
  core->env->http = core->options.http ? core->options.http : std::make_shared<HttpService>(HttpSettings{});
  core->env->credentials = core->options.credentials;
  core->env->client_for = [weak = std::weak_ptr(core)](CallContext& context, const tento_call* call,
                                                       std::string_view id) -> Result<tento_client*> {
    const auto self = weak.lock();
    if (!self) return stopped();
    auto* slot = static_cast<CallSlot*>(const_cast<tento_call*>(call));  // the port made it, as a slot
    ProviderPort& port = *slot->port;
    const tento_integration* integration = integration_of(port.provider(), id);
    if (integration == nullptr) {
      return fail(ErrorCode::not_found, ErrorClass::internal, port.id() + " has no integration " + quote(id),
                  "unknown_integration");
    }
    std::shared_ptr<ProviderEntry> state;
    {
      const std::lock_guard lock(self->mutex_);
      state = self->providers_.at(&port.provider());
    }
    TENTO_TRY_ASSIGN(ClientPtr client, state->clients.get(port, *integration, context, call));
    const std::lock_guard lock(context.gate);
    if (context.closed) return stopped();
    context.clients.push_back(client);
    return client->get();
  };
  return core;
}

std::shared_ptr<ProviderEntry> Core::state_of(const std::shared_ptr<Provider>& provider) {
  const std::lock_guard lock(mutex_);
  auto& state = providers_[provider.get()];
  if (!state) state = std::make_shared<ProviderEntry>(provider, env);
  return state;
}

Result<void> Core::run(const std::shared_ptr<Provider>& provider, CallSubject subject, std::string what,
                       const CallOptions& call_options, Body body, const TakeBatch& take, const TakeContext& made) {
  const auto in_flight = std::make_shared<InFlightCall>();
  in_flight->provider = state_of(provider);
  in_flight->what = std::move(what);
  if (stopping_) {
    return fail(ErrorCode::unspecified, ErrorClass::transient, "the host is shutting down", "shutting_down");
  }
  if (in_flight->provider->quarantined) {
    return fail(ErrorCode::unspecified, ErrorClass::internal,
                in_flight->provider->port.id() +
                    " is quarantined: too many of its calls never came back; restart the host, "
                    "and tell its author",
                "quarantined");
  }
  // Whoever debugs a provider stands still in it for as long as they like.
  const bool debugged = options.debugged == "all" || options.debugged == in_flight->provider->port.id();
  in_flight->context = in_flight->provider->port.begin(std::move(subject), call_options.actor,
                                                       debugged ? INT64_MAX : deadline_of(call_options.deadline_ms),
                                                       call_options.control);
  in_flight->context->run_id = call_options.run_id;
  in_flight->context->lease = call_options.lease;
  in_flight->context->progress = call_options.progress;
  if (made) made(in_flight->context);

  in_flight->provider->running.fetch_add(1);
  {
    const std::lock_guard lock(in_flight_mutex_);
    in_flight_.insert(in_flight);
  }
  // A call that nobody can cancel has no control of its own.
  const auto told_of_cancel = [&in_flight] {
    std::function<void()> stop;
    {
      const std::lock_guard lock(in_flight->mutex);
      stop = in_flight->stop;
    }
    if (stop) stop();
  };
  std::shared_ptr<void> listening;
  if (call_options.control) listening = call_options.control->on_cancel(told_of_cancel);
  if (call_options.on_given_up) return run_here(in_flight, body, call_options.on_given_up);
  return run_on_worker(in_flight, std::move(body), take);
}

// Whatever comes of a call, nothing of it lands once its caller has an answer.
struct Closing {
  CallContext& context;
  explicit Closing(CallContext& closed) : context(closed) {}
  ~Closing() { context.close(); }
  Closing(const Closing&) = delete;
  Closing& operator=(const Closing&) = delete;
};

Result<void> Core::run_on_worker(const InFlightPtr& in_flight, Body body, const TakeBatch& take) {
  {
    const std::lock_guard lock(in_flight->mutex);
    in_flight->stop = [weak = std::weak_ptr(in_flight)] {
      const auto stopped_one = weak.lock();
      if (!stopped_one) return;
      const std::lock_guard waking(stopped_one->mutex);
      stopped_one->changed.notify_all();
    };
  }
  auto started =
      workers_.run([self = shared_from_this(), in_flight, body = std::move(body)] { self->execute(in_flight, body); });
  if (!started) {
    ProviderPort::end(in_flight->context);
    forget(in_flight);
    return started;
  }
  const Closing closing(*in_flight->context);
  auto result = wait(in_flight, take);
  if (options.on_call) options.on_call(in_flight->provider->port.id(), outcome_of(*in_flight, result));
  return result;
}

Result<void> Core::run_here(const InFlightPtr& in_flight, const Body& body,
                            const std::function<void(const Error&)>& on_given_up) {
  const auto self = shared_from_this();  // the provider may keep this thread for longer than the dispatcher lives
  CallContext& context = *in_flight->context;
  const auto timer = timers_.at(at(context.deadline_ns), [weak = weak_from_this(), in_flight, on_given_up] {
    if (const auto alive = weak.lock()) alive->give_up(in_flight, on_given_up);
  });
  const auto stop = [this, timer, weak = std::weak_ptr(in_flight)] {
    const auto cancelled_one = weak.lock();
    if (!cancelled_one) return;
    cancelled_one->context->cancel();
    cancelled_one->provider->clients.wake();
    timers_.hasten(timer, SteadyClock::now() + cancel_grace);
  };
  {
    const std::lock_guard lock(in_flight->mutex);
    in_flight->stop = stop;
  }
  if (stopping_ || context.cancelled()) stop();
  execute(in_flight, body);
  timers_.cancel(timer);
  std::unique_lock lock(in_flight->mutex);
  if (in_flight->abandoned)
    return fail(ErrorCode::unspecified, ErrorClass::transient, in_flight->what + " was given up",
                std::string(given_up_tag));
  auto result = verdict(*in_flight, context.cancelled());
  lock.unlock();
  context.close();
  if (options.on_call) options.on_call(in_flight->provider->port.id(), outcome_of(*in_flight, result));
  return result;
}

void Core::give_up(const InFlightPtr& in_flight, const std::function<void(const Error&)>& on_given_up) {
  CallContext& context = *in_flight->context;
  Error error;
  {
    const std::lock_guard lock(in_flight->mutex);
    if (in_flight->done) return;
    const bool cancelled = stopping_ || context.cancelled();
    if (!cancelled) context.expire();
    error = cancelled ? stopped().value() : deadline_error(*in_flight);
    abandon(*in_flight);
  }
  in_flight->provider->clients.wake();
  // Closing waits for a write that is under way, and who goes on in the caller's place may take its time.
  const auto go_on = [self = shared_from_this(), in_flight, on_given_up, error] {
    in_flight->context->close();
    if (self->options.on_call) self->options.on_call(in_flight->provider->port.id(), "abandoned");
    on_given_up(error);
  };
  if (!workers_.run(go_on)) go_on();
}

void Core::forget(const InFlightPtr& in_flight) {
  in_flight->provider->running.fetch_sub(1);
  const std::lock_guard lock(in_flight_mutex_);
  in_flight_.erase(in_flight);
  returned_.notify_all();
}

// A slot said OK. Cells that it wrote and that were refused, or that it left in a transaction, are nowhere: then it is
// not believed, since what was not stored would count as asked for and empty.
Result<void> Core::nothing_lost(InFlightCall& in_flight) {
  CallContext& context = *in_flight.context;
  const ProviderPort& port = in_flight.provider->port;
  Error error;
  {
    const std::lock_guard lock(context.gate);
    const bool never_committed = context.used_txn && !context.committed;
    if (context.write_stopped) return stopped();
    if (!context.refused && !context.txn && context.dropped_cells == 0 && !never_committed) return {};
    if (context.stopped()) return stopped();
    const std::string said_ok = port.id() + " returned OK from " + in_flight.what;
    if (context.refused) {
      error = *context.refused;
      // The provider's own mistake: nobody else can do anything about it.
      if (error.error_class == ErrorClass::provider) error.error_class = ErrorClass::internal;
      error.message = said_ok + " though a write was refused: " + error.message;
      error.tag = "refused_write";
      if (error.remedy.empty()) error.remedy = "tell the provider's author";
    } else {
      error.code = ErrorCode::invalid_data;
      error.error_class = ErrorClass::internal;
      error.tag = "transaction_dropped";
      error.remedy = "tell the provider's author";
      const std::uint64_t lost = context.txn ? context.txn_cells : context.dropped_cells;
      error.message = said_ok + (context.txn ? " with an open transaction" : " after it dropped its transaction") +
                      "; its " + std::to_string(lost) + " cells were not stored. A sync ends with a commit, which " +
                      "may be an empty one";
    }
  }
  port.log(LogLevel::error, error.message);
  return fail(std::move(error));
}

void Core::execute(const InFlightPtr& in_flight, const Body& body) {
  ProviderEntry& provider = *in_flight->provider;
  Result<void> result = stopped();
  // One that waited for a thread until nobody wanted it any more is not begun.
  const bool begins = !in_flight->context->stopped() && in_flight->begin();
  if (begins) {
    try {
      const AtWork at(provider.port.id(), in_flight->what, provider.port.provider().crash_record());
      result = body(*in_flight, *in_flight->context.slot());
    } catch (abi::__forced_unwind&) {
      throw;
    } catch (...) {
      result = fail(exception_error(provider.port, in_flight->what));
    }
    if (result) result = nothing_lost(*in_flight);
    report_limit(provider.port, *in_flight->context, result);
  }
  ProviderPort::end(in_flight->context);
  bool late = false;
  {
    const std::lock_guard lock(in_flight->mutex);
    in_flight->result = std::move(result);
    in_flight->done = true;
    late = in_flight->abandoned && begins;
  }
  in_flight->changed.notify_all();
  if (late) {
    provider.abandoned.fetch_sub(1);
    provider.port.log(LogLevel::warn,
                      in_flight->what + " came back after its caller had gone; what it gave is dropped");
  }
  forget(in_flight);
}

Result<void> Core::wait(const InFlightPtr& in_flight, const TakeBatch& take) {
  CallContext& context = *in_flight->context;
  auto until = at(context.deadline_ns);
  bool cancelled = false, enough = false;
  std::unique_lock lock(in_flight->mutex);
  for (;;) {
    if (in_flight->has_batch) {
      const auto batch = in_flight->batch;
      lock.unlock();
      bool more = false;
      try {
        more = take(batch);
      } catch (...) {
        // The visitor's own failure: the provider must not be left waiting for it.
        lock.lock();
        in_flight->enough = true;
        in_flight->has_batch = false;
        abandon(*in_flight);
        lock.unlock();
        in_flight->changed.notify_all();
        throw;
      }
      lock.lock();
      in_flight->has_batch = false;
      if (!more && !enough) {
        enough = in_flight->enough = true;
        until = std::min(until, SteadyClock::now() + enough_grace);
      }
      in_flight->changed.notify_all();
      continue;
    }
    if (in_flight->done) break;
    const auto now = SteadyClock::now();
    if (!cancelled && (stopping_ || context.cancelled())) {
      cancelled = true;
      context.cancel();
      in_flight->provider->clients.wake();
      until = std::min(until, now + cancel_grace);
    }
    if (now >= until) {
      if (!cancelled && !enough) context.expire();
      in_flight->provider->clients.wake();
      abandon(*in_flight);
      lock.unlock();
      in_flight->changed.notify_all();
      if (enough) return {};
      return cancelled ? Result<void>(stopped()) : Result<void>(fail(deadline_error(*in_flight)));
    }
    if (until == SteadyClock::time_point::max()) {
      in_flight->changed.wait(lock);
    } else {
      in_flight->changed.wait_until(lock, until);
    }
  }
  if (enough && (in_flight->result || in_flight->result.error().stopped)) return {};
  return verdict(*in_flight, cancelled);
}

Result<void> Core::verdict(const InFlightCall& in_flight, bool cancelled) const {
  const CallContext& context = *in_flight.context;
  const auto& result = in_flight.result;
  if (result || !result.error().stopped) return result;
  if (cancelled || context.cancelled()) return stopped();
  if (context.stopped()) return fail(deadline_error(in_flight));
  in_flight.provider->port.log(LogLevel::error,
                               "answered STOPPED from " + in_flight.what + ", which nobody had stopped");
  return fail(ErrorCode::unspecified, ErrorClass::internal,
              in_flight.provider->port.id() + " answered STOPPED from " + in_flight.what + ", which nobody had stopped",
              "stopped_unasked");
}

void Core::abandon(InFlightCall& in_flight) {
  if (in_flight.done) return;
  in_flight.abandoned = true;
  if (!in_flight.begun) return;  // it never will: that all threads are taken says nothing of this provider
  ProviderEntry& provider = *in_flight.provider;
  const std::size_t stuck = provider.abandoned.fetch_add(1) + 1;
  provider.port.log(LogLevel::warn, "did not return from " + in_flight.what + " in time; the call is abandoned (" +
                                        std::to_string(stuck) + " so far)");
  if (stuck < options.abandoned_limit || provider.quarantined.exchange(true)) return;
  const Rejection why{"quarantined", std::to_string(stuck) + " of its calls did not come back by their deadline",
                      "restart the host; if it happens again, remove the provider and tell its author"};
  provider.port.log(LogLevel::error, "is quarantined: " + why.reason);
  if (options.on_quarantine) options.on_quarantine(provider.port.provider(), why);
}

Error Core::deadline_error(const InFlightCall& in_flight) const {
  Error error;
  error.error_class = ErrorClass::transient;
  error.message = in_flight.provider->port.id() + " did not finish " + in_flight.what +
                  " by its deadline; nothing more of it lands";
  error.tag = "deadline_exceeded";
  return error;
}

Result<void> Core::check_guards(const Target& target, std::uint32_t verb, const ActorInfo& actor) const {
  const Route& route = *target.match.route;
  std::vector<tento_guard> all(guards(*route.row).begin(), guards(*route.row).end());
  // The runs of a row tell about its data: who may not read it may not read its log.
  if (route.logs_of != nullptr)
    all.insert(all.end(), guards(*route.logs_of->row).begin(), guards(*route.logs_of->row).end());
  for (const tento_guard& guard : all) {
    if ((guard.verbs & verb) == 0) continue;
    const std::string name(view(guard.name));
    const bool holds = options.guard
                           ? options.guard(name, target.owner, actor)
                           : name == "operator" && (actor.kind != TENTO_ACTOR_TOKEN || actor.scopes.has(Scope::admin));
    if (holds) continue;
    return fail(ErrorCode::forbidden, ErrorClass::config,
                quote(target.row.lookup_key) + " is guarded by " + quote(name) + ", which does not hold for " +
                    (actor.name.empty() ? "this caller" : plain(actor.name, 64)),
                "guard_failed");
  }
  return {};
}

void Core::release_later(std::list<ClientPtr> clients) {
  if (clients.empty()) return;
  auto shared = std::make_shared<std::list<ClientPtr>>(std::move(clients));
  // Without a thread for it they are released here, which is better than never.
  if (!workers_.run([shared] { shared->clear(); })) shared->clear();
}

void Core::release_clients_of_others(const std::set<const Provider*>& serving) {
  std::vector<std::shared_ptr<ProviderEntry>> others;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [provider, state] : providers_)
      if (!serving.contains(provider)) others.push_back(state);
  }
  for (const auto& state : others) release_later(state->clients.take_all());
}

bool Core::shutdown(std::int64_t deadline_ms) {
  stopping_ = true;
  const auto until = SteadyClock::now() + std::chrono::milliseconds(std::max<std::int64_t>(deadline_ms, 0));
  std::vector<InFlightPtr> calls;
  {
    const std::lock_guard lock(in_flight_mutex_);
    calls.assign(in_flight_.begin(), in_flight_.end());
  }
  for (const auto& in_flight : calls) {
    std::function<void()> stop;
    {
      const std::lock_guard lock(in_flight->mutex);
      stop = in_flight->stop;
    }
    if (stop) stop();
  }
  calls.clear();
  {
    std::unique_lock lock(in_flight_mutex_);
    returned_.wait_until(lock, until, [this] { return in_flight_.empty(); });
  }
  workers_.wait_idle(until);
  std::vector<std::shared_ptr<ProviderEntry>> all;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [key, state] : providers_) all.push_back(state);
  }
  for (const auto& state : all) release_later(state->clients.take_all());
  bool everything = workers_.wait_idle(until);
  for (const auto& state : all) {
    if (state->running.load() != 0) {
      everything = false;
      continue;
    }
    if (std::exchange(state->destroyed, true)) continue;
    try {
      state->port.provider().destroy();
    } catch (...) {
      static_cast<void>(exception_error(state->port, "destroy"));
    }
  }
  return everything;
}

}  // namespace tento::host
