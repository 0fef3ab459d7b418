// SPDX-License-Identifier: Apache-2.0
// A table that the child of a fork reads. It is of the process, as descriptors are, and the handler gets no argument;
// so it is a global one, of atomic numbers, since in the child only what a signal handler may do is allowed.
#include "host/base/closed_in_children.hpp"

#include <pthread.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <mutex>
#include <utility>

namespace tento::host {
namespace {

constexpr int most_descriptors = 64;  // a lock and a few listening sockets are all that there are
constexpr int no_descriptor = 0;      // else the descriptor and one

std::array<std::atomic<int>, most_descriptors> registered;

void close_registered() {
  for (auto& entry : registered)
    if (const int kept = entry.exchange(no_descriptor); kept != no_descriptor) ::close(kept - 1);
}

}  // namespace

ClosedInChildren::ClosedInChildren(int descriptor) noexcept {
  static std::once_flag once;
  std::call_once(once, [] { ::pthread_atfork(nullptr, nullptr, &close_registered); });
  for (int place = 0; place < most_descriptors; ++place) {
    int expected = no_descriptor;
    if (!registered[static_cast<std::size_t>(place)].compare_exchange_strong(expected, descriptor + 1)) continue;
    place_ = place;
    return;
  }
}

ClosedInChildren::ClosedInChildren(ClosedInChildren&& other) noexcept : place_(std::exchange(other.place_, -1)) {}

ClosedInChildren& ClosedInChildren::operator=(ClosedInChildren&& other) noexcept {
  std::swap(place_, other.place_);
  return *this;
}

ClosedInChildren::~ClosedInChildren() {
  if (place_ >= 0) registered[static_cast<std::size_t>(place_)].store(no_descriptor);
}

}  // namespace tento::host
