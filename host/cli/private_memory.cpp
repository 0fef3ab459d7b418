// SPDX-License-Identifier: Apache-2.0
// A limit alone does not keep a core from a pattern that pipes it; being undumpable does.
#include "host/cli/private_memory.hpp"

#include <sys/prctl.h>
#include <sys/resource.h>

namespace tento::cli {

void keep_memory_private() noexcept {
  const rlimit none{0, 0};
  ::setrlimit(RLIMIT_CORE, &none);
  ::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);  // NOLINT(cppcoreguidelines-pro-type-vararg)
}

}  // namespace tento::cli
