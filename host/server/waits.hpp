// SPDX-License-Identifier: Apache-2.0
// How many requests may do something at once, for each caller and in all: wait, which holds no thread, but memory and a
// connection; or stream a long answer, which holds a part of it, and a worker where it cannot be made in parts.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include <tento/sdk/result.hpp>

#include "host/operations/context.hpp"

namespace tento::host::server {

// Thread-safe; its places may outlive it.
class Waits {
 public:
  struct Bounds {
    std::size_t of_a_caller;
    std::size_t in_all;
    std::string_view tag;   // of the error
    std::string_view what;  // `too many requests of this caller <what> already`
    std::string_view remedy;
  };
  static constexpr std::string_view waiting_tag = "too_many_waits";
  static constexpr std::string_view streaming_tag = "too_many_streams";
  static constexpr Bounds waiting{256, 1024, waiting_tag, "wait", "ask without waiting, or later"};
  static constexpr Bounds streaming{64, 512, streaming_tag, "are being read", "read some of them to their end"};
  static constexpr Bounds streaming_with_worker{12, 24, streaming_tag, "are being read",
                                                "read some of them to their end"};

  explicit Waits(const Bounds& bounds) : bounds_(bounds) {}

  // Is left when it is destroyed.
  using Place = std::shared_ptr<void>;

  // A place for a request of that caller. The owner's own commands, which come by the socket file, are bounded together
  // with all others alone. Error: the tag.
  Result<Place> enter(const Caller& caller, bool local);

 private:
  struct Counts {
    std::mutex mutex;
    std::map<std::string, std::size_t, std::less<>> of_caller;
    std::size_t all = 0;
  };
  [[nodiscard]] tl::unexpected<Error> refused(const std::string& whose) const;

  const Bounds bounds_;
  const std::shared_ptr<Counts> counts_ = std::make_shared<Counts>();
};

}  // namespace tento::host::server
