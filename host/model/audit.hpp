// SPDX-License-Identifier: Apache-2.0
// One entry of the audit log: who did what, and how it went.
#pragma once

#include <cstdint>
#include <string>

#include <tento/sdk/uuid.hpp>

namespace tento::host {

struct AuditRecord {
  std::int64_t id = 0;
  std::int64_t at_us = 0;  // 0 on its way in = now
  Uuid owner;              // nil = of an erased one
  std::uint32_t actor_kind = 0;
  std::string actor;
  std::string token;      // id; empty = none
  std::string operation;  // `row post`
  std::string target;     // a key, an account, a name; never a body, never a secret
  std::string outcome;    // `ok`, or what kept it
};

}  // namespace tento::host
