// SPDX-License-Identifier: Apache-2.0
// A token of a user. Of the token itself there is a hash alone.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <tento/sdk/uuid.hpp>

namespace tento::host {

struct TokenRecord {
  std::string id;  // public
  Uuid owner;
  std::string name;
  std::string hash;                   // SHA-256 of the token, 32 bytes
  std::vector<std::string> scopes;    // `read`, `write`, `sync`, `admin`
  std::vector<std::string> prefixes;  // of row keys; none = every row
  std::int64_t created_us = 0;
  std::int64_t expires_us = INT64_MAX;
  std::int64_t last_used_us = 0;  // 0 = never
  std::int64_t revoked_us = 0;    // 0 = not
};

}  // namespace tento::host
