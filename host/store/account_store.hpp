// SPDX-License-Identifier: Apache-2.0
// The store's part for accounts: sealed credentials, whose turn it is to refresh one, and connections under way. What
// is sealed is opaque in here: the vault above makes and reads it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <tento/sdk/result.hpp>
#include <tento/sdk/uuid.hpp>

#include "host/model/authorization.hpp"
#include "host/model/credential.hpp"
#include "host/store/cell_store.hpp"

namespace tento::host {

class AccountStore {
 public:
  virtual ~AccountStore() = default;

  // ---- credentials
  virtual Result<std::optional<CredentialRecord>> credential(const AccountKey& account) = 0;
  virtual Result<std::vector<CredentialRecord>> credentials() = 0;  // of everybody
  // The same secret under another seal; false when it is not what `before` says any more. Neither generation nor
  // anything else changes, and nobody is told.
  virtual Result<bool> reseal_credential(const CredentialRecord& before, const SealedBytes& after) = 0;
  // Adds or replaces account and credential together, as put_account does. The generation grows; what is known of
  // refreshes goes, and a turn that somebody has leads to nothing.
  virtual Result<void> put_credential(const AccountRecord& account, const SealedBytes& sealed) = 0;
  // Whether secrets may stand in the file or its journal, in use or on freed pages, that should not: from the moment
  // one is written in the clear or sealed anew, or a file of a version without vault is opened, until wipe_freed() has
  // succeeded. Survives a kill.
  virtual Result<bool> wipe_due() = 0;
  // Pages that held what was deleted or replaced are overwritten, and the journal is cut. The whole file is written
  // anew, which takes as much space again for so long.
  virtual Result<void> wipe_freed() = 0;

  // The account needs to be connected again, and why; only if it is active with a credential of that generation.
  // Whether it was.
  virtual Result<bool> refuse_account(const AccountKey& account, std::uint64_t generation, std::string_view why) = 0;

  // ---- refreshing
  // Asks for the turn to replace `generation`, for `lease_us` at most. Of many who ask at once, from whatever opening
  // of the store, one gets it; a holder that asks again does not. not_found `no_such_account`.
  virtual Result<RefreshTurn> begin_refresh(const AccountKey& account, std::uint64_t generation,
                                            std::string_view holder, std::int64_t lease_us) = 0;
  // The new credential, if the one of the turn is still current: then account (expires, lifetime, scopes, refreshed,
  // state, problem; nothing else) and credential change together, the turn ends, and true is given, durable. Also when
  // the turn was over and another holder took it: a credential that was received is not lost. False: somebody replaced
  // the credential or the account meanwhile, and nothing changed. `account.generation` is the one that is replaced.
  virtual Result<bool> finish_refresh(const AccountRecord& account, std::string_view holder,
                                      const SealedBytes& sealed) = 0;
  // Ends the turn without a new credential. Of a turn that is not the holder's any more: nothing.
  virtual Result<void> fail_refresh(const AccountKey& account, std::string_view holder,
                                    const RefreshFailure& failure) = 0;
  virtual Result<std::optional<RefreshRecord>> refresh(const AccountKey& account) = 0;

  // ---- connections under way
  virtual Result<void> add_flow(const FlowRecord& flow) = 0;
  // The link was followed: takes the ticket, which is good once, and names the browser. Nothing: no such ticket.
  virtual Result<std::optional<FlowRecord>> bind_flow(std::string_view ticket_hash, std::string_view browser_hash) = 0;
  // Takes a flow out, so that no other can. Nothing: there is none (any more).
  virtual Result<std::optional<FlowRecord>> take_flow(std::string_view state_hash) = 0;
  virtual Result<std::vector<FlowRecord>> flows() = 0;
  virtual Result<bool> reseal_flow(const FlowRecord& before, const SealedBytes& after) = 0;
  // Forgets those made before, and those made later than `now_us`, which a clock that was set back has left.
  virtual Result<void> drop_flows(std::int64_t before_us, std::int64_t now_us) = 0;
};

}  // namespace tento::host
