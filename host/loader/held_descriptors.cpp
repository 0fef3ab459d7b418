// SPDX-License-Identifier: Apache-2.0
// Descriptors by number, device and inode.
#include "host/loader/held_descriptors.hpp"

#include <fcntl.h>
#include <spdlog/fmt/fmt.h>
#include <sys/stat.h>

#include <charconv>
#include <filesystem>
#include <system_error>

namespace tento::host {
namespace {

// Lie behind one another, so that a loop that closes all from some number on meets one of them.
constexpr int own_descriptors = 4;

std::vector<int> open_descriptors() {
  std::vector<int> all;
  std::error_code error;
  for (std::filesystem::directory_iterator at("/proc/self/fd", error), end; !error && at != end; at.increment(error)) {
    const std::string name = at->path().filename().string();
    int number = -1;
    if (std::from_chars(name.data(), name.data() + name.size(), number).ec == std::errc()) all.push_back(number);
  }
  return all;
}

}  // namespace

std::optional<HeldDescriptors::What> HeldDescriptors::look_at(int descriptor) {
  struct stat status {};
  const int flags = fcntl(descriptor, F_GETFD);
  if (flags < 0 || fstat(descriptor, &status) != 0) return std::nullopt;
  return What{status.st_dev, status.st_ino, status.st_mode & S_IFMT, flags};
}

HeldDescriptors HeldDescriptors::now(Watch watch) {
  HeldDescriptors held;
  std::vector<int> numbers = {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO};
  if (watch == Watch::all) {
    numbers = open_descriptors();
  } else {
    for (int i = 0; i < own_descriptors; ++i)
      if (auto own = std::make_shared<const FileHandle>(open("/dev/null", O_RDONLY | O_CLOEXEC)); *own) {
        numbers.push_back(own->get());
        held.own_.push_back(std::move(own));
      }
  }
  // The folder that was listed is closed again, and so is not among them.
  for (const int number : numbers)
    if (const auto what = look_at(number)) held.held_.emplace(number, *what);
  return held;
}

std::optional<std::string> HeldDescriptors::lost() const {
  for (const auto& [number, what] : held_) {
    const auto is = look_at(number);
    if (!is) return fmt::format("descriptor {} was closed", number);
    if (*is != what) return fmt::format("descriptor {} was made another", number);
  }
  return std::nullopt;
}

}  // namespace tento::host
