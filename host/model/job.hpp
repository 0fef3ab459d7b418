// SPDX-License-Identifier: Apache-2.0
// A sync job: one row and one stage.
#pragma once

#include <tento/deps.h>

#include <cstdint>
#include <string>

#include <tento/sdk/uuid.hpp>

namespace tento::host {

struct JobRecord {
  std::int64_t id = 0;
  Uuid row;
  std::string lookup_key;
  std::string provider;
  std::string stage;
  std::string dedup_key;  // row and stage: unique among queued and running jobs
  std::string lock_key;
  std::uint32_t stage_class = TENTO_STAGE_BACKFILL;
  std::int64_t not_before_us = 0;
  std::int64_t created_us = 0;
  std::int32_t attempts = 0;
  std::int32_t deaths = 0;  // times in a row that the host ended while it ran and nothing of it had landed
  bool running = false;     // a worker has claimed it
};

}  // namespace tento::host
