// SPDX-License-Identifier: Apache-2.0
// Whole files, brought to the disk and put in their place at once. Failures throw StoreFailure.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

namespace tento::host::sqlite {

// Removes a file or a folder with all in it when it goes out of scope.
class RemovedAtEnd {
 public:
  explicit RemovedAtEnd(std::filesystem::path path) : path_(std::move(path)) {}
  RemovedAtEnd(const RemovedAtEnd&) = delete;
  RemovedAtEnd& operator=(const RemovedAtEnd&) = delete;
  ~RemovedAtEnd() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }

 private:
  std::filesystem::path path_;
};

// An absolute path without symbolic links in its folder, which has to be there. `doing` begins the error.
[[nodiscard]] std::filesystem::path in_real_folder(const std::filesystem::path& file, std::string_view doing);
// Eight letters by chance.
[[nodiscard]] std::string chance_name();
// A new, empty file for this user alone.
void make_new_file(const std::filesystem::path& file, std::string_view doing);
void copy_file_privately(const std::filesystem::path& from, const std::filesystem::path& to);
void bring_to_disk(const std::filesystem::path& file_or_folder);
[[nodiscard]] std::uint64_t size_of_file(const std::filesystem::path& file);
// Renames; `overwrite` false = fails with EEXIST where something is. False in that case.
[[nodiscard]] bool put_in_place(const std::filesystem::path& from, const std::filesystem::path& to, bool overwrite);

}  // namespace tento::host::sqlite
