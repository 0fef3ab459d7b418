// SPDX-License-Identifier: Apache-2.0
// What a user lets another one do.
#pragma once

#include <cstdint>
#include <string>

#include <tento/sdk/uuid.hpp>

namespace tento::host {

// A grantee may use an owner's rows at a key and below it.
struct GrantRecord {
  std::int64_t id = 0;
  Uuid owner;
  Uuid grantee;
  std::string prefix;       // `:~provider:account`, whole segments
  std::uint32_t verbs = 0;  // TENTO_VERB_*
  std::int64_t created_us = 0;
};

}  // namespace tento::host
