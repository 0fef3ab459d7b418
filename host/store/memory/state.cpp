// SPDX-License-Identifier: Apache-2.0
// The state of a store in memory when it is made.
#include "host/store/memory/state.hpp"

#include "host/base/clock.hpp"

namespace tento::host::memory {

State::State(const StoreConfig& config)
    : now_unix_us_(config.now_unix_us ? config.now_unix_us : unix_now_us),
      new_user_zone_(config.time_zone.empty() ? "UTC" : config.time_zone) {}

}  // namespace tento::host::memory
