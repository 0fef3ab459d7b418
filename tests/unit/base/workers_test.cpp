// SPDX-License-Identifier: Apache-2.0
// Threads for work: those that give way do, and the others stay as they are.
#include "host/base/workers.hpp"

#include <doctest/doctest.h>
#include <sys/resource.h>

#include <algorithm>
#include <future>

namespace {

int nice_of(tento::host::Workers& workers) {
  std::promise<int> out;
  REQUIRE(workers.run([&out] { out.set_value(::getpriority(PRIO_PROCESS, 0)); }));
  return out.get_future().get();
}

}  // namespace

TEST_CASE("threads that are to give way to others do, and whoever made them does not") {
  using tento::host::Workers;
  const int mine = ::getpriority(PRIO_PROCESS, 0);
  Workers polite(1, 128, std::chrono::seconds(10), 5);
  Workers plain(1, 128);
  CHECK(nice_of(polite) == std::min(mine + 5, 19));
  CHECK(nice_of(plain) == mine);
  CHECK(::getpriority(PRIO_PROCESS, 0) == mine);
}
