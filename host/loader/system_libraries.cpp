// SPDX-License-Identifier: Apache-2.0
// Where the dynamic linker would find a library, and whether that file can be trusted.
#include "host/loader/system_libraries.hpp"

#include <fcntl.h>
#include <glob.h>
#include <spdlog/fmt/fmt.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>

#include "host/loader/elf_errors.hpp"
#include "host/loader/elf_limits.hpp"
#include "host/loader/file_handle.hpp"
#include "host/loader/grammar.hpp"

namespace tento::host {
namespace {

namespace fs = std::filesystem;

constexpr int max_conf_depth = 8;

void add_folder(std::vector<fs::path>& folders, const fs::path& folder) {
  if (folder.is_absolute() && std::find(folders.begin(), folders.end(), folder) == folders.end())
    folders.push_back(folder);
}

// ld.so.conf: a folder a line, `#` comments, `include` with a glob (ldconfig(8)).
void read_conf(const std::string& path, std::vector<fs::path>& folders, int depth) {
  if (depth > max_conf_depth) return;
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    line.resize(std::min(line.size(), line.find('#')));
    const std::size_t begin = line.find_first_not_of(" \t");
    if (begin == std::string::npos) continue;
    line = line.substr(begin, line.find_last_not_of(" \t\r") - begin + 1);
    if (!line.starts_with("include ") && !line.starts_with("include\t")) {
      add_folder(folders, line);
      continue;
    }
    std::string pattern = line.substr(line.find_first_not_of(" \t", 8));
    if (!pattern.starts_with('/')) pattern = (fs::path(path).parent_path() / pattern).string();
    glob_t found{};
    if (glob(pattern.c_str(), 0, nullptr, &found) == 0)
      for (std::size_t i = 0; i < found.gl_pathc; ++i) read_conf(found.gl_pathv[i], folders, depth + 1);
    globfree(&found);
  }
}

std::vector<fs::path> dynamic_linker_folders() {
  std::vector<fs::path> folders;
  // The dynamic linker looks there first, so a library found there is judged like any other.
  if (const char* const first = std::getenv("LD_LIBRARY_PATH")) {
    std::string_view left(first);
    while (!left.empty()) {
      const std::size_t end = left.find_first_of(":;");
      add_folder(folders, fs::path(left.substr(0, end)));
      left.remove_prefix(end == std::string_view::npos ? left.size() : end + 1);
    }
  }
  read_conf("/etc/ld.so.conf", folders, 0);
  for (const char* folder : {"/lib/x86_64-linux-gnu", "/usr/lib/x86_64-linux-gnu", "/lib/aarch64-linux-gnu",
                             "/usr/lib/aarch64-linux-gnu", "/lib64", "/usr/lib64", "/lib", "/usr/lib"})
    add_folder(folders, folder);
  return folders;
}

tl::unexpected<Rejection> untrusted(std::string reason, const fs::path& path) {
  return tl::unexpected<Rejection>(
      {"untrusted_dependency", std::move(reason),
       fmt::format(
           "make it root's and writable by nobody else (chown root:root, chmod go-w {}), or install the library from "
           "the system's packages",
           path.string())});
}

// A library or its folder: others that can write it decide what code the provider runs.
Accepted<void> check_owner(std::string_view name, const fs::path& path, const struct stat& status,
                           std::string_view what) {
  const unsigned mode = status.st_mode & 07777u;
  if ((mode & 022u) != 0 && (mode & 01000u) == 0)
    return untrusted(
        fmt::format("it needs {}, and {} {} is writable by others (mode {:04o})", name, what, path.string(), mode),
        path);
  if (status.st_uid != 0)
    return untrusted(
        fmt::format("it needs {}, and {} {} belongs to user {}, not to root", name, what, path.string(), status.st_uid),
        path);
  return {};
}

LibraryFile file_of(const fs::path& path, const struct stat& status) {
  return {path, status.st_dev, status.st_ino, status.st_size,
          std::int64_t{status.st_mtim.tv_sec} * 1'000'000'000 + status.st_mtim.tv_nsec};
}

}  // namespace

LibraryFile look_at_library(const fs::path& path) {
  std::error_code error;
  const fs::path canonical = fs::canonical(path, error);
  struct stat status {};
  if (error || stat(canonical.c_str(), &status) != 0) return {path, 0, 0, 0, 0};
  return file_of(canonical, status);
}

Accepted<void> check_library_file(const LibraryFile& file) {
  struct stat status {
  }, above{};
  const fs::path folder = file.path.parent_path();
  if (stat(file.path.c_str(), &status) != 0 || stat(folder.c_str(), &above) != 0)
    return untrusted(fmt::format("{} is not there any more", file.path.string()), file.path);
  const auto holds = [&](const fs::path& one) {
    std::error_code error;
    const std::string system = fs::canonical(one, error).string();
    return !error && (folder.string() + "/").starts_with(system + "/");
  };
  const std::vector<fs::path> folders = dynamic_linker_folders();
  if (std::none_of(folders.begin(), folders.end(), holds))
    return untrusted(fmt::format("{} is in none of the system's library folders", file.path.string()), file.path);
  const std::string name = file.path.filename().string();
  if (auto ok = check_owner(name, file.path, status, "the file"); !ok) return ok;
  return check_owner(name, folder, above, "its folder");
}

SystemLibraries::SystemLibraries() : SystemLibraries(dynamic_linker_folders()) {}
SystemLibraries::SystemLibraries(std::vector<fs::path> folders) : folders_(std::move(folders)) {}

const SystemLibraries::Entry& SystemLibraries::find(std::string_view name) {
  const auto known = found_.find(name);
  if (known != found_.end()) return known->second;
  return found_.emplace(std::string(name), open(name)).first->second;
}

SystemLibraries::Entry SystemLibraries::open(std::string_view name) const {
  if (name.empty() || name.find('/') != std::string_view::npos)
    return untrusted(fmt::format("it needs `{}` by path, and only names that the system resolves are followed",
                                 grammar::printable(name)),
                     fs::path(name));
  for (const fs::path& folder : folders_) {
    std::error_code error;
    const fs::path path = fs::canonical(folder / name, error);
    if (error) continue;
    const FileHandle file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    struct stat status {};
    if (!file || fstat(file.get(), &status) != 0 || !S_ISREG(status.st_mode)) continue;
    struct stat above {};
    if (stat(path.parent_path().c_str(), &above) != 0) continue;
    // The dynamic linker passes over a library of another machine; so does this search.
    const auto size = static_cast<std::size_t>(status.st_size);
    void* const address = size == 0 ? MAP_FAILED : mmap(nullptr, size, PROT_READ, MAP_PRIVATE, file.get(), 0);
    if (address == MAP_FAILED) continue;
    std::shared_ptr<void> mapping(address, [size](void* start) { munmap(start, size); });
    auto elf = ElfFile::read({static_cast<const std::byte*>(address), size});
    if (!elf && (elf.error().code == "wrong_class" || elf.error().code == "wrong_machine")) continue;
    if (auto ok = check_owner(name, path, status, "the file"); !ok) return tl::unexpected(ok.error());
    if (auto ok = check_owner(name, path.parent_path(), above, "its folder"); !ok) return tl::unexpected(ok.error());
    if (!elf)
      return tl::unexpected<Rejection>(
          {"untrusted_dependency",
           fmt::format("it needs {}, and {} cannot be used: {}", name, path.string(), elf.error().reason),
           "install the library again from the system's packages"});
    return std::make_unique<SystemLibrary>(
        SystemLibrary{std::string(name), path, file_of(path, status), std::move(mapping), std::move(*elf)});
  }
  return tl::unexpected<Rejection>(
      {"missing_dependency", fmt::format("it needs the library {}, which is not in the system's library folders", name),
       fmt::format("install the package that has {} (Debian: apt-file search {}), then run ldconfig", name, name)});
}

bool SystemLibraries::has(std::string_view name) {
  const Entry& entry = find(name);
  return entry || entry.error().code != "missing_dependency";
}

Accepted<std::vector<const SystemLibrary*>> SystemLibraries::closure(const std::vector<std::string_view>& needed) {
  std::vector<const SystemLibrary*> all;
  const auto add = [&](std::string_view name) -> Accepted<void> {
    const auto same = [&](const SystemLibrary* library) { return library->name == name; };
    if (std::any_of(all.begin(), all.end(), same)) return {};
    const Entry& entry = find(name);
    if (!entry) return tl::unexpected(entry.error());
    if (all.size() == elf_limits::libraries)
      return elf_over_limit("libraries that it pulls in, or more", all.size() + 1, elf_limits::libraries);
    all.push_back(entry->get());
    return {};
  };
  for (const std::string_view name : needed)
    if (auto ok = add(name); !ok) return tl::unexpected(ok.error());
  for (std::size_t i = 0; i < all.size(); ++i)
    for (const std::string_view name : std::vector<std::string_view>(all[i]->elf.needed()))
      if (auto ok = add(name); !ok) return tl::unexpected(ok.error());
  return all;
}

}  // namespace tento::host
