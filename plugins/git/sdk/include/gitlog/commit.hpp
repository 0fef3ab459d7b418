// SPDX-License-Identifier: Apache-2.0
/// @file commit.hpp
/// One commit as a record: who, when, what was said, and which files and lines changed against its first parent.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "repository.hpp"

namespace gitlog {

/// Author or committer.
struct Person {
  std::string name;        ///< UTF-8
  std::string email;       ///< UTF-8
  std::int64_t time = 0;   ///< seconds since 1970
  int offset_minutes = 0;  ///< the person's own UTC offset
};

/// How the lines of a file were counted.
enum class Counting {
  text,     ///< lines counted
  binary,   ///< no lines: it holds a NUL in its first 8,000 bytes
  too_big,  ///< not counted: over a limit of ReadLimits
};

/// One file of a commit.
struct FileChange {
  std::string path;   ///< the new path, or the old one of a deleted file; UTF-8
  char status = 'M';  ///< A added, D deleted, M modified, T type changed; renames are a D and an A
  Counting counting = Counting::text;
  std::uint64_t insertions = 0;
  std::uint64_t deletions = 0;
};

/// What a commit changed.
struct Changes {
  std::uint64_t files = 0;  ///< all of them, beyond `listed` too
  std::uint64_t insertions = 0;
  std::uint64_t deletions = 0;
  std::uint64_t binary_files = 0;
  std::uint64_t uncounted_files = 0;  ///< those that were too big
  std::vector<FileChange> listed;     ///< the first ReadLimits::listed_files by path
};

/// A commit.
struct Commit {
  ObjectId id;
  std::vector<ObjectId> parents;
  Person author;
  Person committer;
  std::string subject;             ///< the first paragraph on one line; UTF-8
  std::string message;             ///< all of it; UTF-8
  bool message_cut = false;        ///< it was longer than ReadLimits::message_bytes
  std::optional<Changes> changes;  ///< absent at a shallow boundary, where the parent to compare with is not here
};

/// What keeps a record and the time it takes bounded.
struct ReadLimits {
  std::size_t listed_files = 100;
  std::size_t message_bytes = 64 * 1024;
  std::size_t subject_bytes = 1024;
  std::size_t name_bytes = 1024;
  std::uint64_t compare_bytes = 8 * 1024 * 1024;  ///< most bytes a side of a changed file that is compared by lines
  std::uint64_t compare_lines = 100'000;          ///< most lines a side of its differing part (about half a second)
  std::uint64_t load_bytes = 256 * 1024 * 1024;   ///< most bytes of an added or deleted file whose lines are counted
};

/// Reads a commit. `at_boundary`: it is on the shallow boundary. Merges count against their first parent.
[[nodiscard]] Result<Commit> read_commit(const Repository& repository, const ObjectId& id, bool at_boundary,
                                         const ReadLimits& limits, const Pulse& pulse);

}  // namespace gitlog
