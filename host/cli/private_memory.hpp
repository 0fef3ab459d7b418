// SPDX-License-Identifier: Apache-2.0
// What is in this process's memory stays there, unless somebody debugs a provider.
#pragma once

#include <sys/resource.h>

namespace tento::cli {

// From the beginning, before anything secret is read: no core dump of this process or of its children is written, and
// other processes of the same user cannot look into it (ptrace, /proc/<pid>/mem).
class PrivateMemory {
 public:
  PrivateMemory() noexcept;
  // For good: nothing in this process can raise the limit again.
  void keep() noexcept;
  // For a debugger: the process may be attached to, and dumps its core as far as the caller's limit allows.
  void open() noexcept;

 private:
  rlimit before_{};
};

}  // namespace tento::cli
