// SPDX-License-Identifier: Apache-2.0
// Where calls get what their account authenticates with; host/accounts keeps and refreshes it.
#pragma once

#include <tento/auth.h>

#include <cstdint>
#include <functional>
#include <string>

#include <tento/sdk/result.hpp>

#include "host/egress/credential.hpp"
#include "host/model/account.hpp"

namespace tento::host {

// Of which account type, for whom it is wanted, and how long its user waits.
struct CredentialRequest {
  const AccountRecord& account;
  const tento_auth& auth;
  std::int64_t min_ttl_us = 0;         // it lives so much longer, if its service gives such at all
  std::function<bool()> stopped = {};  // asked while another refresh is waited for; empty = never
};

struct CredentialInUse {
  Secret secret;  // token, or `user:password`; never a refresh token
  std::uint64_t generation = 0;
  std::int64_t expires_us = INT64_MAX;
};

// Any thread.
class Credentials {
 public:
  Credentials() = default;
  Credentials(const Credentials&) = delete;
  Credentials& operator=(const Credentials&) = delete;
  virtual ~Credentials() = default;
  // As stored, refreshed first where its end is near. Errors: the account's death (auth_required, the provider's tag,
  // `reconnect`), or what keeps a refresh from success now (transient, rate_limit, config): that is never its death.
  virtual Result<CredentialInUse> acquire(const CredentialRequest& request) = 0;
  // The service refused that generation. True: there is another one now, worth a try. False: there can be none, and the
  // account needs to be connected again once `refused` is told so. An error says what keeps it from knowing.
  virtual Result<bool> renew(const CredentialRequest& request, std::uint64_t generation) = 0;
  // The service refused that generation for good: the account needs to be connected again. False: it is another by now,
  // or that was known.
  virtual Result<bool> refused(const AccountRecord& account, std::uint64_t generation, std::string_view why) = 0;
};

}  // namespace tento::host
