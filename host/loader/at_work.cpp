// SPDX-License-Identifier: Apache-2.0
// One pointer a thread.
#include "host/loader/at_work.hpp"

#include <atomic>

namespace tento::host {
namespace {

// Initialised before any code runs, so that reading it needs nothing that a signal handler may not do.
constinit thread_local const AtWork* current = nullptr;

}  // namespace

AtWork::AtWork(const std::string& who, const char* what, const char* crash_record) noexcept
    : who_(who.c_str()), what_(what), crash_record_(crash_record), before_(current) {
  std::atomic_signal_fence(std::memory_order_release);
  current = this;
}

AtWork::~AtWork() {
  current = before_;
}

const AtWork* AtWork::here() noexcept {
  return current;
}

}  // namespace tento::host
