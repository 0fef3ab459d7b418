// SPDX-License-Identifier: Apache-2.0
// Reading plugin files and keeping private copies of them, addressed by content.
#include "host/loader/image.hpp"

#include <fcntl.h>
#include <openssl/evp.h>
#include <spdlog/fmt/fmt.h>
#include <sys/file.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <system_error>

#include "host/base/crypto.hpp"
#include "host/loader/candidates.hpp"
#include "host/loader/elf_limits.hpp"
#include "host/loader/file_handle.hpp"
#include "host/loader/reject.hpp"

namespace tento::host {
namespace {

namespace fs = std::filesystem;

std::string reason_of(int error) {
  return std::generic_category().message(error);
}

tl::unexpected<Rejection> image_error(std::string_view what, const fs::path& path, int error) {
  if (error == EROFS) {
    return reject(
        "image_failed",
        fmt::format("its private copy could not be {} at {}: it is on a file system that is mounted read-only", what,
                    path.string()),
        fmt::format("mount it writable, or set plugins.image_dir in the configuration (TENTO_IMAGE_DIR) to a folder "
                    "of its own elsewhere ({})",
                    path.parent_path().string()));
  }
  return reject("image_failed",
                fmt::format("its private copy could not be {} at {}: {}", what, path.string(), reason_of(error)),
                fmt::format("make the data folder writable for this user, with room for the file ({})",
                            path.parent_path().string()));
}

// Reads exactly `size` bytes; false with errno set, 0 when the file ended early.
bool read_all(int descriptor, std::byte* out, std::size_t size) {
  for (std::size_t done = 0; done < size;) {
    const ssize_t got = ::read(descriptor, out + done, size - done);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) {
      if (got == 0) errno = 0;
      return false;
    }
    done += static_cast<std::size_t>(got);
  }
  return true;
}

bool write_all(int descriptor, std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t put = ::write(descriptor, bytes.data(), bytes.size());
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) return false;
    bytes = bytes.subspan(static_cast<std::size_t>(put));
  }
  return true;
}

bool same_time(const timespec& a, const timespec& b) {
  return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec;
}

bool same_file(const struct stat& a, const struct stat& b) {
  return a.st_dev == b.st_dev && a.st_ino == b.st_ino && a.st_size == b.st_size && a.st_mode == b.st_mode &&
         same_time(a.st_mtim, b.st_mtim) && same_time(a.st_ctim, b.st_ctim);
}

// Makes a folder that is this user's alone; tells whether it was there already.
Accepted<bool> private_folder(const fs::path& folder) {
  constexpr int most_tries = 100;
  struct stat status {};
  for (int tries = 1;; ++tries) {
    if (mkdir(folder.c_str(), 0700) == 0) return false;
    if (errno != EEXIST) return image_error("kept", folder, errno);
    if (lstat(folder.c_str(), &status) == 0) break;
    // Pruned in between by another process: make it again.
    if (errno != ENOENT || tries == most_tries) return image_error("kept", folder, errno);
  }
  if (!S_ISDIR(status.st_mode) || status.st_uid != geteuid())
    return reject("image_failed", fmt::format("{} is not a folder of this user", folder.string()),
                  fmt::format("remove {} and start again", folder.string()));
  if ((status.st_mode & 0777u) != 0700 && chmod(folder.c_str(), 0700) != 0) return image_error("kept", folder, errno);
  return true;
}

bool is_image_folder_name(const std::string& name) {
  return name.size() == 64 && name.find_first_not_of("0123456789abcdef") == std::string::npos;
}

// A folder that somebody named may be a home, or /tmp: neither is made this user's alone, and none is filled.
Accepted<void> check_holds_only_images(const fs::path& images) {
  struct stat status {};
  if (lstat(images.c_str(), &status) != 0 || (status.st_mode & 0777u) == 0700) return {};
  std::error_code error;
  for (fs::directory_iterator at(images, error), end; !error && at != end; at.increment(error)) {
    if (is_image_folder_name(at->path().filename().string())) continue;
    return reject("image_failed",
                  fmt::format("the folder of the private copies, {}, holds other things ({})", images.string(),
                              at->path().filename().string()),
                  "set plugins.image_dir to a folder of its own, which is made when it is not there");
  }
  return {};
}

bool is_same_folder(int descriptor, const fs::path& folder) {
  struct stat held {
  }, named{};
  return fstat(descriptor, &held) == 0 && lstat(folder.c_str(), &named) == 0 && held.st_dev == named.st_dev &&
         held.st_ino == named.st_ino;
}

FileHandle open_folder(const fs::path& folder) {
  return FileHandle(open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW));
}

// A folder that exists and that no other process prunes as long as the handle lives.
struct Leased {
  std::shared_ptr<const FileHandle> handle;
  bool was_there = false;
};

