// SPDX-License-Identifier: Apache-2.0
// How many requests may wait for something at once: for each caller, and in all. Waiting holds no thread, but memory
// and a connection.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include <tento/sdk/result.hpp>

#include "host/operations/context.hpp"

namespace tento::host::server {

// Thread-safe; its places may outlive it.
class Waits {
 public:
  static constexpr std::size_t most_of_a_caller = 256;
  static constexpr std::size_t most = 1024;

  // Is left when it is destroyed.
  using Place = std::shared_ptr<void>;

  // A place for a request of that caller. The owner's own commands, which come by the socket file, are bounded together
  // with all others alone. Error: `too_many_waits`.
  Result<Place> enter(const Caller& caller, bool local);

 private:
  struct Counts {
    std::mutex mutex;
    std::map<std::string, std::size_t, std::less<>> of_caller;
    std::size_t all = 0;
  };
  const std::shared_ptr<Counts> counts_ = std::make_shared<Counts>();
};

}  // namespace tento::host::server
