// SPDX-License-Identifier: Apache-2.0
// Copying, fsync, rename.
#include "host/store/sqlite/file_ops.hpp"

#include <fcntl.h>
#include <stdio.h>  // NOLINT(modernize-deprecated-headers): renameat2
#include <unistd.h>

#include <array>
#include <cerrno>
#include <system_error>

#include "host/base/encoding.hpp"
#include "host/base/random.hpp"
#include "host/store/sqlite/errors.hpp"

namespace tento::host::sqlite {

namespace fs = std::filesystem;

namespace {

class Descriptor {
 public:
  Descriptor(const fs::path& path, int flags, std::string_view doing)
      : value_(::open(path.c_str(), flags | O_CLOEXEC, 0600)) {
    if (value_ < 0) throw StoreFailure(file_error(errno, doing, path.string()));
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() { ::close(value_); }
  [[nodiscard]] int get() const { return value_; }

 private:
  int value_;
};

}  // namespace

fs::path in_real_folder(const fs::path& file, std::string_view doing) {
  std::error_code failed;
  const auto whole = fs::absolute(file, failed);
  const auto folder = fs::canonical(whole.parent_path(), failed);
  if (failed) throw StoreFailure(file_error(failed.value(), doing, whole.parent_path().string()));
  return folder / whole.filename();
}

std::string chance_name() {
  std::string out;
  append_hex(out, random_bytes(4));
  return out.substr(1, 8);  // without its quotes
}

void make_new_file(const fs::path& file, std::string_view doing) {
  const Descriptor made(file, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, doing);
}

void copy_file_privately(const fs::path& from, const fs::path& to) {
  const Descriptor in(from, O_RDONLY, "read");
  const Descriptor out(to, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, "copy a file");
  std::array<char, 1 << 16> buffer{};
  for (;;) {
    const auto got = ::read(in.get(), buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) throw StoreFailure(file_error(errno, "read", from.string()));
    if (got == 0) return;
    for (ssize_t done = 0; done < got;) {
      const auto put = ::write(out.get(), buffer.data() + done, static_cast<std::size_t>(got - done));
      if (put < 0 && errno == EINTR) continue;
      if (put < 0) throw StoreFailure(file_error(errno, "write", to.string()));
      done += put;
    }
  }
}

void bring_to_disk(const fs::path& path) {
  const Descriptor file(path, O_RDONLY, "bring a file to the disk");
  // Some file systems have no fsync of folders, and say so.
  if (::fsync(file.get()) != 0 && errno != EINVAL && errno != EROFS)
    throw StoreFailure(file_error(errno, "bring a file to the disk", path.string()));
}

std::uint64_t size_of_file(const fs::path& file) {
  std::error_code failed;
  const auto size = fs::file_size(file, failed);
  if (failed) throw StoreFailure(file_error(failed.value(), "look at", file.string()));
  return size;
}

bool put_in_place(const fs::path& from, const fs::path& to, bool overwrite) {
  int done = ::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), overwrite ? 0 : RENAME_NOREPLACE);
  // A file system that cannot refuse by itself.
  if (done != 0 && errno == EINVAL && !overwrite) {
    std::error_code ignored;
    if (fs::exists(fs::symlink_status(to, ignored))) return false;
    done = ::rename(from.c_str(), to.c_str());
  }
  if (done == 0) return true;
  if (errno == EEXIST) return false;
  throw StoreFailure(file_error(errno, "put a file in its place", to.string()));
}

}  // namespace tento::host::sqlite
