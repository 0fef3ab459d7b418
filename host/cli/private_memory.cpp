// SPDX-License-Identifier: Apache-2.0
// A limit alone does not keep a core from a pattern that pipes it; being undumpable does.
#include "host/cli/private_memory.hpp"

#include <sys/prctl.h>

namespace tento::cli {
namespace {

void set_dumpable(int dumpable) noexcept {
  ::prctl(PR_SET_DUMPABLE, dumpable, 0, 0, 0);  // NOLINT(cppcoreguidelines-pro-type-vararg)
}

}  // namespace

PrivateMemory::PrivateMemory() noexcept {
  ::getrlimit(RLIMIT_CORE, &before_);
  // The hard limit waits for keep(): without privileges it could not be raised again.
  const rlimit none{0, before_.rlim_max};
  ::setrlimit(RLIMIT_CORE, &none);
  set_dumpable(0);
}

void PrivateMemory::keep() noexcept {
  const rlimit none{0, 0};
  ::setrlimit(RLIMIT_CORE, &none);
}

void PrivateMemory::open() noexcept {
  ::setrlimit(RLIMIT_CORE, &before_);
  set_dumpable(1);
}

}  // namespace tento::cli
