// SPDX-License-Identifier: Apache-2.0
// One process at a time works on a store: an flock'd file beside it, with the holder's pid inside.
#pragma once

#include <cstdint>
#include <filesystem>

#include "host/base/closed_in_children.hpp"

namespace tento::host::sqlite {

class ProcessLock {
 public:
  // Waits up to `wait_ms` for the lock, then throws StoreFailure naming the holder's pid.
  ProcessLock(const std::filesystem::path& file, std::int64_t wait_ms);
  ProcessLock(const ProcessLock&) = delete;
  ProcessLock& operator=(const ProcessLock&) = delete;
  ~ProcessLock();

  // Whether this folder has had a store, as a process that wrote to it noted.
  [[nodiscard]] bool noted() const noexcept { return noted_; }
  // Notes it, for whoever takes the lock after this process. What fails is not told: it helps people find a lost file.
  void note() noexcept;

 private:
  void write_holder() noexcept;
  bool noted_ = false;
  int descriptor_ = -1;
  ClosedInChildren closed_in_children_;  // a child that lives on would hold the lock
};

// Shares the lock with others of its kind while it lives, if nobody has it to write: for whoever reads without a lock
// and wants to know that nobody writes.
class LockForAMoment {
 public:
  explicit LockForAMoment(const std::filesystem::path& file) noexcept;
  LockForAMoment(const LockForAMoment&) = delete;
  LockForAMoment& operator=(const LockForAMoment&) = delete;
  ~LockForAMoment();
  // False while another process has it.
  [[nodiscard]] bool free() const noexcept { return free_; }
  [[nodiscard]] bool noted() const noexcept { return noted_; }

 private:
  int descriptor_ = -1;
  bool free_ = true;
  bool noted_ = false;
};

}  // namespace tento::host::sqlite
