// SPDX-License-Identifier: Apache-2.0
// What accounts authenticate with, sealed, and how it is renewed.
#pragma once

#include <cstdint>
#include <string>

#include <tento/sdk/uuid.hpp>

#include "host/model/account.hpp"

namespace tento::host {

// Bytes and the id of the key they are sealed with; an empty key id = in the clear, as versions before the vault wrote
// it.
struct SealedBytes {
  std::string bytes;
  std::string key_id;
};

struct CredentialRecord {
  AccountKey account;
  std::string kind;
  std::uint64_t generation = 0;
  SealedBytes sealed;
};

// Who refreshes a credential, and how the last tries went. Durable before the service is asked. It is about one
// generation, and goes when the credential is replaced.
struct RefreshRecord {
  std::string holder;            // of the lease; empty = nobody has it
  std::uint64_t generation = 0;  // that is being replaced
  std::int64_t begun_us = 0;     // of the lease; when the last one failed where nobody has it
  std::int64_t until_us = 0;     // of the lease; a clock before begun_us or behind this means that it is over
  bool interrupted = false;      // a holder of this generation never said how it went
  std::int32_t failures = 0;     // in a row
  std::int64_t retry_at_us = 0;  // nobody asks the service before, unless the clock is before begun_us
  std::int64_t refused_us = 0;   // when the service first said that the grant is no more; 0 = it did not
};

struct RefreshLease {
  enum class State {
    mine,     // the caller refreshes now
    theirs,   // another holder is at it
    waiting,  // nobody may ask before retry_at_us
    changed,  // the credential has another generation already
  };
  State state = State::mine;
  RefreshRecord record;
};

// How a refresh that did not succeed leaves things.
struct RefreshFailure {
  std::int64_t retry_at_us = 0;
  bool refused = false;  // the service said that the grant is no more
};

}  // namespace tento::host
