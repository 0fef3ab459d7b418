// SPDX-License-Identifier: Apache-2.0
// The libraries that a provider may need: found in the system's folders, owned by root, writable by nobody else.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "host/loader/elf_file.hpp"

namespace tento::host {

// One library of the system, read but not loaded.
struct SystemLibrary {
  std::string name;            // as files ask for it
  std::filesystem::path path;  // where it was found
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
  [[nodiscard]] const std::vector<std::filesystem::path>& folders() const { return folders_; }

 private:
  using Entry = Accepted<std::unique_ptr<SystemLibrary>>;
  const Entry& find(std::string_view name);
  [[nodiscard]] Entry open(std::string_view name) const;

  std::vector<std::filesystem::path> folders_;
  std::map<std::string, Entry, std::less<>> found_;
};

}  // namespace tento::host
