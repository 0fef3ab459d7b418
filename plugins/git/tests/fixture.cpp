// SPDX-License-Identifier: Apache-2.0
// Temporary repositories.
#include "fixture.hpp"

#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <sstream>
#include <stdexcept>

namespace gitlog::test {
namespace {

void clean_environment() {
  for (const char* name : {"GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "XDG_CONFIG_HOME", "SUDO_UID"})
    ::unsetenv(name);
  ::setenv("HOME", "/nonexistent", 1);
  ::setenv("GIT_CONFIG_NOSYSTEM", "1", 1);
  ::setenv("GIT_CONFIG_GLOBAL", "/dev/null", 1);
  ::setenv("GIT_AUTHOR_NAME", "Ada", 1);
  ::setenv("GIT_AUTHOR_EMAIL", "ada@example.org", 1);
  ::setenv("GIT_COMMITTER_NAME", "Ada", 1);
  ::setenv("GIT_COMMITTER_EMAIL", "ada@example.org", 1);
  ::setenv("TZ", "UTC", 1);
}

}  // namespace

Folder::Folder() {
  clean_environment();
  std::string name = (std::filesystem::temp_directory_path() / "gitlog-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary folder");
  path_ = std::filesystem::canonical(name);
}

Folder::~Folder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::string run(const std::filesystem::path& folder, const std::string& command) {
  const std::string line = "cd '" + folder.string() + "' && { " + command + "\n} 2>&1";
  std::unique_ptr<FILE, int (*)(FILE*)> pipe(::popen(line.c_str(), "r"), ::pclose);
  std::string output;
  std::array<char, 65536> buffer{};
  while (const auto got = std::fread(buffer.data(), 1, buffer.size(), pipe.get())) output.append(buffer.data(), got);
  if (::pclose(pipe.release()) != 0) throw std::runtime_error(command + ": " + output);
  return output;
}

void write(const std::filesystem::path& file, std::string_view content) {
  std::filesystem::create_directories(file.parent_path());
  std::ofstream(file, std::ios::binary) << content;
}

Repo::Repo(std::filesystem::path path, const std::string& init) : path_(std::move(path)) {
  std::filesystem::create_directories(path_);
  run(path_, init);
}

std::string Repo::git(const std::string& arguments) {
  std::string output = run(path_, "git " + arguments);
  while (!output.empty() && output.back() == '\n') output.pop_back();
  return output;
}

std::string Repo::commit(const std::string& message, const std::string& extra) {
  clock_ += 60;
  const std::string when = std::to_string(clock_) + " +0200";
  run(path_, "git add -A && GIT_AUTHOR_DATE='" + when + "' GIT_COMMITTER_DATE='" + when +
                 "' git commit -q --allow-empty " + extra + " -m '" + message + "'");
  return git("rev-parse HEAD");
}

std::string Repo::commit_file(const std::string& name, std::string_view content, const std::string& message) {
  write(path_ / name, content);
  return commit(message);
}

std::vector<std::string> Repo::lines(const std::string& arguments) {
  std::istringstream text(git(arguments));
  std::vector<std::string> result;
  for (std::string line; std::getline(text, line);) result.push_back(line);
  return result;
}

bool is_root() {
  return ::geteuid() == 0;
}

AsNobody::AsNobody() : works_(is_root() && ::seteuid(65534) == 0) {}
AsNobody::~AsNobody() {
  if (works_ && ::seteuid(0) != 0) std::abort();
}

}  // namespace gitlog::test
