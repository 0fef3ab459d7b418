// SPDX-License-Identifier: Apache-2.0
// What is in this process's memory stays there.
#pragma once

namespace tento::cli {

// From now on no core dump of this process or of its children is written, and other processes of the same user cannot
// look into it (ptrace, /proc/<pid>/mem). Before anything secret is read.
void keep_memory_private() noexcept;

}  // namespace tento::cli
