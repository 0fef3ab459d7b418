// SPDX-License-Identifier: Apache-2.0
// Credentials as a store has them in the clear: what a test put there with its account.
#pragma once

#include <functional>
#include <string>
#include <utility>

#include "host/capability/account_state.hpp"
#include "host/egress/credentials.hpp"
#include "host/store/store.hpp"

namespace tento::host::testing {

class ClearCredentials final : public Credentials {
 public:
  using Renew = std::function<Result<bool>(const AccountRecord& account, std::uint64_t generation)>;
  explicit ClearCredentials(Store& store, Renew renew = {}) : store_(store), renew_(std::move(renew)) {}

  Result<CredentialInUse> acquire(const CredentialRequest& wish) override {
    const AccountRecord& account = wish.account;
    TENTO_TRY_ASSIGN(const auto stored, store_.accounts().find(account.owner, account.provider, account.auth_id));
    if (!stored || stored->state != TENTO_ACCOUNT_ACTIVE)
      return fail(dead_account(stored ? *stored : account, &wish.auth));
    TENTO_TRY_ASSIGN(std::string secret, store_.accounts().secret(account.owner, account.provider, account.auth_id));
    return CredentialInUse{Secret(std::move(secret)), stored->generation, stored->expires_us};
  }
  Result<bool> renew(const CredentialRequest& wish, std::uint64_t generation) override {
    return renew_ ? renew_(wish.account, generation) : Result<bool>(false);
  }
  Result<bool> refused(const AccountRecord& account, std::uint64_t generation, std::string_view why) override {
    return store_.accounts().refuse({account.owner, account.provider, account.auth_id}, generation, why);
  }

 private:
  Store& store_;
  Renew renew_;
};

}  // namespace tento::host::testing
