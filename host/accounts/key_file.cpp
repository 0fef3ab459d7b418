// SPDX-License-Identifier: Apache-2.0
// Reading with checks; writing by a whole file beside, fsync, link or rename, fsync of the folder.
#include "host/accounts/key_file.hpp"

#include <fcntl.h>
#include <spdlog/fmt/fmt.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <string>
#include <system_error>
#include <utility>

namespace tento::host {

namespace {

namespace fs = std::filesystem;

constexpr std::size_t most_file_bytes = 65'536;
constexpr std::int64_t ns_per_s = 1'000'000'000;

class File {
 public:
  explicit File(int descriptor) : descriptor_(descriptor) {}
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  ~File() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  [[nodiscard]] int get() const { return descriptor_; }
  [[nodiscard]] bool open() const { return descriptor_ >= 0; }

 private:
  int descriptor_;
};

tl::unexpected<Error> refused(int error_number, std::string_view doing, const fs::path& file) {
  Error error;
  error.code = ErrorCode::io;
  error.error_class = ErrorClass::config;
  error.message = fmt::format(
      "cannot {} the vault's key file {}: {}. Let this user do so, or set vault.key_file to "
      "another place",
      doing, file.string(), std::generic_category().message(error_number));
  error.tag = "vault_key_unreadable";
  error.remedy = "fix permissions";
  return fail(std::move(error));
}

KeyFileStamp stamp_of(const struct stat& s) {
  return {s.st_dev, s.st_ino, s.st_size, s.st_mtim.tv_sec * ns_per_s + s.st_mtim.tv_nsec};
}

// A service manager shows a file to its service by other means than the owner; everybody may read it nowhere.
Result<void> check_private(const struct stat& s, const fs::path& file, bool given) {
  const auto unsafe = [&](std::string_view why) {
    return vault_error("vault_key_unsafe",
                       fmt::format("the vault's key file {} {}. Make it this user's alone (chown, then chmod 600), and "
                                   "if others may have read it, do `key rotate` then",
                                   file.string(), why),
                       "chmod 600 the key file");
  };
  if (!S_ISREG(s.st_mode)) return unsafe("is not a regular file");
  if (given) {
    if ((s.st_mode & 007U) != 0) return unsafe("is open to everybody on this machine");
    return {};
  }
  if (s.st_uid != ::geteuid()) return unsafe("belongs to another user");
  if ((s.st_mode & 077U) != 0)
    return unsafe(fmt::format("is open to others on this machine (mode {:03o})", s.st_mode & 0777U));
  return {};
}

bool write_all(int file, std::string_view text) {
  while (!text.empty()) {
    const auto wrote = ::write(file, text.data(), text.size());
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote <= 0) return false;
    text.remove_prefix(static_cast<std::size_t>(wrote));
  }
  return true;
}

// Names in it are durable.
bool sync_folder(const fs::path& file) {
  const auto folder = file.has_parent_path() ? file.parent_path() : fs::path(".");
  const File opened(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  return opened.open() && ::fsync(opened.get()) == 0;
}

// Where the name leads: a link is not replaced by a file.
fs::path real(const fs::path& file) {
  std::error_code failed;
  auto target = fs::canonical(file, failed);
  return failed ? file : target;
}

}  // namespace

Result<std::optional<KeyFile::Content>> KeyFile::read() const {
  const File file(::open(path_.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  if (!file.open()) {
    if (errno == ENOENT) return std::optional<Content>();
    return refused(errno, "read", path_);
  }
  struct stat status {};
  if (::fstat(file.get(), &status) != 0) return refused(errno, "read", path_);
  TENTO_TRY(check_private(status, path_, given_));
  std::string text(most_file_bytes + 1, '\0');
  std::size_t size = 0;
  while (size < text.size()) {
    const auto got = ::read(file.get(), text.data() + size, text.size() - size);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return refused(errno, "read", path_);
    if (got == 0) break;
    size += static_cast<std::size_t>(got);
  }
  const Secret held(std::move(text));
  if (size > most_file_bytes)
    return vault_error(
        "vault_key_invalid",
        fmt::format("the key file {} is larger than 64 KiB, so it is not a key file. Name the right one with "
                    "vault.key_file",
                    path_.string()),
        "set vault.key_file");
  TENTO_TRY_ASSIGN(auto ring, parse_key_file(std::string_view(held.text()).substr(0, size), path_.string()));
  return Content{std::move(ring), stamp_of(status)};
}

std::optional<KeyFileStamp> KeyFile::stamp() const {
  struct stat status {};
  if (::stat(path_.c_str(), &status) != 0) return std::nullopt;
  return stamp_of(status);
}

Result<fs::path> KeyFile::write_beside(const fs::path& target, const KeyRing& ring) const {
  auto beside = target;
  beside += ".new";
  ::unlink(beside.c_str());  // of a process that was killed
  const File file(::open(beside.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!file.open()) return refused(errno, "write", beside);
  const auto text = key_file_text(ring);
  if (!write_all(file.get(), text.text()) || ::fsync(file.get()) != 0) {
    const int why = errno;
    ::unlink(beside.c_str());
    return refused(why, "write", beside);
  }
  step("key file written");
  return beside;
}

Result<bool> KeyFile::create(const KeyRing& ring) const {
  TENTO_TRY_ASSIGN(const auto beside, write_beside(path_, ring));
  // Unlike a rename it takes nothing away that came meanwhile.
  const int linked = ::link(beside.c_str(), path_.c_str());
  const int why = errno;
  step("key file linked");
  ::unlink(beside.c_str());
  if (linked != 0 && why == EEXIST) return false;
  if (linked != 0) return refused(why, "make", path_);
  if (!sync_folder(path_)) return refused(errno, "make durable", path_);
  step("key file made");
  return true;
}

Result<void> KeyFile::replace(const KeyRing& ring) const {
  const auto target = real(path_);
  TENTO_TRY_ASSIGN(const auto beside, write_beside(target, ring));
  if (::rename(beside.c_str(), target.c_str()) != 0) {
    const int why = errno;
    ::unlink(beside.c_str());
    return refused(why, "replace", target);
  }
  step("key file renamed");
  if (!sync_folder(target)) return refused(errno, "make durable", target);
  step("key file replaced");
  return {};
}

}  // namespace tento::host
