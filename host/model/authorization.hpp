// SPDX-License-Identifier: Apache-2.0
// An OAuth 2.0 authorization under way: from the moment a link is made until the service answers.
#pragma once

#include <cstdint>
#include <string>

#include <tento/sdk/uuid.hpp>

#include "host/model/credential.hpp"

namespace tento::host {

// A connection under way: from the moment a link is made until the service answers.
struct AuthorizationRecord {
  std::string state_hash;    // SHA-256 of the state, or of the id of a device flow; names it
  std::string ticket_hash;   // of the link's ticket; empty once the link was followed
  std::string browser_hash;  // of the cookie of the browser that followed it; empty before
  Uuid owner;
  std::string provider;
  std::string integration;
  std::string kind;  // `code`, `device`
  std::int64_t created_us = 0;
  SealedBytes sealed;  // verifier, nonce and all else; see flows.hpp
};

}  // namespace tento::host
