// SPDX-License-Identifier: Apache-2.0
// One row of a user, as the store keeps it.
#pragma once

#include <cstdint>
#include <string>

#include <tento/sdk/uuid.hpp>

namespace tento::host {

inline constexpr std::int64_t never_due_us = INT64_MAX;

struct RowRecord {
  Uuid id;  // UUIDv5(TENTO_ROW_NAMESPACE, owner || lookup_key)
  Uuid owner;
  std::string provider;
  std::string integration;
  std::string pattern;
  std::string lookup_key;  // canonical
  std::string auth_id;     // empty without account
  std::string label;
  std::string attributes_json;
  bool hidden = false;
  std::int64_t created_us = 0;
  std::int64_t change_seq = 0;  // of the latest commit that changed one of its cells; never falls
  bool paused = false;          // nothing is synced of it unless somebody asks
  // When it syncs next without being asked; 0 = that is to be judged, `never_due_us` = it does not.
  std::int64_t due_us = 0;
};

}  // namespace tento::host
