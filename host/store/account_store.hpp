// SPDX-License-Identifier: Apache-2.0
// The accounts of a store, without what they authenticate with: see credential_store.hpp.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <tento/sdk/result.hpp>
#include <tento/sdk/uuid.hpp>

#include "host/model/account.hpp"

namespace tento::host {

class AccountStore {
 public:
  virtual ~AccountStore() = default;
  virtual Result<std::vector<AccountRecord>> of_user(const Uuid& owner, std::string_view provider = {}) = 0;
  virtual Result<std::optional<AccountRecord>> find(const Uuid& owner, std::string_view provider,
                                                    std::string_view auth_id) = 0;
  // Adds or replaces by (owner, provider, auth_id). `secret` absent keeps what is stored; one that is given is stored
  // in the clear, see CredentialStore for sealed ones.
  virtual Result<void> put(const AccountRecord& account, std::optional<std::string_view> secret) = 0;
  // A secret that is in the clear; conflict `secret_sealed` of any other.
  virtual Result<std::string> secret(const Uuid& owner, std::string_view provider, std::string_view auth_id) = 0;
  // The account needs to be connected again, and why; only if it is active with a credential of that generation.
  // Whether it was.
  virtual Result<bool> refuse(const AccountKey& account, std::uint64_t generation, std::string_view why) = 0;
  // How the states of a user's accounts changed behind a number, oldest first: see FeedPosition::accounts. The latest
  // `kept_changes` of a user are kept.
  virtual Result<std::vector<AccountChange>> changes(const Uuid& user, std::int64_t after) = 0;
  static constexpr std::size_t kept_changes = 1000;
  // With purge its rows, cells, coverage, cursors, jobs and runs go too.
  virtual Result<void> remove(const Uuid& owner, std::string_view provider, std::string_view auth_id, bool purge) = 0;
};

}  // namespace tento::host
