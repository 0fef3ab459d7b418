// SPDX-License-Identifier: Apache-2.0
// Files of a repository, where "not there" and "may not be read" are told apart: libgit2 says "not found" for both.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "gitlog/object_id.hpp"
#include "gitlog/repository.hpp"

namespace gitlog {

// A path between quotation marks, as UTF-8.
[[nodiscard]] std::string in_quotes(const std::string& path);
// Whether the path is there and, if it is, may be read (a folder: also entered). Whatever else stands in the way is an
// Error: permission for EACCES and EPERM, io for the rest.
[[nodiscard]] Result<bool> readable(const std::filesystem::path& path);
// A small file, or none when it is not there.
[[nodiscard]] Result<std::optional<std::string>> read_file(const std::filesystem::path& path, std::size_t most_bytes);
// Fails when a reference below `refs/` may not be read or holds what is no reference: libgit2 leaves such ones out of
// its lists without a word.
[[nodiscard]] Result<void> check_references(const std::filesystem::path& common);
// The Error of an object that could not be read: not allowed, borrowed from a place that is gone, left out, or damaged.
[[nodiscard]] Error object_error(int code, const char* what, const ObjectId& id, const Repository& repository);

}  // namespace gitlog
