// SPDX-License-Identifier: Apache-2.0
// The lock file: taken with flock, so the kernel drops it when the holder dies, however it dies.
#include "host/store/sqlite/lock.hpp"

#include <fcntl.h>
#include <spdlog/fmt/fmt.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <exception>
#include <string>
#include <string_view>
#include <thread>

#include "host/store/sqlite/errors.hpp"

namespace tento::host::sqlite {

namespace {

// The file's second line, once the folder has had a store.
constexpr std::string_view note_line = "this folder has a store\n";

std::string content(int descriptor) {
  std::array<char, 128> text{};
  const ssize_t got = ::pread(descriptor, text.data(), text.size(), 0);
  return {text.data(), got > 0 ? static_cast<std::size_t>(got) : 0};
}

bool has_note(int descriptor) {
  return content(descriptor).find(note_line) != std::string::npos;
}

std::string holder(int descriptor) {
  const auto text = content(descriptor);
  std::string_view pid(text);
  pid = pid.substr(0, pid.find_first_not_of("0123456789"));
  return pid.empty() ? "unknown" : std::string(pid);
}

Error held(const std::string& name, const std::string& pid, std::int64_t wait_ms) {
  return store_error(ErrorCode::conflict, ErrorClass::transient,
                     fmt::format("the store is in use by process {} (lock {}, waited {} ms). Let that process end, or "
                                 "stop it, and try again",
                                 pid, name, wait_ms),
                     "store_locked", "wait for the other process");
}

}  // namespace

ProcessLock::ProcessLock(const std::filesystem::path& file, std::int64_t wait_ms) {
  const std::string name = file.string();
  descriptor_ = ::open(name.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (descriptor_ < 0) throw StoreFailure(file_error(errno, "open the store's lock", name));

  closed_in_children_ = ClosedInChildren(descriptor_);
  using SteadyClock = std::chrono::steady_clock;
  const auto end = SteadyClock::now() + std::chrono::milliseconds(wait_ms);
  auto pause = std::chrono::milliseconds(2);
  while (::flock(descriptor_, LOCK_EX | LOCK_NB) != 0) {
    const int why = errno;
    if (why == EINTR) continue;
    if (why != EWOULDBLOCK || SteadyClock::now() >= end) {
      const auto error =
          why == EWOULDBLOCK ? held(name, holder(descriptor_), wait_ms) : file_error(why, "lock the store", name);
      closed_in_children_ = {};
      ::close(descriptor_);
      throw StoreFailure(error);
    }
    std::this_thread::sleep_for(std::min(pause, std::chrono::milliseconds(50)));
    pause *= 2;
  }
  noted_ = has_note(descriptor_);
  write_holder();
}

// The pid is for people: a full disk must not keep a store from being read. Written before the rest is cut off, so that
// the note is there at each instant.
void ProcessLock::write_holder() noexcept {
  try {
    const std::string text = fmt::format("{:<10}\n{}", ::getpid(), noted_ ? note_line : "");
    if (::pwrite(descriptor_, text.data(), text.size(), 0) != static_cast<ssize_t>(text.size())) return;
    [[maybe_unused]] const int cut = ::ftruncate(descriptor_, static_cast<off_t>(text.size()));
  } catch (const std::exception&) {  // NOLINT(bugprone-empty-catch): see above
  }
}

void ProcessLock::note() noexcept {
  if (noted_) return;
  noted_ = true;
  write_holder();
}

ProcessLock::~ProcessLock() {
  closed_in_children_ = {};
  if (descriptor_ >= 0) ::close(descriptor_);
}

LockForAMoment::LockForAMoment(const std::filesystem::path& file) noexcept
    : descriptor_(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW)) {
  if (descriptor_ < 0) return;
  free_ = ::flock(descriptor_, LOCK_SH | LOCK_NB) == 0;
  noted_ = has_note(descriptor_);
}

LockForAMoment::~LockForAMoment() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

}  // namespace tento::host::sqlite
