// SPDX-License-Identifier: Apache-2.0
// Descriptors that a child of this process closes as it begins, also one that somebody's code forks and that never
// calls exec: close-on-exec does nothing for it, and a lock or a listening socket would be held for as long as it
// lives.
#pragma once

namespace tento::host {

// Registers a descriptor for its own life. A child finds it closed; what else was open it keeps. Any thread.
class ClosedInChildren {
 public:
  ClosedInChildren() = default;
  explicit ClosedInChildren(int descriptor) noexcept;
  ClosedInChildren(ClosedInChildren&& other) noexcept;
  ClosedInChildren& operator=(ClosedInChildren&& other) noexcept;
  ClosedInChildren(const ClosedInChildren&) = delete;
  ClosedInChildren& operator=(const ClosedInChildren&) = delete;
  ~ClosedInChildren();

 private:
  int place_ = -1;  // in the table of all; -1 = in none
};

}  // namespace tento::host
