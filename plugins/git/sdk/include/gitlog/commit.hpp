// SPDX-License-Identifier: Apache-2.0
/// @file commit.hpp
/// One commit as a record: who, when, what was said, and which files and lines changed against its first parent.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "mailmap.hpp"
#include "repository.hpp"

namespace gitlog {

/// Author or committer.
struct Person {
  std::string name;        ///< UTF-8
  std::string email;       ///< UTF-8
  std::int64_t time = 0;   ///< seconds since 1970
  int offset_minutes = 0;  ///< the person's own UTC offset
  /// Whether the time was readable and lies in the years 0 to 9999. If not, it is the nearest that does, or 0.
  bool dated = true;
};

/// How the lines of a file were counted.
enum class Counting {
  text,     ///< lines counted
  binary,   ///< no lines: it holds a NUL in its first 8,000 bytes
  too_big,  ///< not counted: over a limit of ReadLimits
  absent,   ///< not counted: a partial clone has left its content out
};

/// One file of a commit.
struct FileChange {
  std::string path;                    ///< the new path, or the old one of a deleted file; UTF-8
  char status = 'M';                   ///< A added, D deleted, M modified, T type changed; renames are a D and an A
  Counting counting = Counting::text;  ///< how its lines were counted
  std::uint64_t insertions = 0;        ///< lines added; 0 where they were not counted
  std::uint64_t deletions = 0;         ///< lines removed; 0 where they were not counted
};

/// What a commit changed.
struct Changes {
  std::uint64_t files = 0;            ///< all of them, beyond `listed` too
  std::uint64_t insertions = 0;       ///< lines added, in all files whose lines were counted
  std::uint64_t deletions = 0;        ///< lines removed, in the same files
  std::uint64_t binary_files = 0;     ///< files without lines
  std::uint64_t uncounted_files = 0;  ///< those that were too big
  std::uint64_t absent_files = 0;     ///< those whose content is not here; not 0 = the lines are not known
  std::vector<FileChange> listed;     ///< the first ReadLimits::listed_files by path
};

/// A commit.
struct Commit {
  ObjectId id;                    ///< its name
  std::vector<ObjectId> parents;  ///< in the commit's order; empty for a root
  Person author;                  ///< who wrote the change
  Person committer;               ///< who made the commit
  std::string subject;            ///< the first paragraph on one line; UTF-8
  std::string message;            ///< all of it; UTF-8
  bool message_cut = false;       ///< it was longer than ReadLimits::message_bytes
  /// Absent at a shallow boundary, where the parent to compare with is not here; where a partial clone has left the
  /// trees out; and where the commit is too damaged to have any.
  std::optional<Changes> changes;
  bool left_out = false;     ///< a partial clone has not what its lines are counted from
  bool parents_cut = false;  ///< a parent cannot be read
  std::string damage;        ///< what of it cannot be read or used, as a part of a sentence; empty = all is well
};

/// Whose time a commit is dated by: the author's; the committer's where the author's cannot be used. `dated` is false
/// when neither can: then it has no date.
[[nodiscard]] const Person& dated_by(const Commit& commit) noexcept;

/// What keeps a record and the time it takes bounded.
struct ReadLimits {
  std::size_t listed_files = 100;                 ///< most files that a commit lists
  std::size_t message_bytes = 64 * 1024;          ///< most bytes of a message
  std::size_t subject_bytes = 1024;               ///< most bytes of a subject
  std::size_t name_bytes = 1024;                  ///< most bytes of a name or an address
  std::uint64_t compare_bytes = 8 * 1024 * 1024;  ///< most bytes a side of a changed file that is compared by lines
  std::uint64_t compare_lines = 100'000;          ///< most lines a side of its differing part (about half a second)
  std::uint64_t load_bytes = 256 * 1024 * 1024;   ///< most bytes of an added or deleted file whose lines are counted
};

/// Reads a commit, whatever of it is odd: what cannot be read is said in `damage`. `at_boundary`: it is on the shallow
/// boundary. Merges count against their first parent. Names and addresses are those of `people`.
[[nodiscard]] Result<Commit> read_commit(const Repository& repository, const ObjectId& id, bool at_boundary,
                                         const ReadLimits& limits, const Pulse& pulse, const Mailmap& people = {});

}  // namespace gitlog
