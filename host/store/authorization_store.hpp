// SPDX-License-Identifier: Apache-2.0
// OAuth 2.0 authorizations under way: pending from the moment a link is made until the service answers.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include <tento/sdk/result.hpp>

#include "host/model/authorization.hpp"

namespace tento::host {

class AuthorizationStore {
 public:
  virtual ~AuthorizationStore() = default;
  virtual Result<void> add(const AuthorizationRecord& authorization) = 0;
  // The link was followed: takes the ticket, which is good once, and names the browser. Nothing: no such ticket.
  virtual Result<std::optional<AuthorizationRecord>> bind(std::string_view ticket_hash,
                                                          std::string_view browser_hash) = 0;
  // Takes one out, so that nobody else can. Nothing: there is none (any more).
  virtual Result<std::optional<AuthorizationRecord>> take(std::string_view state_hash) = 0;
  virtual Result<std::vector<AuthorizationRecord>> all() = 0;
  // See CredentialStore::reseal.
  virtual Result<bool> reseal(const AuthorizationRecord& before, const SealedBytes& after) = 0;
  // Forgets those made before, and those made later than `now_us`, which a clock that was set back has left.
  virtual Result<void> drop(std::int64_t before_us, std::int64_t now_us) = 0;
};

}  // namespace tento::host
