// SPDX-License-Identifier: Apache-2.0
// Searching the folders: who can write a folder decides what code runs, so that is looked at before anything is read.
#include "host/loader/candidates.hpp"

#include <spdlog/fmt/fmt.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <set>
#include <system_error>

namespace tento::host {
namespace {

namespace fs = std::filesystem;

// Each is read whole to be judged; what is more is somebody's mistake, or wants the start never to end.
constexpr std::size_t most_files = 1024;
constexpr unsigned others_write = S_IWGRP | S_IWOTH;

Rejection writable(std::string_view what, const fs::path& path, unsigned mode) {
  const bool world = (mode & S_IWOTH) != 0;
  return {world ? "world_writable" : "group_writable",
          fmt::format("{} {} is writable by {} (mode {:04o}), so anyone of them could put code into this program", what,
                      path.string(), world ? "everyone" : "its group", mode & 07777u),
          fmt::format("chmod go-w {}", path.string())};
}

Rejection foreign(std::string_view what, const fs::path& path, uid_t owner) {
  return {"foreign_owner",
          fmt::format("{} {} belongs to user {}; expected root or the user this program runs as ({})", what,
                      path.string(), owner, geteuid()),
          fmt::format("chown {} {}", geteuid(), path.string())};
}

bool is_trusted_owner(uid_t owner) {
  return owner == 0 || owner == geteuid();
}

// The folder, and each above it.
std::optional<Rejection> check_folder(const fs::path& folder) {
  struct stat status {};
  if (stat(folder.c_str(), &status) != 0) return std::nullopt;  // the search reports it
  if ((status.st_mode & others_write) != 0) return writable("the folder", folder, status.st_mode);
  if (!is_trusted_owner(status.st_uid)) return foreign("the folder", folder, status.st_uid);
  return check_above(folder);
}

FolderProblem folder_problem(const fs::path& folder, const std::error_code& error) {
  const bool missing = error == std::errc::no_such_file_or_directory;
  return {folder,
          {std::string(missing ? no_folder_code : "unreadable_folder"),
           fmt::format("the plugin folder {} {}", folder.string(),
                       missing ? std::string("does not exist") : "cannot be read: " + error.message()),
           missing ? fmt::format("mkdir -p {}, or take it out of the configuration", folder.string())
                   : fmt::format("make {} a folder that this user can read", folder.string())}};
}

std::optional<Rejection> check_kind(const fs::path& path) {
  struct stat status {};
  if (lstat(path.c_str(), &status) != 0)
    return Rejection{"unreadable", fmt::format("it cannot be looked at: {}", std::generic_category().message(errno)),
                     fmt::format("make {} readable", path.string())};
  if (S_ISLNK(status.st_mode))
    return Rejection{"not_regular",
                     "it is a symbolic link, and links are not followed: what they point to can change unseen",
                     "copy the file itself into the folder"};
  if (auto ok = check_file_status(status, path); !ok) return ok.error();
  return std::nullopt;
}

}  // namespace

Accepted<void> check_file_status(const struct stat& status, const fs::path& path) {
  if (!S_ISREG(status.st_mode))
    return tl::unexpected<Rejection>({"not_regular", "it is not a regular file", "remove it from the folder"});
  if ((status.st_mode & others_write) != 0) return tl::unexpected(writable("the file", path, status.st_mode));
  if (!is_trusted_owner(status.st_uid)) return tl::unexpected(foreign("the file", path, status.st_uid));
  return {};
}

// Whoever can write a folder above could swap this one for another. A sticky folder (like /tmp) lets nobody rename what
// is somebody else's.
std::optional<Rejection> check_above(const fs::path& folder) {
  struct stat status {};
  for (fs::path above = folder; above.has_relative_path();) {
    above = above.parent_path();
    if (stat(above.c_str(), &status) != 0) {
      if (errno == ENOENT) continue;  // not made yet
      return std::nullopt;
    }
    if ((status.st_mode & S_IWOTH) != 0 && (status.st_mode & S_ISVTX) == 0)
      return writable(fmt::format("above {} the folder", folder.string()), above, status.st_mode);
  }
  return std::nullopt;
}

Candidates find_candidates(const std::vector<fs::path>& folders) {
  Candidates result;
  std::set<fs::path> searched;
  for (const fs::path& named : folders) {
    std::error_code error;
    const fs::path folder = fs::canonical(named, error);
    if (error) {
      result.folder_problems.push_back(folder_problem(named, error));
      continue;
    }
    if (!searched.insert(folder).second) continue;
    fs::directory_iterator entries(folder, error);
    if (error) {
      result.folder_problems.push_back(folder_problem(named, error));
      continue;
    }
    std::vector<fs::path> names;
    bool too_many = false;
    for (; !too_many && entries != fs::directory_iterator(); entries.increment(error)) {
      const fs::path name = entries->path().filename();
      if (name.extension() == ".so" && !name.native().starts_with('.')) names.push_back(name);
      too_many = result.files.size() + names.size() > most_files;
    }
    if (too_many) {
      result.folder_problems.push_back(
          {named,
           {"too_many_files",
            fmt::format("with the plugin folder {} there are more than {} files that could be providers; none of this "
                        "folder is looked at",
                        folder.string(), most_files),
            "remove what are no providers from the folder, or take it out of the configuration"}});
      continue;
    }
    if (error) result.folder_problems.push_back(folder_problem(named, error));
    std::sort(names.begin(), names.end());
    // A bad folder makes each of its files a rejected one, so that all of them are seen.
    const std::optional<Rejection> bad_folder = check_folder(folder);
    for (const fs::path& name : names) {
      Candidate candidate{folder / name, bad_folder};
      if (!candidate.rejection) candidate.rejection = check_kind(candidate.path);
      result.files.push_back(std::move(candidate));
    }
    if (bad_folder && names.empty()) result.folder_problems.push_back({named, *bad_folder});
  }
  return result;
}

}  // namespace tento::host
