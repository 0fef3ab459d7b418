// SPDX-License-Identifier: Apache-2.0
// A store that lives in memory and ends with its last opening. It answers as the one on disk does, which the contract
// suite checks; it is made for tests, so it is plain rather than fast.
#pragma once

#include <memory>

#include "host/store/store.hpp"

namespace tento::host {

namespace memory {
class State;
}

// What all openings of one store share. Of the configuration the clock and the time zone of new users count; without a
// zone that is UTC.
[[nodiscard]] std::shared_ptr<memory::State> make_memory_state(const StoreConfig& config);
// One more opening of that store.
[[nodiscard]] std::unique_ptr<Store> open_memory_store(std::shared_ptr<memory::State> state);
// The only opening of a new store.
[[nodiscard]] std::unique_ptr<Store> open_memory_store(const StoreConfig& config);

}  // namespace tento::host
