// SPDX-License-Identifier: Apache-2.0
// Temporary folders and real repositories in them, made by the git program under a clean environment.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace gitlog::test {

// A folder that is gone afterwards. The first one made cleans the process's environment of the user's git settings.
class Folder {
 public:
  Folder();
  ~Folder();
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

// Runs a shell command in `folder` and gives its output; throws with it if the command fails.
std::string run(const std::filesystem::path& folder, const std::string& command);
// Writes a file, making its folders.
void write(const std::filesystem::path& file, std::string_view content);

// A repository with a clock of its own: every commit is a minute after the one before.
class Repo {
 public:
  explicit Repo(std::filesystem::path path, const std::string& init = "git init -q -b main .");
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  std::string git(const std::string& arguments);
  // Commits everything there is and gives the commit's name.
  std::string commit(const std::string& message, const std::string& extra = "");
  // Writes a file and commits it.
  std::string commit_file(const std::string& name, std::string_view content, const std::string& message);
  std::vector<std::string> lines(const std::string& arguments);

 private:
  std::filesystem::path path_;
  std::int64_t clock_ = 1'767'225'600;  // 2026-01-01T00:00:00Z
};

// Whether the tests run as root, who alone can give files away and become another user.
[[nodiscard]] bool is_root();

// Makes the process another, unprivileged user for as long as it lives (only root can). `works` tells whether it did.
class AsNobody {
 public:
  AsNobody();
  ~AsNobody();
  AsNobody(const AsNobody&) = delete;
  AsNobody& operator=(const AsNobody&) = delete;
  [[nodiscard]] bool works() const { return works_; }

 private:
  bool works_ = false;
};

}  // namespace gitlog::test
