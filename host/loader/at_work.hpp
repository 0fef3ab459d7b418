// SPDX-License-Identifier: Apache-2.0
// Which provider's code runs on a thread, for whoever has to say it when that code ends the process.
#pragma once

#include <string>

namespace tento::host {

// While it lives, the thread is in a provider's code. Nested ones count from the innermost. The texts outlive it.
class AtWork {
 public:
  // `who` the provider, `what` the slot and the row, or what is being opened. `crash_record`: where it is noted if the
  // code ends the process; null = nowhere.
  AtWork(const std::string& who, const char* what, const char* crash_record = nullptr) noexcept;
  AtWork(const std::string& who, const std::string& what, const char* crash_record = nullptr) noexcept
      : AtWork(who, what.c_str(), crash_record) {}
  ~AtWork();
  AtWork(const AtWork&) = delete;
  AtWork& operator=(const AtWork&) = delete;

  // It goes on with this.
  void now(const char* what) noexcept { what_ = what; }
  [[nodiscard]] const char* who() const noexcept { return who_; }
  [[nodiscard]] const char* what() const noexcept { return what_; }
  [[nodiscard]] const char* crash_record() const noexcept { return crash_record_; }
  // Of this thread; null = it is in none. May be asked by a signal handler.
  [[nodiscard]] static const AtWork* here() noexcept;

 private:
  const char* who_;
  const char* what_;
  const char* crash_record_;
  const AtWork* before_;
};

}  // namespace tento::host