Accepted<Leased> lease(const fs::path& folder) {
  constexpr int most_tries = 1000;
  for (int i = 0; i < most_tries; ++i) {
    const auto was_there = private_folder(folder);
    if (!was_there) return tl::unexpected(was_there.error());
    auto handle = std::make_shared<const FileHandle>(open_folder(folder));
    if (!*handle) {
      if (errno == ENOENT) continue;  // pruned in between
      return image_error("kept", folder, errno);
    }
    // Where files cannot be locked nobody can lock them to prune either.
    while (flock(handle->get(), LOCK_SH) != 0 && errno == EINTR) {
    }
    if (*was_there) {
      if (!is_same_folder(handle->get(), folder)) continue;  // pruned while we waited for the lock
      futimens(handle->get(), nullptr);                      // when it was used last
    }
    return Leased{std::move(handle), *was_there};
  }
  return image_error("kept", folder, EAGAIN);
}

// Whether the open file is ours, private, and holds exactly `bytes`.
bool holds(int descriptor, std::span<const std::byte> bytes) {
  struct stat status {};
  if (fstat(descriptor, &status) != 0) return false;
  if (!S_ISREG(status.st_mode) || status.st_uid != geteuid() || (status.st_mode & 0777u) != 0400) return false;
  if (static_cast<std::uint64_t>(status.st_size) != bytes.size() || lseek(descriptor, 0, SEEK_SET) != 0) return false;
  std::array<std::byte, 65536> chunk;
  for (std::size_t at = 0; at < bytes.size();) {
    const std::size_t size = std::min(chunk.size(), bytes.size() - at);
    if (!read_all(descriptor, chunk.data(), size) || std::memcmp(chunk.data(), bytes.data() + at, size) != 0)
      return false;
    at += size;
  }
  return true;
}

// A new file in the folder; a rest of a process that died with our number is in nobody's use.
FileHandle create_in(const FileHandle& folder, const std::string& name) {
  constexpr int flags = O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW;
  FileHandle file(openat(folder.get(), name.c_str(), flags, 0400));
  if (file || errno != EEXIST) return file;
  unlinkat(folder.get(), name.c_str(), 0);
  return FileHandle(openat(folder.get(), name.c_str(), flags, 0400));
}

// Written beside its place, read back and put there without replacing anything, so that nobody ever sees half of it and
// the copy that another process has loaded stays. False when there was a file already.
Accepted<bool> write_image(Image& image, const FileHandle& folder, std::span<const std::byte> bytes, bool replace) {
  const std::string name = image.path.filename().string();
  const std::string temporary = fmt::format(".{}.tmp", getpid());
  const FileHandle file = create_in(folder, temporary);
  if (!file) return image_error("made", image.path, errno);
  const auto give_up = [&](std::string_view what) {
    const int error = errno;
    unlinkat(folder.get(), temporary.c_str(), 0);
    return image_error(what, image.path, error);
  };
  if (!write_all(file.get(), bytes)) return give_up("written");
  if (!holds(file.get(), bytes)) {
    unlinkat(folder.get(), temporary.c_str(), 0);
    return reject("image_mismatch",
                  fmt::format("its private copy at {} does not hold what was written to it", image.path.string()),
                  "check the disk of the data folder, and that nothing else writes there");
  }
  const unsigned how = replace ? 0 : RENAME_NOREPLACE;
  int put = renameat2(folder.get(), temporary.c_str(), folder.get(), name.c_str(), how);
  // Some file systems know no such flag; there the last one wins.
  if (put != 0 && errno == EINVAL) put = renameat(folder.get(), temporary.c_str(), folder.get(), name.c_str());
  if (put != 0 && errno == EEXIST) {
    unlinkat(folder.get(), temporary.c_str(), 0);
    return false;
  }
  if (put != 0) return give_up("put");
  if (fstat(file.get(), &image.status) != 0) return image_error("kept", image.path, errno);
  return true;
}

}  // namespace

