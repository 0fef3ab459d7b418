// SPDX-License-Identifier: Apache-2.0
// Step 1: which files of the configured folders may be providers at all.
#pragma once

#include <sys/stat.h>

#include <filesystem>
#include <optional>
#include <string_view>
#include <vector>

#include "host/loader/provider.hpp"

namespace tento::host {

// A file as found, and why it is out, if it is.
struct Candidate {
  std::filesystem::path path;
  std::optional<Rejection> rejection;
};

// Of a folder that is not there.
inline constexpr std::string_view no_folder_code = "no_folder";

struct Candidates {
  std::vector<Candidate> files;                // folders in their order, names sorted
  std::vector<FolderProblem> folder_problems;  // folders that could not be searched
};

// Every `*.so` of the folders. Names that begin with a dot are somebody's work in progress and are left out; a folder
// named twice (also through a link) is searched once.
[[nodiscard]] Candidates find_candidates(const std::vector<std::filesystem::path>& folders);

// Whether somebody else could swap the folder for another, since a folder above it is writable by everyone and not
// sticky.
[[nodiscard]] std::optional<Rejection> check_above(const std::filesystem::path& folder);

// The file itself, by what fstat says of the open descriptor: regular, and writable by nobody else.
[[nodiscard]] Accepted<void> check_file_status(const struct stat& status, const std::filesystem::path& path);

}  // namespace tento::host
