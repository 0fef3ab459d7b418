// SPDX-License-Identifier: Apache-2.0
// A write that its sender may send again under the same key.
#pragma once

#include <cstdint>
#include <string>

#include <tento/sdk/uuid.hpp>

namespace tento::host {

struct IdempotencyKey {
  Uuid owner;
  std::string actor;  // token id, or who it is without one
  std::string key;
};
struct IdempotencyRecord {
  std::string request_hash;
  bool finished = false;
  bool interrupted = false;  // begun by a process that ended before it could say how it went
  std::int32_t status = 0;   // the face's own
  std::string answer;
  std::int64_t created_us = 0;
};

}  // namespace tento::host
