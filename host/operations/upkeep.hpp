// SPDX-License-Identifier: Apache-2.0
// What a host that runs for long forgets in time.
#pragma once

#include <chrono>
#include <cstdint>

#include "host/config/config.hpp"
#include "host/store/store.hpp"

namespace tento::host {

struct Forgotten {
  std::uint64_t audit = 0;       // entries of the audit log
  std::uint64_t tombstones = 0;  // deletions
};
// Drops entries of the audit log that are older than the configuration keeps them, and deletions as opening a store
// does.
Result<Forgotten> forget_what_is_old(Store& store, const Config& config, std::int64_t now_us);

// How often a running host does it.
inline constexpr std::chrono::hours upkeep_every{24};

}  // namespace tento::host
