// SPDX-License-Identifier: Apache-2.0
// What became of a write, as far as its caller has to know to go on. Every write of a store may be sent again.
#pragma once

#include <cstdint>

#include <tento/sdk/result.hpp>

#include "host/base/error.hpp"

namespace tento::host {

enum class StoreOutcome : std::uint8_t {
  done,
  conflict,     // refused for what it says or for what is stored; sent again as it is, it is refused again
  fenced,       // its sender lost the lease that it was written under: nothing was changed
  unavailable,  // nothing was changed; it may be sent again once the store can be written
  unknown,      // it may have landed or not; sent again, it lands once
};

[[nodiscard]] StoreOutcome outcome_of(const Error& error);
template <class T>
[[nodiscard]] StoreOutcome outcome_of(const Result<T>& result) {
  return result ? StoreOutcome::done : outcome_of(result.error());
}

// For backends: the refusal of a commit whose lease is another's or nobody's.
[[nodiscard]] ErrorBuilder lost_lease(std::int64_t job);
// For backends: the same failure, of a write whose end the store does not know.
[[nodiscard]] Error unknown_end(const Error& failure);

}  // namespace tento::host
