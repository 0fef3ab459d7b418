// SPDX-License-Identifier: Apache-2.0
/// @file fake_user_auth.hpp
/// `tento.user-auth/1` in memory: accounts, kinds, and credentials that expire and are refreshed by the fake clock.
#pragma once

#include <tento/deps.h>

#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "../clock.hpp"
#include "fake_call.hpp"

namespace tento::testing {

/// The accounts of one FakeHost. Its slots may be called by many threads.
class FakeUserAuth {
 public:
  /// A credential that a provider said was refused.
  struct Rejection {
    std::string kind;              ///< of which account
    std::string auth_id;           ///< of which account
    std::uint64_t generation = 0;  ///< which credential
  };

  /// For the calls of `calls`, with credentials that end by `clock`; both must outlive this.
  FakeUserAuth(FakeCalls& calls, const Clock& clock) : calls_(calls), clock_(clock) {}

  /// Makes a kind known, as an integration's auth does. Another one fails with `unknown auth kind {kind}`.
  void declare_kind(std::string kind);
  /// Adds an account, or puts it in the place of the one with its kind and id; declares its kind.
  void put(FakeAccount account);
  /// Takes an account away.
  void remove(std::string_view kind, std::string_view auth_id);
  /// An account as it is now.
  [[nodiscard]] std::optional<FakeAccount> find(std::string_view kind, std::string_view auth_id) const;
  /// The first account with that id, whatever its kind.
  [[nodiscard]] std::optional<FakeAccount> find(std::string_view auth_id) const;
  /// Whether acquire_handle gives secrets: the operator's consent to `raw-credentials`. Off at first.
  void allow_raw_credentials(bool allow = true);
  /// What report_rejected was told.
  [[nodiscard]] std::vector<Rejection> rejections() const;
  /// For the lookup.
  [[nodiscard]] tento_iface iface() noexcept { return {&vtable, this}; }

 private:
  using Name = std::pair<std::string, std::string>;
  // An account as it was handed out; the texts live as long as the fake, so that a test may look at them after the
  // call.
  struct Handed {
    FakeAccount account;
    tento_account abi;
  };
  struct Slots;
  static const tento_user_auth vtable;

  FakeCalls& calls_;
  const Clock& clock_;
  mutable std::mutex mutex_;
  std::set<std::string, std::less<>> kinds_;
  std::map<Name, FakeAccount> accounts_;
  std::deque<Handed> handed_;
  std::vector<Rejection> rejections_;
  bool raw_ = false;
};

}  // namespace tento::testing
