// SPDX-License-Identifier: Apache-2.0
// The libraries that a provider may need: found in the system's folders, owned by root, writable by nobody else.
#pragma once

#include <sys/stat.h>

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "host/loader/elf_file.hpp"

namespace tento::host {

// A library's file, and how it looked.
struct LibraryFile {
  std::filesystem::path path;  // without links
  dev_t device = 0;
  ino_t inode = 0;
  off_t size = 0;
  std::int64_t modified_ns = 0;
  bool operator==(const LibraryFile&) const = default;
};
[[nodiscard]] LibraryFile look_at_library(const std::filesystem::path& path);
// That it lies in one of the system's folders, or below, and that only root can write it.
[[nodiscard]] Accepted<void> check_library_file(const LibraryFile& file);

// One library of the system, read but not loaded.
struct SystemLibrary {
  std::string name;            // as files ask for it
  std::filesystem::path path;  // where it was found
  LibraryFile file;
  std::shared_ptr<void> mapping;
  ElfFile elf;
};

// Finds and reads libraries; keeps what it read for the next file of the same run.
class SystemLibraries {
 public:
  // The folders the dynamic linker searches: LD_LIBRARY_PATH, /etc/ld.so.conf, the built-in ones.
  SystemLibraries();
  explicit SystemLibraries(std::vector<std::filesystem::path> folders);

  // Everything that a file with these needs pulls in, breadth first, as the dynamic linker would search it.
  [[nodiscard]] Accepted<std::vector<const SystemLibrary*>> closure(const std::vector<std::string_view>& needed);
  // Whether the dynamic linker would find one of this name.
  [[nodiscard]] bool has(std::string_view name);
  [[nodiscard]] const std::vector<std::filesystem::path>& folders() const { return folders_; }

 private:
  using Entry = Accepted<std::unique_ptr<SystemLibrary>>;
  const Entry& find(std::string_view name);
  [[nodiscard]] Entry open(std::string_view name) const;

  std::vector<std::filesystem::path> folders_;
  std::map<std::string, Entry, std::less<>> found_;
};

}  // namespace tento::host
