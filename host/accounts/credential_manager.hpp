// SPDX-License-Identifier: Apache-2.0
// Usable credentials of accounts: as stored, and refreshed before they end. A service may end a grant whose refresh
// token comes twice, so one refreshes for all, says so durably before it asks, and nobody uses what is not stored.
#pragma once

#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <tuple>

#include <tento/sdk/result.hpp>

#include "host/accounts/oauth_client.hpp"
#include "host/accounts/oauth_tokens.hpp"
#include "host/accounts/vault.hpp"
#include "host/base/log.hpp"
#include "host/egress/credentials.hpp"

namespace tento::host {

struct CredentialManagerOptions {
  std::function<std::int64_t()> now_unix_us;  // never empty
  std::function<double()> chance;             // in [0,1), for waits; empty = random
  Log log;
  std::int64_t cool_down_us = 30'000'000;              // between a first refusal and the one that is believed
  std::function<void(std::string_view step)> on_step;  // at each write and call; for tests that end the process there
};

class CredentialManager final : public Credentials {
 public:
  // `vault` gives the opened vault, or why there is none. All of it outlives this.
  CredentialManager(Store& store, std::function<Result<Vault*>()> vault, OAuthClients& clients,
                    CredentialManagerOptions options);

  Result<CredentialInUse> acquire(const CredentialRequest& request) override;
  Result<bool> renew(const CredentialRequest& request, std::uint64_t generation) override;
  Result<bool> refused(const AccountRecord& account, std::uint64_t generation, std::string_view why) override;

 private:
  struct Stored {
    AccountRecord account;
    Secret whole;  // as it is stored
  };
  enum class Ended { refreshed, changed };
  struct SharedRefresh;  // of threads that want the same refresh

  Result<Stored> read(const AccountRecord& account, const tento_auth& auth) const;
  Result<Ended> refresh(const CredentialRequest& request, const Stored& stored);
  Result<Ended> refresh_alone(const CredentialRequest& request, std::uint64_t generation);
  Result<Ended> ask_anew(const CredentialRequest& request, const AccountKey& key, std::uint64_t generation,
                         bool interrupted, std::int32_t failures, std::int64_t refused_us);
  Result<Ended> given_up(const AccountRecord& account, const tento_auth& auth, bool interrupted);
  void step(std::string_view name) const {
    if (options_.on_step) options_.on_step(name);
  }
  void log(LogLevel level, const std::string& text) const {
    if (options_.log) options_.log(level, text);
  }

  Store& store_;
  std::function<Result<Vault*>()> vault_;
  OAuthClients& clients_;
  CredentialManagerOptions options_;
  std::string holder_;  // of this object's leases
  std::mutex lock_;
  std::map<std::tuple<Uuid, std::string, std::string>, std::shared_ptr<SharedRefresh>> refreshes_;
};

// How long before its end an access token is replaced: what the provider says, else a tenth of its life and at most 15
// minutes.
[[nodiscard]] std::int64_t refresh_margin_us(const tento_auth& auth, std::int64_t lifetime_us);

}  // namespace tento::host
