// SPDX-License-Identifier: Apache-2.0
// One process at a time works on a store: an flock'd file beside it, with the holder's pid inside.
#pragma once

#include <cstdint>
#include <filesystem>

namespace tento::host::sqlite {

class ProcessLock {
 public:
  // Waits up to `wait_ms` for the lock, then throws StoreFailure naming the holder's pid.
  ProcessLock(const std::filesystem::path& file, std::int64_t wait_ms);
  ProcessLock(const ProcessLock&) = delete;
  ProcessLock& operator=(const ProcessLock&) = delete;
  ~ProcessLock();

 private:
  int descriptor_ = -1;
};

}  // namespace tento::host::sqlite
