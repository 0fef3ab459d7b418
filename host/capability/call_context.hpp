// SPDX-License-Identifier: Apache-2.0
// One call as the host knows it: what it has authority for, how far it got, and when it is over.
#pragma once

#include <tento/connector.h>

#include <atomic>
#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include <tento/sdk/result.hpp>

#include "host/capability/call_control.hpp"
#include "host/capability/cell_intake.hpp"
#include "host/capability/http_bodies.hpp"
#include "host/model/account.hpp"
#include "host/model/moments.hpp"
#include "host/model/row.hpp"
#include "host/model/scope.hpp"
#include "host/model/user.hpp"
#include "host/schema/route_table.hpp"
#include "host/store/job_store.hpp"
#include "host/store/staged_cells.hpp"

namespace tento::host {

struct ActorInfo {
  tento_actor_kind kind = TENTO_ACTOR_USER;
  Uuid id;
  std::string name;
  Scopes scopes = {};  // of a token; guards may ask for one
};

// What a call is for. The pointers live as long as `keep`.
struct CallSubject {
  std::shared_ptr<const void> keep;
  const RouteTable* table = nullptr;               // the one the call was resolved in
  const Route* route = nullptr;                    // null for a call on an integration alone
  const tento_integration* integration = nullptr;  // never null
  const UserRecord* owner = nullptr;               // never null
  const AccountRecord* account = nullptr;          // null for an integration without account
  const RowRecord* row = nullptr;                  // null without a route
  std::string_view staged_secret;                  // of a provisional account
};

using ProgressFunction = std::function<void(std::uint64_t done, std::uint64_t total, std::string_view text)>;

// A transaction that a provider has open: what was put into it, and what its commit is to replace.
struct OpenTxn {
  explicit OpenTxn(std::string staging_folder) : cells(std::move(staging_folder)) {}
  StagedCells cells;
  std::optional<Moments> replace;
};

// What the latest request of a call heard, for whoever reads the error that the call ends with.
enum class HttpWord {
  none,      // there was none
  budget,    // the host itself did not let it go
  answered,  // the service answered, and said nothing of waiting
  wait,      // the service answered, and its headers say how long to wait
};

class Credential;
class Reach;
struct HeldUses;
// What requests of a call carry, for as long as it may be taken for current; wiped with its last holder.
struct HeldCredential {
  std::shared_ptr<const Credential> credential;
  std::uint64_t generation = 0;
  std::int64_t expires_us = INT64_MAX;
  std::int64_t read_at_ms = 0;  // of the HTTP service's clock
};

// The host's side of a call. Everybody who has to do with the call shares it through a CallRef; it serves one call
// after the other, since making a new one costs more than a short call does.
class CallContext {
 public:
  CallContext() = default;
  ~CallContext();
  CallContext(const CallContext&) = delete;
  CallContext& operator=(const CallContext&) = delete;

  // For the port alone, and only while nobody else holds it. `shared` may be null.
  void arm(CallSubject&& for_what, const ActorInfo& by_whom, std::int64_t until_ns,
           std::shared_ptr<CallControl>&& shared);
  // Lets go of what the call was for, once nobody holds it any more.
  void disarm();

  // What stays the same from `arm` on.
  CallSubject subject;
  ActorInfo actor;
  std::int64_t deadline_ns = INT64_MAX;
  // What the caller sets before the call begins.
  std::int64_t run_id = 0;
  std::optional<Lease> lease;  // of the job that it is for: what it writes lands only as long as that holds
  ProgressFunction progress;

