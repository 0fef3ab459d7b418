// SPDX-License-Identifier: Apache-2.0
/// @file fake_call.hpp
/// Calls as a host makes them, with an owner, an account, a row, a deadline, and an end that a test decides about.
#pragma once

#include <tento/row.h>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "../clock.hpp"
#include "../key.hpp"
#include "../uuid.hpp"

namespace tento::testing {

/// An account of the owner, with its secret.
struct FakeAccount {
  std::string kind = {};                             ///< credential kind, as the integration's auth names it
  std::string auth_id = {};                          ///< the `{authId}`
  std::string label = {};                            ///< what people see
  std::string scopes = {};                           ///< separated by single spaces
  std::string time_zone = {};                        ///< IANA name; empty = the owner's
  std::string settings_json = "{}";                  ///< its settings
  std::string user = {};                             ///< user name, for basic
  std::string secret = "secret";                     ///< token or password
  tento_account_state state = TENTO_ACCOUNT_ACTIVE;  ///< state of its credential
  std::int64_t expires_unix_us = INT64_MAX;          ///< when the credential ends
  std::uint64_t generation = 1;                      ///< grows with each refresh
};

/// Who a call is for, and how it goes on.
struct CallOptions {
  std::string owner_name = "alice@example.com";  ///< the owner
  Uuid owner_id = Uuid{{0xa1}};                  ///< its id
  std::string owner_zone = "UTC";                ///< its zone
  tento_actor_kind actor = TENTO_ACTOR_SYSTEM;   ///< who asked
  std::string actor_name = "system";             ///< for logs
  std::optional<FakeAccount> account;            ///< none = a call without account
  std::string key;                               ///< canonical lookup key of its row; empty = none
  bool single = false;                           ///< whether that row has TENTO_ROW_SINGLE
  std::vector<Param> params;                     ///< the row's parameters, in pattern order
  std::optional<std::chrono::milliseconds>
      timeout;                              ///< its deadline, from now on by the fake clock; none = no deadline
  std::optional<std::size_t> cancel_after;  ///< cancelled once that many checks and dep slots were answered
  std::optional<std::size_t> yield_after;   ///< told to yield once that many were answered
};

/// The id of a row: UUIDv5 of TENTO_ROW_NAMESPACE, the owner's id and the canonical key.
[[nodiscard]] Uuid row_id_of(const Uuid& owner, std::string_view key);

class FakeCalls;

/// One call. Lives until it is destroyed or ended; afterwards every dep answers TENTO_STOPPED to it.
class FakeCall {
 public:
  /// Begins a call; FakeHost::call is the short way. Everything given by reference or pointer must outlive it.
  FakeCall(FakeCalls& calls, const Clock& clock, const tento_lookup* deps, CallOptions options);
  FakeCall(const FakeCall&) = delete;
  FakeCall& operator=(const FakeCall&) = delete;
  ~FakeCall();

  /// For the slots.
  [[nodiscard]] const tento_call* get() const noexcept { return &abi_.call; }
  /// What it was made with.
  [[nodiscard]] const CallOptions& options() const noexcept { return options_; }
  /// The id of its row; null when it has none.
  [[nodiscard]] const tento_uuid* row_id() const noexcept { return options_.key.empty() ? nullptr : &row_id_; }
  /// A row context for it; `row` is the provider's own descriptor.
  [[nodiscard]] tento_row_ctx row_ctx(const tento_row* row) const noexcept;
  /// Its parameters for other contexts.
  [[nodiscard]] const std::vector<tento_param>& params() const noexcept { return params_; }

  /// Cancels it: `check` says so from now on, and deps answer TENTO_STOPPED.
  void cancel() noexcept { cancelled_ = true; }
  /// Ends it, as when its slot has returned.
  void end() noexcept;
  /// How many checks and dep slots were answered so far.
  [[nodiscard]] std::size_t steps() const noexcept { return steps_; }
  /// How often `check` was asked.
  [[nodiscard]] std::size_t checks() const noexcept { return checks_; }
  /// What `check` would say now; counts no step.
  [[nodiscard]] tento_check state() const noexcept;

 private:
  friend class FakeCalls;
  // The call comes first, so that a pointer to it is a pointer to the whole.
  struct Abi {
    tento_call call;
    FakeCall* owner;
  };
  static tento_check check(const tento_call* call) noexcept;

  CallOptions options_;
  FakeCalls& calls_;
  const Clock& clock_;
  tento_uuid row_id_;
  std::vector<tento_param> params_;
  tento_owner owner_{};
  tento_actor actor_{};
  tento_account account_{};
  Abi abi_{};
  std::atomic<bool> cancelled_ = false;
  std::atomic<std::size_t> steps_ = 0, checks_ = 0;
};

/// The calls that are alive, and the failures that a test has put in their way.
class FakeCalls {
 public:
  /// While one of these lives, its thread is inside a sink that was handed to a dep: of the deps only log, clock and
  /// progress may be called there (obligation P25), and others fail with the tag `dep_in_sink`.
  class InSink {
   public:
    /// For the thread that makes it.
    explicit InSink(FakeCalls& calls) : calls_(calls) {
      const std::lock_guard lock(calls_.mutex_);
      calls_.in_sinks_.insert(std::this_thread::get_id());
    }
    ~InSink() {
      const std::lock_guard lock(calls_.mutex_);
      calls_.in_sinks_.erase(calls_.in_sinks_.find(std::this_thread::get_id()));
    }
    InSink(const InSink&) = delete;
    InSink& operator=(const InSink&) = delete;

   private:
    FakeCalls& calls_;
  };
  /// What a dep slot does first: whether the call is alive and may go on. Null and TENTO_STOPPED when not; null and
  /// TENTO_FAILED, with `err` filled, when a failure was put there.
  struct Entry {
    FakeCall* call;       ///< null = return `status`
    tento_status status;  ///< TENTO_OK with a call
  };
  /// See Entry. `interface` is the id whose slot was called. `err` may be null.
  Entry enter(const tento_call* call, std::string_view interface, tento_error* err);
  /// The call behind `call`; null when it is over. Counts no step.
  [[nodiscard]] FakeCall* alive(const tento_call* call) const;
  /// The next slot of that interface fails so; several wait in line.
  void fail_next(std::string_view interface, Error error);
  /// How many slots of that interface were called by live calls.
  [[nodiscard]] std::size_t count(std::string_view interface) const;

 private:
  friend class FakeCall;
  mutable std::mutex mutex_;
  std::map<const tento_call*, FakeCall*> live_;
  std::map<std::string, std::deque<Error>, std::less<>> failures_;
  std::map<std::string, std::size_t, std::less<>> counts_;
  std::multiset<std::thread::id> in_sinks_;
  std::uint64_t next_id_ = 1;
};

}  // namespace tento::testing
