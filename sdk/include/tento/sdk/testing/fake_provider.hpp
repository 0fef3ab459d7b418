// SPDX-License-Identifier: Apache-2.0
/// @file fake_provider.hpp
/// Drives a provider's real entries and slots against a FakeHost, key by key, as a host would.
#pragma once

#include <tento/sync_plugin.h>

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "../key.hpp"
#include "../time.hpp"
#include "fake_host.hpp"

namespace tento::testing {

/// The entry points of a provider that is linked into the test.
struct Entries {
  const tento_plugin_api* (*plugin)(std::uint32_t, std::uint32_t) noexcept;  ///< tento_plugin
  const tento_connector_api* (*connector)(tento_provider*) noexcept;         ///< tento_connector
  const tento_sync_api* (*sync_plugin)(tento_provider*) noexcept = nullptr;  ///< tento_sync_plugin; null = none
};

/// How a call goes on.
struct CallPlan {
  std::optional<std::size_t> cancel_after = {};           ///< cancelled after that many checks and dep slots
  std::optional<std::size_t> yield_after = {};            ///< told to yield after that many
  std::optional<std::chrono::milliseconds> timeout = {};  ///< deadline by the fake clock
};

/// What a sync came to.
struct SyncOutcome {
  bool more = false;              ///< it yielded
  std::uint64_t seen = 0;         ///< records seen, as it says
  std::size_t steps = 0;          ///< checks and dep slots it used
  std::uint64_t skipped = 0;      ///< records it kept out; not 0 = a host's run is `partial`
  std::string skipped_note = {};  ///< which ones and why, as it crossed the ABI
};

/// What is written.
struct WriteArgs {
  std::string cell_id = {};                    ///< which cell
  std::optional<SemanticTime> cell_date = {};  ///< which cell, in rows without ids
  std::string body = {};                       ///< JSON
  std::string idempotency_key = {};            ///< may be empty
  /// The version that the writer names, as `--if-version` and `If-Match` do; none = no condition, whatever is stored.
  /// `*` = the cell has to be there: decided by the store, the provider sees no condition.
  std::optional<std::string> expected = {};
};

/// A row that discover pushed.
struct DiscoveredRow {
  std::string key;         ///< canonical
  std::string label;       ///< what people call it
  std::string attributes;  ///< a JSON object, or empty
};

/// What check_account pushed.
struct PushedAccount {
  std::string auth_id;  ///< stable id; empty = none was pushed
  std::string label;    ///< empty = none was pushed
};

/// One instance of a provider. Clients are made once for each account and released at the end, as in a host.
class FakeProvider {
 public:
  /// Negotiates, makes the instance, checks its tables as a host does, and checks that every interface its integrations
  /// need is registered: all problems in one message. `host` must outlive it.
  static Result<std::unique_ptr<FakeProvider>> load(FakeHost& host, Entries entries);
  FakeProvider(const FakeProvider&) = delete;
  FakeProvider& operator=(const FakeProvider&) = delete;
  ~FakeProvider();

  /// Runs one stage of a sync-backed row once. `window` stands in for the host's.
  Result<SyncOutcome> sync(std::string_view key, std::string_view stage, CallPlan plan = {},
                           std::optional<Span> window = {});
  /// Runs every stage in its order, each until it has no more; the records seen.
  Result<std::uint64_t> sync_all(std::string_view key);
  /// GET: the stored cells of a sync-backed row, the computed ones of another.
  Result<std::vector<StoredCell>> get(std::string_view key, const Span& span = {}, CallPlan plan = {});
  /// POST, PATCH or DELETE; what the provider pushed, which is stored too.
  Result<std::vector<StoredCell>> write(std::uint32_t verb, std::string_view key, WriteArgs args, CallPlan plan = {});

  /// The window of a stage: the sync-plugin's, else the host's own.
  Result<Span> window(std::string_view key, std::string_view stage);
  /// The row's attributes; empty = none.
  Result<std::string> attributes(std::string_view key);
  /// The key under which its syncs are shared; empty = none.
  Result<std::string> alias_key(std::string_view key);
  /// The key under which a stage is locked; empty = the row.
  Result<std::string> lock_key(std::string_view key, std::string_view stage);
  /// Tries an account that is not stored.
  Result<PushedAccount> check_account(std::string_view integration_id, FakeAccount account);
  /// The concrete rows of a connected account.
  Result<std::vector<DiscoveredRow>> discover(std::string_view integration_id, std::string_view auth_id);

  /// Every pattern it has.
  [[nodiscard]] std::vector<std::string> patterns() const;
  /// How many clients were made.
  [[nodiscard]] std::size_t clients_made() const noexcept { return clients_.size(); }

 private:
  struct Route {
    const tento_integration* integration;
    const tento_row* row;
    const tento_sync_shape* shape;
    Pattern pattern;
  };
  struct At {
    const Route* route;
    CallOptions options;
  };
  FakeProvider(FakeHost& host, Entries entries) : host_(host), entries_(entries) {}
  Result<void> start();
  void add_routes(const tento_integration* integration, std::string& problems);
  [[nodiscard]] std::string problems_of(const tento_integration& integration, const Route& route) const;
  Result<At> find(std::string_view key, std::uint32_t verb);
  Result<const tento_integration*> integration(std::string_view id) const;
  Result<tento_client*> client(const tento_integration* integration, const CallOptions& options);
  Result<tento_client*> make_client(const tento_integration* integration, const CallOptions& options,
                                    const std::vector<Param>& params);
  // Ends a call; what came of it, as a host sees it.
  Result<void> finish(FakeCall& call, tento_status status, const tento_error& err);
  [[nodiscard]] Result<void> check_there(std::string_view key, const WriteArgs& args) const;
  template <class Run>
  Result<std::string> pure(std::string_view key, Run&& run);

  FakeHost& host_;
  Entries entries_;
  const tento_plugin_api* plugin_ = nullptr;
  tento_provider* self_ = nullptr;
  const tento_connector_api* connector_ = nullptr;
  const tento_sync_api* sync_ = nullptr;
  std::vector<Route> routes_;
  std::map<std::pair<const tento_integration*, std::string>, tento_client*> clients_;
};

/// Runs `sync` again and again, cancelled after 0, 1, 2 ... steps, until it comes to its end uncancelled; after each
/// round `check` may look at what landed. How many rounds it took. An error that is no stop ends it.
template <class Check>
Result<std::size_t> cancel_at_every_step(FakeProvider& provider, std::string_view key, std::string_view stage,
                                         Check&& check) {
  for (std::size_t step = 0;; ++step) {
    const Result<SyncOutcome> outcome = provider.sync(key, stage, CallPlan{.cancel_after = step});
    check(step);
    if (outcome && outcome->steps <= step) return step + 1;
    if (!outcome && !outcome.error().stopped) return fail(outcome.error());
  }
}

}  // namespace tento::testing