  // Whether nothing of it may land any more.
  [[nodiscard]] bool stopped() const;
  // What `check` answers.
  [[nodiscard]] tento_check check() const noexcept;
  // The host itself wants it to end.
  void cancel() noexcept { cancelled_.store(true, std::memory_order_relaxed); }
  [[nodiscard]] bool cancelled() const noexcept {
    return cancelled_.load(std::memory_order_relaxed) || control().cancelled();
  }
  // The call gives a sign of life.
  void moved() noexcept {
    if (auto& moved = control_.load(std::memory_order_relaxed)->moved; !moved.load(std::memory_order_relaxed))
      moved.store(true, std::memory_order_relaxed);
  }
  // The deadline was seen to have passed.
  void expire() noexcept { expired_.store(true, std::memory_order_relaxed); }
  // From the return of this on nothing of the call lands: waits for the write that is under way, drops the open
  // transaction. Any thread, any number of times.
  void close();
  // The slot returned: closes, and gives back what only the slot could use (buffers, secrets, lent clients, bodies).
  // `alone` says that nobody else holds the call, so that the gate has nobody to keep out.
  void finish(bool alone);

  // Answers of HTTP requests; ends with the slot.
  HttpBodies http_bodies;

  // As long as this lives, its thread is inside a sink of the provider's, into which a dep of the call pushes.
  class InSink {
   public:
    explicit InSink(CallContext& context);
    ~InSink();
    InSink(const InSink&) = delete;
    InSink& operator=(const InSink&) = delete;

   private:
    CallContext& context_;
  };
  // Whether this thread is.
  [[nodiscard]] bool in_sink() const;

  // ---- under `gate` only: everything that lands, and everything that `close` has to end
  std::mutex gate;
  bool closed = false;
  // The zone of the account, else of the owner; found when the first cell or span asks.
  Result<const Zone*> zone();
  CellIntake intake;
  std::unique_ptr<OpenTxn> txn;
  std::uint64_t txn_handle = 0;  // of the open transaction, or of the last one
  bool used_txn = false;
  bool committed = false;            // a transaction landed
  std::uint64_t txn_cells = 0;       // put into the open transaction
  std::optional<Error> txn_refused;  // a batch of the open transaction was refused: it cannot be committed any more
  std::uint64_t dropped_cells = 0;   // of the transaction that was aborted last, when none landed after it
  std::optional<Error> refused;      // the first write that did not land: its cells are nowhere
  bool write_stopped = false;        // a batch came after the call's end
  TxnCounts counts;
  // Account data and secrets that slots were given pointers to; secrets are wiped when the call ends.
  struct HeldAccount {
    AccountRecord record;
    tento_account abi{};
  };
  std::list<HeldAccount> accounts;
  std::list<std::string> secrets;
  std::optional<HeldCredential> http_credential;
  std::shared_ptr<const Reach> http_reach;     // of the call's integration, made by its first request
  std::shared_ptr<const HeldUses> http_uses;   // of its latest request
  HttpWord http_word = HttpWord::none;         // what became of that request
  std::vector<std::shared_ptr<void>> clients;  // lent by tento.api-context/1

 private:
  [[nodiscard]] const CallControl& control() const noexcept { return *control_.load(std::memory_order_relaxed); }

  CallControl own_control_;  // of a call that came without one
  // Kept until the context serves another call, so that a late `check` reads memory that is there.
  std::shared_ptr<CallControl> shared_control_;
  std::atomic<CallControl*> control_{&own_control_};
  std::atomic<bool> expired_{false};
  std::atomic<bool> cancelled_{false};
  std::optional<Zone> zone_;
  std::atomic<std::size_t> sinks_{0};  // how many threads there are in `threads_in_sinks_`, which is rarely looked at
  mutable std::mutex sinks_lock_;
  std::vector<std::thread::id> threads_in_sinks_;
};

// The ABI's view of an account. Views into the records.
void fill_account(tento_account& out, const AccountRecord& account, const UserRecord& owner);
// The zone of the account, else of the owner.
[[nodiscard]] const std::string& zone_of(const UserRecord& owner, const AccountRecord* account);
// CLOCK_MONOTONIC, as deadlines are measured.
[[nodiscard]] std::int64_t monotonic_ns() noexcept;

}  // namespace tento::host
