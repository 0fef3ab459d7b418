// SPDX-License-Identifier: Apache-2.0
// What accounts authenticate with, sealed, and who refreshes it. What is sealed is opaque in here: the vault above
// makes and reads it.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include <tento/sdk/result.hpp>

#include "host/model/account.hpp"
#include "host/model/credential.hpp"

namespace tento::host {

class CredentialStore {
 public:
  virtual ~CredentialStore() = default;
  virtual Result<std::optional<CredentialRecord>> find(const AccountKey& account) = 0;
  virtual Result<std::vector<CredentialRecord>> all() = 0;  // of all users
  // Adds or replaces account and credential together, as AccountStore::put does. The generation grows; what is known of
  // refreshes goes, and a lease that somebody has on one leads to nothing.
  virtual Result<void> put(const AccountRecord& account, const SealedBytes& sealed) = 0;
  // The same secret under another seal; false when it is not what `before` says any more. Neither generation nor
  // anything else changes, and nobody is told.
  virtual Result<bool> reseal(const CredentialRecord& before, const SealedBytes& after) = 0;

  // Asks for the lease to replace `generation`, for `lease_us` at most. Of many who ask at once, from whatever opening
  // of the store, one gets it; a holder that asks again does not. not_found `no_such_account`.
  virtual Result<RefreshLease> begin_refresh(const AccountKey& account, std::uint64_t generation,
                                             std::string_view holder, std::int64_t lease_us) = 0;
  // The new credential, if the one of the lease is still current: then account (expires, lifetime, scopes, refreshed,
  // state, problem; nothing else) and credential change together, the lease ends, and true is given, durable. Also when
  // the lease was over and another holder took it: a credential that was received is not lost. False: somebody replaced
  // the credential or the account meanwhile, and nothing changed. `account.generation` is the one that is replaced.
  virtual Result<bool> finish_refresh(const AccountRecord& account, std::string_view holder,
                                      const SealedBytes& sealed) = 0;
  // Ends the lease without a new credential. Of a lease that is not the holder's any more: nothing.
  virtual Result<void> fail_refresh(const AccountKey& account, std::string_view holder,
                                    const RefreshFailure& failure) = 0;
  virtual Result<std::optional<RefreshRecord>> refresh(const AccountKey& account) = 0;
};

}  // namespace tento::host
