// SPDX-License-Identifier: Apache-2.0
// Each differing file counted on its own, so that the caller is asked between files.
#include "changes.hpp"

#include <algorithm>

#include "access.hpp"
#include "gitlog/text.hpp"
#include "handles.hpp"
#include "line_stats.hpp"
#include "tree_diff.hpp"

namespace gitlog {
namespace {

// The bytes of one side, whichever kind of tree entry it is.
class Content {
 public:
  Content(const Repository& repository, git_odb* odb, const TreeSide& side)
      : repository_(repository), odb_(odb), side_(side) {}

  // Whether a partial clone has left it out. Asked without looking for new packs, which would cost each time.
  [[nodiscard]] bool left_out() const {
    return repository_.partial() && !side_.absent() && side_.mode != GIT_FILEMODE_COMMIT &&
           git_odb_exists_ext(odb_, &side_.id, GIT_ODB_LOOKUP_NO_REFRESH) == 0;
  }
  // Bytes of it, without reading it.
  Result<std::uint64_t> size() const {
    if (side_.absent() || side_.mode == GIT_FILEMODE_COMMIT) return std::uint64_t{0};
    std::size_t bytes = 0;
    git_object_t type = GIT_OBJECT_INVALID;
    if (const int code = git_odb_read_header(&bytes, &type, odb_, &side_.id); code < 0) return fail(error(code));
    return bytes;
  }
  Result<void> load() {
    if (side_.absent()) return {};
    if (side_.mode == GIT_FILEMODE_COMMIT) {
      // A submodule is compared as git shows it: one line that names its commit.
      submodule_ = "Subproject commit " + named(side_.id).hex() + "\n";
      view_ = submodule_;
      return {};
    }
    git_blob* blob = nullptr;
    if (const int code = git_blob_lookup(&blob, repository_.raw(), &side_.id); code < 0) return fail(error(code));
    blob_.reset(blob);
    view_ = {static_cast<const char*>(git_blob_rawcontent(blob)), static_cast<std::size_t>(git_blob_rawsize(blob))};
    return {};
  }
  [[nodiscard]] std::string_view view() const { return view_; }

 private:
  [[nodiscard]] Error error(int code) const { return object_error(code, "file content", named(side_.id), repository_); }
  const Repository& repository_;
  git_odb* odb_;
  const TreeSide& side_;
  BlobHandle blob_;
  std::string submodule_;
  std::string_view view_;
};

char status_of(const TreeSide& before, const TreeSide& after) {
  if (before.absent()) return 'A';
  if (after.absent()) return 'D';
  const auto kind = [](git_filemode_t mode) { return static_cast<unsigned>(mode) & 0170000U; };
  return kind(before.mode) == kind(after.mode) ? 'M' : 'T';
}

Result<FileChange> count_file(const Repository& repository, git_odb* odb, const std::string& path,
                              const TreeSide& before, const TreeSide& after, const ReadLimits& limits) {
  FileChange change;
  change.path = replace_invalid(path);
  change.status = status_of(before, after);
  if (git_oid_equal(&before.id, &after.id) != 0) return change;  // only its mode changed

  Content old_content(repository, odb, before);
  Content new_content(repository, odb, after);
  if (old_content.left_out() || new_content.left_out()) {
    change.counting = Counting::absent;
    return change;
  }
  const auto old_size = old_content.size();
  if (!old_size) return fail(old_size.error());
  const auto new_size = new_content.size();
  if (!new_size) return fail(new_size.error());
  const std::uint64_t limit = before.absent() || after.absent() ? limits.load_bytes : limits.compare_bytes;
  if (std::max(*old_size, *new_size) > limit) {
    change.counting = Counting::too_big;
    return change;
  }
  if (auto loaded = old_content.load(); !loaded) return fail(std::move(loaded).error());
  if (auto loaded = new_content.load(); !loaded) return fail(std::move(loaded).error());
  if (is_binary(old_content.view()) || is_binary(new_content.view())) {
    change.counting = Counting::binary;
    return change;
  }
  const auto lines = compare_lines(old_content.view(), new_content.view(), limits.compare_lines);
  if (!lines) return fail(lines.error());
  if (!*lines) {
    change.counting = Counting::too_big;
    return change;
  }
  change.insertions = (*lines)->insertions;
  change.deletions = (*lines)->deletions;
  return change;
}

Result<TreeHandle> parent_tree(const Repository& repository, const RawCommit& commit) {
  if (commit.parents.empty()) return TreeHandle();
  const auto parent = read_raw_commit(repository, commit.parents[0]);
  if (!parent) return fail(parent.error());
  if (!parent->tree) return fail(Cause::bad_object, "the tree of its parent cannot be read");
  return load_tree(repository, raw_id(*parent->tree));
}

}  // namespace

Result<Changes> changes_of(const Repository& repository, const RawCommit& commit, const ReadLimits& limits,
                           const Pulse& pulse) {
  const auto after = load_tree(repository, raw_id(*commit.tree));
  if (!after) return fail(after.error());
  const auto before = parent_tree(repository, commit);
  if (!before) return fail(before.error());
  git_odb* odb = nullptr;
  if (git_repository_odb(&odb, repository.raw()) < 0)
    return fail(Cause::io, "The objects cannot be read: " + last_message() + ".");
  const OdbHandle odb_owner(odb);

  Changes changes;
  const auto visit = [&](const std::string& path, const TreeSide& old_side, const TreeSide& new_side) -> Result<void> {
    // Asked before each file: the limits keep one file well under a second.
    if (pulse && !pulse()) return fail(Cause::stopped, "stopped");
    auto file = count_file(repository, odb, path, old_side, new_side, limits);
    if (!file) return fail(std::move(file).error());
    ++changes.files;
    changes.insertions += file->insertions;
    changes.deletions += file->deletions;
    changes.binary_files += file->counting == Counting::binary ? 1U : 0U;
    changes.absent_files += file->counting == Counting::absent ? 1U : 0U;
    changes.uncounted_files += file->counting == Counting::too_big ? 1U : 0U;
    if (changes.listed.size() < limits.listed_files) changes.listed.push_back(std::move(*file));
    return {};
  };
  if (auto compared = differing_files(repository, before->get(), after->get(), visit); !compared) {
    return fail(std::move(compared).error());
  }
  return changes;
}

}  // namespace gitlog
