// SPDX-License-Identifier: Apache-2.0
// Reads a write-ahead log as it lies on the disk (the file format of SQLite, "WAL File Format"), without SQLite, which
// would apply it to the file beside it.
#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "host/store/sqlite/errors.hpp"
#include "host/store/sqlite/mark.hpp"

namespace tento::host::sqlite {

namespace {

constexpr std::size_t header_size = 32;
constexpr std::size_t frame_header_size = 24;
constexpr std::uint32_t log_magic = 0x377f0682;  // the lowest bit tells the byte order of the checksums
constexpr std::uint32_t log_version = 3007000;

std::uint32_t big_endian(const char* at) {
  std::uint32_t value = 0;
  for (int i = 0; i < 4; ++i) value = value << 8 | static_cast<unsigned char>(at[i]);
  return value;
}

std::uint32_t little_endian(const char* at) {
  std::uint32_t value = 0;
  for (int i = 3; i >= 0; --i) value = value << 8 | static_cast<unsigned char>(at[i]);
  return value;
}

struct Checksum {
  std::uint32_t first = 0;
  std::uint32_t second = 0;
  void add(std::string_view bytes, bool big) {
    for (std::size_t at = 0; at + 8 <= bytes.size(); at += 8) {
      first += (big ? big_endian(bytes.data() + at) : little_endian(bytes.data() + at)) + second;
      second += (big ? big_endian(bytes.data() + at + 4) : little_endian(bytes.data() + at + 4)) + first;
    }
  }
  [[nodiscard]] bool matches(const char* at) const { return first == big_endian(at) && second == big_endian(at + 4); }
};

class File {
 public:
  explicit File(const std::string& name) : name_(name), descriptor_(::open(name.c_str(), O_RDONLY | O_CLOEXEC)) {
    if (descriptor_ < 0 && errno != ENOENT) throw StoreFailure(file_error(errno, "read the store's log", name_));
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  ~File() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  // True when all of it was read.
  bool read(char* into, std::size_t size) {
    std::size_t got = 0;
    while (descriptor_ >= 0 && got < size) {
      const auto n = ::read(descriptor_, into + got, size - got);
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) throw StoreFailure(file_error(errno, "read the store's log", name_));
      if (n == 0) break;
      got += static_cast<std::size_t>(n);
    }
    return got == size;
  }

 private:
  std::string name_;
  int descriptor_;
};

}  // namespace

std::vector<Mark> marks_of_log(const std::string& name) {
  std::vector<Mark> committed;
  File file(name);
  std::array<char, header_size> header{};
  if (!file.read(header.data(), header.size())) return committed;
  const bool big = (big_endian(header.data()) & 1) != 0;
  const std::size_t page_size = big_endian(header.data() + 8);
  Checksum sum;
  sum.add({header.data(), 24}, big);
  if ((big_endian(header.data()) & ~1U) != log_magic || big_endian(header.data() + 4) != log_version ||
      page_size < 512 || page_size > 65536 || (page_size & (page_size - 1)) != 0 || !sum.matches(header.data() + 24))
    return committed;

  std::vector<Mark> pending;
  std::string frame(frame_header_size + page_size, '\0');
  while (file.read(frame.data(), frame.size())) {
    const std::string_view page(frame.data() + frame_header_size, page_size);
    sum.add({frame.data(), 8}, big);
    sum.add(page, big);
    const bool same_generation = std::memcmp(frame.data() + 8, header.data() + 16, 8) == 0;
    if (!same_generation || !sum.matches(frame.data() + 16)) break;
    if (const auto mark = mark_of_page(page)) pending.push_back(*mark);
    if (big_endian(frame.data() + 4) == 0) continue;  // a commit tells the size of the file
    committed.insert(committed.end(), pending.begin(), pending.end());
    pending.clear();
  }
  return committed;
}

}  // namespace tento::host::sqlite
