// SPDX-License-Identifier: Apache-2.0
// Runs operations for requests: arguments in, an answer out, on the connection's thread where the operation is quick,
// else on a worker.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_set>

#include "host/access/access.hpp"
#include "host/base/log.hpp"
#include "host/operations/context.hpp"
#include "host/server/exchange.hpp"
#include "host/server/idempotency.hpp"
#include "host/server/part_turns.hpp"
#include "host/server/render.hpp"
#include "host/server/route.hpp"
#include "host/server/waits.hpp"
#include "host/services/idempotent_writes.hpp"

namespace tento::host::server {

class OperationRunner {
 public:
  // What it is given outlives it.
  OperationRunner(Parts& parts, const Host& host, Access& access, EventHub& events, Log log);
  OperationRunner(const OperationRunner&) = delete;
  OperationRunner& operator=(const OperationRunner&) = delete;

  Outcome run(RouteCall& call);
  // What waits, now or from now on, is answered with what there is.
  void drain();

 private:
  struct Work;  // one operation that a worker does
  class Ending;

  static Error worded(const Rendering& rendering, const Operation& operation, const Error& error);
  static void put_in_words(const Work& work, Output& output);
  // The user whose rows a caller means; null where there is none. Lives at least as long as the caller.
  std::shared_ptr<const UserRecord> user_of(const Caller& caller);
  // The owner that the configuration names, remembered.
  Result<std::shared_ptr<const UserRecord>> configured_owner();
  Outcome run_on_worker(const std::shared_ptr<Work>& work);
  Result<Output> perform_for(Work& work);
  void carry_out(const std::shared_ptr<Work>& work, const Reply& reply);
  // What is pending goes on by a worker, which the reply has; an empty one: there is nothing to do.
  void go_on_by(const Reply& reply, const std::shared_ptr<Work>& work);
  void go_on(const std::shared_ptr<Work>& work);
  void finish(const std::shared_ptr<Work>& work, Result<Output> output);
  void begin_writing(const std::shared_ptr<Work>& work, Output output);
  // Part after part of the answer, as far as its reader takes them.
  void write(const std::shared_ptr<Work>& work, bool has_turn);
  Result<StreamingResponse::Admitted> admit(const Work& work, bool in_parts);
  void end(const std::shared_ptr<Work>& work);
  void waits(const std::shared_ptr<Work>& work, bool yes);
  // Accounts, users or zones may have changed.
  void forget();
  // Writes that carry an idempotency key.
  Result<void> take_idempotency_key(Work& work, const Request& request);
  void run_once(const std::shared_ptr<Work>& work, const Reply& reply);
  void run_with_key(const std::shared_ptr<Work>& work, const Reply& reply);
  void leave_key(const IdempotencyKey& key);
  bool stop_waiting_for_key(const std::shared_ptr<Work>& work);  // false: it does not wait for one
  std::optional<Answer> begin_idempotent(const Work& work);      // nothing: the key is this request's
  void complete_idempotent(const Work& work, const Answer& answer);

  Parts& parts_;
  const Host& host_;
  IdempotentWrites idempotent_writes_;
  Access& access_;
  EventHub& events_;
  Log log_;
  const std::string epoch_;  // entity tags of another run of the host are not ours
  IdempotencyQueue queue_;
  Waits waits_;
  Waits streams_;
  PartTurns part_turns_;
  Waits streams_with_worker_{Waits::streaming_with_worker};
  std::atomic<bool> ending_{false};
  std::mutex mutex_;  // guards what follows
  std::shared_ptr<const UserRecord> owner_;
  std::unordered_set<std::shared_ptr<Work>> waiting_;
};

}  // namespace tento::host::server
