// SPDX-License-Identifier: Apache-2.0
// What every provider call goes through: a worker that owns the call's frame, and a caller that may give up on it.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "host/base/workers.hpp"
#include "host/dispatch/clients.hpp"
#include "host/dispatch/dispatcher.hpp"
#include "host/dispatch/slot_call.hpp"
#include "host/dispatch/timers.hpp"

namespace tento::host {

// One provider, as long as the dispatcher knows it.
struct ProviderEntry {
  ProviderEntry(std::shared_ptr<Provider> provider, std::shared_ptr<const DepsEnv> env)
      : port(std::move(provider), std::move(env)) {}
  ProviderPort port;
  Clients clients;
  std::atomic<std::size_t> running{0};    // calls in the provider, abandoned ones too
  std::atomic<std::size_t> abandoned{0};  // of those, how many nobody waits for
  std::atomic<bool> quarantined{false};
  bool destroyed = false;
};

// A call in flight, shared by its caller and its worker; whoever comes last frees it.
struct InFlightCall {
  std::shared_ptr<ProviderEntry> provider;
  CallRef context;
  std::string what;  // `sync of :~a:b`, for messages

  std::mutex mutex;
  std::condition_variable changed;
  bool begun = false;      // a thread entered the provider
  bool done = false;       // the slot returned; `result` is there
  bool abandoned = false;  // the caller went
  Result<void> result;
  // Set once it is under way: it was cancelled, or the host ends. Quick; whoever waits for it looks then.
  std::function<void()> stop;

  // ---- handing batches to the caller: the worker waits until the caller took one
  std::span<const CellInput> batch;
  bool has_batch = false;
  bool enough = false;  // the caller wants no more

  // False: the caller went before a thread was free.
  bool begin() {
    const std::lock_guard lock(mutex);
    begun = !abandoned;
    return begun;
  }
};
using InFlightPtr = std::shared_ptr<InFlightCall>;

// What runs on the worker. It owns what it captures; `slot` is the call.
using Body = std::function<Result<void>(InFlightCall& in_flight, CallSlot& slot)>;
// Takes a batch on the caller's thread; false = enough.
using TakeBatch = std::function<bool(std::span<const CellInput>)>;
// Gets the call's context before the call begins: for those who want to know afterwards what landed.
using TakeContext = std::function<void(const CallRef&)>;

class Core : public std::enable_shared_from_this<Core> {
 public:
  static std::shared_ptr<Core> make(Store& store, DepsRegistry& registry, DispatcherOptions options);

  // Runs the body on a worker and waits for it, at most until the deadline; or on the caller's own thread, see
  // CallOptions::on_given_up. After an error nothing of the call lands.
  Result<void> run(const std::shared_ptr<Provider>& provider, CallSubject subject, std::string what,
                   const CallOptions& options, Body body, const TakeBatch& take = {}, const TakeContext& made = {});
  [[nodiscard]] std::shared_ptr<ProviderEntry> state_of(const std::shared_ptr<Provider>& provider);
  // Lets go of clients on a worker, since their slot may take its time.
  void release_later(std::list<ClientPtr> clients);
  // Of all providers but these.
  void release_clients_of_others(const std::set<const Provider*>& serving);
  bool shutdown(std::int64_t deadline_ms);
  // 403 unless every guard of the route for this verb holds.
  Result<void> check_guards(const Target& target, std::uint32_t verb, const ActorInfo& actor) const;

  Store& store;
  const DispatcherOptions options;
  std::shared_ptr<DepsEnv> env;

 private:
  Core(Store& cells, DispatcherOptions chosen);
  // On the worker.
  static Result<void> nothing_lost(InFlightCall& in_flight);
  void execute(const InFlightPtr& in_flight, const Body& body);
  Result<void> run_on_worker(const InFlightPtr& in_flight, Body body, const TakeBatch& take);
  Result<void> run_here(const InFlightPtr& in_flight, const Body& body,
                        const std::function<void(const Error&)>& on_given_up);
  // On the caller's thread.
  Result<void> wait(const InFlightPtr& in_flight, const TakeBatch& take);
  // On the timers' thread: the call that runs on its caller's thread did not come back.
  void give_up(const InFlightPtr& in_flight, const std::function<void(const Error&)>& on_given_up);
  void abandon(InFlightCall& in_flight);
  // What a call that came back means for its caller; under its mutex.
  Result<void> verdict(const InFlightCall& in_flight, bool cancelled) const;
  Error deadline_error(const InFlightCall& in_flight) const;
  void forget(const InFlightPtr& in_flight);

  Workers workers_;
  std::mutex mutex_;
  std::unordered_map<const Provider*, std::shared_ptr<ProviderEntry>> providers_;
  std::atomic<bool> stopping_{false};
  std::mutex in_flight_mutex_;
  std::condition_variable returned_;
  std::unordered_set<InFlightPtr> in_flight_;  // calls that are in a provider, or about to be
  Timers timers_;                              // the deadlines of calls that run on their callers' threads
};

}  // namespace tento::host
