// SPDX-License-Identifier: Apache-2.0
// What a provider has for as long as it lives, before and beside any call: the log and the clock.
#pragma once

#include <tento/deps.h>

#include <cstdint>
#include <functional>
#include <string>

#include "host/base/log.hpp"
#include "host/loader/provider.hpp"

namespace tento::host {

// What providers get for as long as they live (LoaderOptions.lifetime_lookup): tento.log/1 and tento.clock/1.
class LifetimeDeps {
 public:
  // An empty log says nothing, an empty clock is the system's.
  LifetimeDeps(Log log, std::function<std::int64_t()> now_unix_us);

  // One provider's: its lines bear its id. Needs nothing of this object any more.
  [[nodiscard]] std::shared_ptr<const tento_lookup> lookup_for(std::string provider) const;

 private:
  Log log_;
  std::function<std::int64_t()> now_unix_us_;
};

}  // namespace tento::host
