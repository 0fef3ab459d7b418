// SPDX-License-Identifier: Apache-2.0
/// @file fake_host.hpp
/// Everything a provider can ask of a host, in memory: hand its calls to real slots, or let FakeProvider drive them.
#pragma once

#include <tento/connector.h>

#include <deque>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>

#include "../clock.hpp"
#include "fake_call.hpp"
#include "fake_http.hpp"
#include "fake_services.hpp"
#include "fake_store.hpp"
#include "fake_user_auth.hpp"

namespace tento::testing {

/// A host for tests: all standard deps are registered, as stubs that keep what they were told. One per test; it
/// outlives every call and provider made with it.
class FakeHost {
 public:
  /// Its clock stands at 2026-04-29T12:00:00Z.
  FakeHost();
  FakeHost(const FakeHost&) = delete;
  FakeHost& operator=(const FakeHost&) = delete;

  ManualClock clock;       ///< the time of everything below
  FakeCalls calls;         ///< live calls, and failures put in the way of their deps
  FakeStore store;         ///< `tento.backend/1`, `tento.sync-state/1`
  FakeLog log;             ///< `tento.log/1`
  FakeClock zones;         ///< `tento.clock/1`
  FakeProgress progress;   ///< `tento.progress/1`
  FakeApiContext clients;  ///< `tento.api-context/1`
  FakeUserAuth auth;       ///< `tento.user-auth/1`
  FakeHttp http;           ///< `tento.http/1`
  CallOptions defaults;    ///< what call() begins with: the owner, its zone, the actor

  /// Registers another interface, or another one for a standard id: an embedder's rich deps. What it points to is the
  /// test's and must outlive the host's calls.
  void provide(std::string id, tento_iface iface);
  /// Registers an interface of the shape `tento.message/1`.
  FakeMessage& provide_message(std::string id, FakeMessage::Handler handler);
  /// Takes an interface away, as if nobody had registered it.
  void withhold(std::string_view id);
  /// Whether an interface is registered with at least that many bytes; else why not.
  [[nodiscard]] Result<tento_iface> find(std::string_view id, std::uint32_t min_size) const;

  /// What `create` is given: log and clock.
  [[nodiscard]] const tento_lookup* lifetime() noexcept { return &lifetime_.abi; }
  /// What calls are given that no integration limits: everything registered.
  [[nodiscard]] const tento_lookup* everything() noexcept { return &everything_.abi; }
  /// What calls of an integration are given: what it declared among its needs.
  [[nodiscard]] const tento_lookup* deps_of(const tento_integration* integration);

  /// A call for `integration` (null = everything may be asked for).
  [[nodiscard]] std::unique_ptr<FakeCall> call(CallOptions options, const tento_integration* integration = nullptr);
  /// A call for a row, with the defaults and the parameters of `key`, which has to match `pattern`.
  [[nodiscard]] Result<std::unique_ptr<FakeCall>> call_for(const Pattern& pattern, std::string_view key);
  /// Ends a call as a host does when its slot has returned: open transactions are aborted, bodies closed.
  void finish(FakeCall& call);

 private:
  struct Lookup {
    tento_lookup abi{};
    FakeHost* host = nullptr;
    const std::set<std::string, std::less<>>* allowed = nullptr;  // null = everything
    std::set<std::string, std::less<>> own;
  };
  static tento_status get(const tento_lookup* lookup, tento_str id, std::uint32_t min_size, tento_iface* out) noexcept;
  void init(Lookup& lookup);

  std::map<std::string, tento_iface, std::less<>> interfaces_;
  std::deque<FakeMessage> messages_;
  Lookup lifetime_, everything_;
  std::map<const tento_integration*, Lookup> limited_;
};

}  // namespace tento::testing