Accepted<FileBytes> read_plugin(const fs::path& path) {
  // O_NONBLOCK, so that a pipe of that name holds nobody up.
  const FileHandle file(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  struct stat before {};
  if (!file || fstat(file.get(), &before) != 0)
    return reject("unreadable", fmt::format("it cannot be read: {}", reason_of(errno)),
                  fmt::format("make {} readable for this user", path.string()));
  if (auto ok = check_file_status(before, path); !ok) return tl::unexpected(ok.error());
  if (static_cast<std::uint64_t>(before.st_size) > elf_limits::file_bytes)
    return reject("too_large",
                  fmt::format("it is {} bytes long, and the limit is {}", before.st_size, elf_limits::file_bytes),
                  "strip its debug information, or keep data out of the provider");
  FileBytes bytes;
  bytes.size = static_cast<std::size_t>(before.st_size);
  bytes.data = std::make_unique_for_overwrite<std::byte[]>(bytes.size);
  const bool complete = read_all(file.get(), bytes.data.get(), bytes.size);
  if (!complete && errno != 0)
    return reject("unreadable", fmt::format("it cannot be read: {}", reason_of(errno)), "check the disk it is on");
  struct stat afterwards {};
  if (!complete || fstat(file.get(), &afterwards) != 0 || !same_file(before, afterwards))
    return reject("changed_while_read", "it was being written while it was read",
                  "start again once the copy is done; install plugins by renaming them into place");
  bytes.sha256 = sha256_hex(bytes.bytes());
  if (bytes.sha256.empty())
    return reject("no_digest", "its SHA-256 could not be computed by OpenSSL",
                  "check that OpenSSL's default provider is available");
  return bytes;
}

namespace {

Accepted<void> check_may_run_from(const fs::path& folder) {
  struct statvfs mount {};
  fs::path place = fs::absolute(folder);
  while (statvfs(place.c_str(), &mount) != 0) {
    if ((errno != ENOENT && errno != ENOTDIR) || !place.has_relative_path()) return {};  // told when it is made
    place = place.parent_path();
  }
  if ((mount.f_flag & ST_NOEXEC) == 0) return {};
  return reject(
      "noexec",
      fmt::format("no code may be run from the folder of the private copies, {}: its file system is mounted noexec",
                  folder.string()),
      "set plugins.image_dir in the configuration (or TENTO_IMAGE_DIR) to a folder on a file system that is mounted "
      "without noexec, or mount this one without it");
}

}  // namespace

Accepted<void> check_image_folder(const fs::path& images) {
  if (auto ok = check_may_run_from(images); !ok) return ok;
  auto replaceable = check_above(fs::absolute(images));
  if (!replaceable) return {};
  return reject(std::move(replaceable->code),
                "the private copies of providers cannot be kept safely: " + std::move(replaceable->reason),
                std::move(replaceable->remedy) +
                    ", or set plugins.image_dir in the configuration (TENTO_IMAGE_DIR) to a folder elsewhere");
}

Accepted<void> prepare_images(const fs::path& images) {
  if (auto ok = check_image_folder(images); !ok) return ok;
  if (auto ok = check_holds_only_images(images); !ok) return ok;
  std::error_code error;
  fs::create_directories(images.parent_path(), error);  // what fails here fails again below, with its reason
  if (auto made = private_folder(images); !made) return tl::unexpected(made.error());
  return {};
}

Accepted<Image> store_image(const fs::path& images, const FileBytes& file, const std::string& name) {
  // The dynamic linker takes a path with a slash as it is; an absolute one does not depend on the working directory.
  const fs::path folder = fs::absolute(images / file.sha256);
  constexpr int most_tries = 1000;
  for (int tries = 1;; ++tries) {
    auto leased = lease(folder);
    if (!leased) return tl::unexpected(leased.error());
    Image image{folder / name, {}, leased->handle};
    const auto good = [&] {
      const FileHandle earlier(
          openat(leased->handle->get(), name.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
      return earlier && holds(earlier.get(), file.bytes()) && fstat(earlier.get(), &image.status) == 0;
    };
    if (leased->was_there && good()) return image;
    // What is there and not good is replaced, unless it has just come from a process that started beside this one.
    auto placed = write_image(image, *leased->handle, file.bytes(), leased->was_there && tries > 1);
    if (placed && (*placed || good())) return image;
    // A folder that was new and is gone was pruned before it was leased.
    const bool pruned = !placed && !leased->was_there && !is_same_folder(leased->handle->get(), folder);
    if (tries == most_tries || (!placed && !pruned)) {
      return placed ? image_error("kept", image.path, EEXIST) : tl::unexpected(placed.error());
    }
  }
}

std::size_t prune_images(const fs::path& images, std::int64_t keep_s) {
  std::size_t pruned = 0;
  std::error_code error;
  for (fs::directory_iterator at(images, error), end; !error && at != end; at.increment(error)) {
    const std::string name = at->path().filename().string();
    if (!is_image_folder_name(name)) continue;
    const FileHandle folder = open_folder(at->path());
    struct stat status {};
    const auto old = [&] {
      return fstat(folder.get(), &status) == 0 && status.st_uid == geteuid() &&
             time(nullptr) - status.st_mtim.tv_sec >= keep_s;
    };
    if (!folder || !old()) continue;
    // Locked by this process too, for what it has loaded: the lock belongs to the handle, not to the process.
    if (flock(folder.get(), LOCK_EX | LOCK_NB) != 0) continue;
    // Somebody may have used it, or pruned and made it anew, before we had the lock.
    if (!old() || !is_same_folder(folder.get(), at->path())) continue;
    std::error_code failed;
    fs::remove_all(at->path(), failed);
    if (!failed) ++pruned;
  }
  return pruned;
}

Accepted<void> check_image_unchanged(const Image& image) {
  struct stat now {};
  if (lstat(image.path.c_str(), &now) == 0 && same_file(image.status, now)) return {};
  return reject("image_changed",
                fmt::format("its private copy at {} was changed after it had been checked", image.path.string()),
                "find out what writes into the data folder, then start again");
}

}  // namespace tento::host
