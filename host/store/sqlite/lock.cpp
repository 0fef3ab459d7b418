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
#include <string>
#include <string_view>
#include <thread>

#include "host/store/sqlite/errors.hpp"

namespace tento::host::sqlite {

namespace {

std::string holder(int descriptor) {
  std::array<char, 32> text{};
  const ssize_t got = ::pread(descriptor, text.data(), text.size(), 0);
  std::string_view pid(text.data(), got > 0 ? static_cast<std::size_t>(got) : 0);
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

  using Clock = std::chrono::steady_clock;
  const auto end = Clock::now() + std::chrono::milliseconds(wait_ms);
  auto pause = std::chrono::milliseconds(2);
  while (::flock(descriptor_, LOCK_EX | LOCK_NB) != 0) {
    const int why = errno;
    if (why == EINTR) continue;
    if (why != EWOULDBLOCK || Clock::now() >= end) {
      const auto error =
          why == EWOULDBLOCK ? held(name, holder(descriptor_), wait_ms) : file_error(why, "lock the store", name);
      ::close(descriptor_);
      throw StoreFailure(error);
    }
    std::this_thread::sleep_for(std::min(pause, std::chrono::milliseconds(50)));
    pause *= 2;
  }
  const std::string pid = fmt::format("{}\n", ::getpid());
  // The pid is for people: a full disk must not keep a store from being read.
  if (::ftruncate(descriptor_, 0) == 0) [[maybe_unused]]
    const ssize_t written = ::pwrite(descriptor_, pid.data(), pid.size(), 0);
}

ProcessLock::~ProcessLock() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

}  // namespace tento::host::sqlite
