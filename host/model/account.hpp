// SPDX-License-Identifier: Apache-2.0
// One connected login of a user at a provider.
#pragma once

#include <tento/deps.h>

#include <cstdint>
#include <optional>
#include <string>

#include <tento/sdk/uuid.hpp>

namespace tento::host {

struct AccountRecord {
  Uuid owner;
  std::string provider;
  std::string integration;
  std::string kind;  // credential kind; the provider id when the auth data names none
  std::string auth_id;
  std::string label;
  std::string scopes;
  std::string time_zone;  // empty = the owner's
  std::string settings_json = "{}";
  tento_account_state state = TENTO_ACCOUNT_ACTIVE;
  std::int64_t created_us = 0;
  std::int64_t expires_us = INT64_MAX;
  std::uint64_t generation = 0;   // of the credential; grows whenever it is replaced
  std::int64_t refreshed_us = 0;  // 0 = never
  std::int64_t lifetime_us = 0;   // of the credential when it was given; 0 = unknown
  std::string problem;            // why it must be connected again
  std::string identity;  // who it is at its service, where that was said; the same whatever auth_id it was given
  // ---- for its rows, see ScheduleStore; AccountStore::put() leaves them as they are
  bool paused = false;           // nothing is synced unless somebody asks
  std::int64_t interval_s = -1;  // between syncs that nobody asks for; 0 = only when asked, -1 = as the row says
};

struct AccountKey {
  Uuid owner;
  std::string provider;
  std::string auth_id;
};

// An account has another state than before.
struct AccountChange {
  std::int64_t seq = 0;  // comparable within one user
  std::string provider;
  std::string integration;
  std::string auth_id;
  std::optional<tento_account_state> before;  // absent: it was not there
  std::optional<tento_account_state> now;     // absent: it is gone
};

}  // namespace tento::host
