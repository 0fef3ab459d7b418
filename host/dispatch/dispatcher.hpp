// SPDX-License-Identifier: Apache-2.0
// A resolved key and a verb -> a provider call on a worker, with a deadline, a cancel, and whatever the plugin does
// wrong turned into a typed error.
#pragma once

#include <tento/connector.h>

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <tento/sdk/result.hpp>
#include <tento/sdk/time.hpp>

#include "host/base/log.hpp"
#include "host/capability/call_context.hpp"
#include "host/capability/deps_registry.hpp"
#include "host/schema/route_table.hpp"
#include "host/store/store.hpp"

namespace tento::host {

// Whether a row is served, or only what is stored of it can be read.
enum class RowState {
  active,
  disconnected,  // its account was disconnected and its data kept
  no_provider,   // no loaded provider has its pattern
};
[[nodiscard]] std::string_view to_string(RowState state);

// A key, resolved: route, params, owner, account, the row's record.
struct Target {
  std::shared_ptr<const RouteTable> table;         // keeps the route alive
  std::shared_ptr<const Route> stored_route = {};  // the same, of a row without a provider
  RouteMatch match;
  UserRecord owner;
  std::optional<AccountRecord> account;
  RowRecord row;
  RowState state = RowState::active;
  [[nodiscard]] const std::string& zone() const;  // account's, else owner's
  // Whether its cells are in the store; others are made from runs, or by the provider, when they are read.
  [[nodiscard]] bool has_stored_cells() const;
  [[nodiscard]] std::int64_t stale_after_s() const;  // 0 = never
};

struct SyncOutcome;

struct CallOptions {
  ActorInfo actor;
  std::int64_t deadline_ms = 30'000;                                                             // 0 = none
  std::shared_ptr<CallControl> control;                                                          // may be null
  std::function<void(std::uint64_t done, std::uint64_t total, std::string_view text)> progress;  // may be empty
  std::int64_t run_id = 0;
  std::optional<Lease> lease;     // of the job that it is made for: what it writes lands only as long as that holds
  SyncOutcome* landed = nullptr;  // of a sync: filled before it returns, also when it failed or was stopped
  // Set: the call runs on its caller's own thread. Should the provider not come back in time, the call is given up:
  // this is called with its error, on another thread, to go on in the caller's place. The caller's thread stays in the
  // provider until that lets it go; then it gets `given_up_tag` and has nothing more to do. Calls of `sync` and
  // `stage_range` alone.
  std::function<void(const Error&)> on_given_up;
};
inline constexpr std::string_view given_up_tag = "given_up";

// Of a call that computes something from the row alone.
[[nodiscard]] CallOptions pure_call_options();

struct SyncOutcome {
  bool more = false;
  std::uint64_t seen = 0;
  std::uint64_t skipped = 0;  // records that the provider kept out
  std::string skipped_note;   // which ones and why: one line, checked
  TxnCounts counts;           // what landed, as the host counted
  bool used_txn = false;      // a transaction was begun: coverage is the provider's business
};

struct WriteRequest {
  std::uint32_t verb = 0;
  std::string cell_id;
  std::optional<SemanticTime> cell_date;
  std::string body;
  std::string idempotency_key;
  std::string expected;
};
struct WriteOutcome {
  TxnCounts counts;
  std::vector<std::string> cells_json;  // what was stored, as JSON objects {id,date,end_date,data}
  bool accepted_only = false;           // nothing put: the host syncs
};

struct AccountCheck {
  std::string auth_id;  // empty = none pushed
  std::string label;
};
struct DiscoveredRow {
  std::string lookup_key;
  std::string pattern;
  std::string label;
  std::string attributes_json;
};

class Credentials;
class HttpService;

struct DispatcherOptions {
  std::size_t max_workers = 64;
  std::size_t worker_stack_kib = 256;
  std::size_t abandoned_limit = 4;  // abandoned calls that quarantine a provider
  std::string debugged;             // provider whose calls have no deadline, or `all`; empty = none
  Log log;
  std::function<void(const Provider& provider, const Rejection&)> on_quarantine;
  // For whoever counts: a call ended as `ok`, `failed`, `stopped`, or `abandoned` with the provider still in it; and
  // what a write changed.
  std::function<void(const std::string& provider, std::string_view outcome)> on_call;
  std::function<void(const std::string& provider, const TxnCounts& counts)> on_written;
  // Whether a guard holds; empty = `operator` holds for everybody but tokens that may not operate, any other for
  // nobody.
  std::function<bool(std::string_view guard, const UserRecord& owner, const ActorInfo& actor)> guard;
  std::function<std::int64_t()> now_unix_us;  // empty = the system's clock
  std::shared_ptr<HttpService> http;          // null = one with its defaults
  std::shared_ptr<Credentials> credentials;   // null = no account can be used
};

// From keys to rows: what reads the store and the route table alone, and runs no code of a provider.
class RowResolver {
 public:
  virtual ~RowResolver() = default;
  // The row that a key means: `:~a:b:c`, `[user@host]:~a:b:c`, `r_<32 hex>`, or a key without its account where there
  // is only one. Verb 0 = any. Writes nothing: the record of a row that is not stored yet is made of what its key and
  // its route say, and its created_us is 0. For GET alone also a stored row that is not served any more, see RowState.
  virtual Result<Target> resolve(const UserRecord& owner, std::string_view key, std::uint32_t verb) = 0;
  // 403 unless every guard of the row (and of the row whose log it is) holds for this verb. Every call of RowCalls that
  // touches data asks it itself; a face asks before it tells anything else of the row.
  virtual Result<void> check_guards(const Target& target, std::uint32_t verb, const ActorInfo& actor) = 0;
  // The routes that keys lead to now.
  [[nodiscard]] virtual std::shared_ptr<const RouteTable> table() const = 0;
};

// What a provider is asked about a resolved row.
class RowCalls {
 public:
  virtual ~RowCalls() = default;
  // Stores the record of a resolved row, with the attributes that its provider gives it. What is stored already stays
  // as it is. Whatever writes to a row calls this first; sync() and write() do so themselves.
  virtual Result<void> store_row(Target& target) = 0;
  virtual Result<SyncOutcome> sync(const Target& target, std::string_view stage, const Span& window,
                                   const CallOptions& options) = 0;
  // Synced rows: what is stored; logs: the runs; computed rows: cells as the provider pushes them, checked. The visitor
  // runs on the caller's thread.
  virtual Result<void> list_cells(const Target& target, const Span& window, std::uint64_t limit,
                                  const CallOptions& options, const CellVisitor& visit) = 0;
  virtual Result<WriteOutcome> write(const Target& target, const WriteRequest& request, const CallOptions& options) = 0;
  // ---- what a provider says of a row, as it says it: sync/topology gives it its meaning
  // Nothing where it has no such slot; empty where it names none.
  virtual Result<std::optional<std::string>> alias_name(const Target& target) = 0;
  virtual Result<std::optional<std::string>> lock_name(const Target& target, std::string_view stage) = 0;
  // `proposed` where it has no window of its own.
  virtual Result<Span> stage_range(const Target& target, std::string_view stage, Date today, const Span& proposed,
                                   const CallOptions& options = pure_call_options()) = 0;
};

// What a provider is asked about an account.
class AccountCalls {
 public:
  virtual ~AccountCalls() = default;
  virtual Result<AccountCheck> check_account(const Route& any_route_of_integration, const UserRecord& owner,
                                             const AccountRecord& provisional, std::string_view secret,
                                             const CallOptions& options) = 0;
  virtual Result<std::vector<DiscoveredRow>> discover(const Route& any_route_of_integration, const UserRecord& owner,
                                                      const AccountRecord& account, const CallOptions& options) = 0;
  // Clients of an account are released (settings or credential changed, or disconnected).
  virtual void forget_account(const Uuid& owner, std::string_view provider, std::string_view auth_id) = 0;
};

// All of it, for whoever makes it, feeds it and ends it, and for those who need more than one part.
class Dispatcher : public RowResolver, public RowCalls, public AccountCalls {
 public:
  // Publishes a table; calls under way keep the old one. Step 11. Clients of providers that have no route any more are
  // released as soon as no call uses them; the providers stay until shutdown().
  virtual void publish(std::shared_ptr<const RouteTable> table) = 0;
  // Cancels everything, waits up to the deadline, releases clients, destroys providers. True when all came back.
  virtual bool shutdown(std::int64_t deadline_ms) = 0;
};

// `registry` holds the embedder's own interfaces; the standard ones are the dispatcher's.
std::unique_ptr<Dispatcher> make_dispatcher(Store& store, DepsRegistry& registry, DispatcherOptions options);

}  // namespace tento::host
