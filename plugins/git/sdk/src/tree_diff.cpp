// SPDX-License-Identifier: Apache-2.0
// Two sorted trees merged entry by entry, going down only where they differ.
#include "tree_diff.hpp"

#include <algorithm>
#include <cstring>
#include <string_view>

#include "access.hpp"

namespace gitlog {
namespace {

// Trees nest as deep as their author likes; a path longer than this is hostile, and recursion must end somewhere.
constexpr std::size_t most_depth = 512;

bool is_tree(const git_tree_entry* entry) {
  return git_tree_entry_filemode_raw(entry) == GIT_FILEMODE_TREE;
}

TreeSide side(const git_tree_entry* entry) {
  return {*git_tree_entry_id(entry), git_tree_entry_filemode(entry)};
}

// git's order of tree entries: by name, folders as if their names ended in a slash.
int order(const git_tree_entry* a, const git_tree_entry* b) {
  const std::string_view left = git_tree_entry_name(a);
  const std::string_view right = git_tree_entry_name(b);
  const std::size_t common = std::min(left.size(), right.size());
  if (const int difference = std::memcmp(left.data(), right.data(), common); difference != 0) return difference;
  const auto after = [&](std::string_view name, const git_tree_entry* entry) -> int {
    if (name.size() > common) return static_cast<unsigned char>(name[common]);
    return is_tree(entry) ? '/' : 0;
  };
  return after(left, a) - after(right, b);
}

class Comparison {
 public:
  Comparison(const Repository& repository, const TreeVisitor& visit) : repository_(repository), visit_(visit) {}

  Result<void> compare(const git_tree* before, const git_tree* after) {
    const std::size_t old_count = before == nullptr ? 0 : git_tree_entrycount(before);
    const std::size_t new_count = after == nullptr ? 0 : git_tree_entrycount(after);
    std::size_t i = 0;
    std::size_t j = 0;
    while (i < old_count || j < new_count) {
      const git_tree_entry* old_entry = i < old_count ? git_tree_entry_byindex(before, i) : nullptr;
      const git_tree_entry* new_entry = j < new_count ? git_tree_entry_byindex(after, j) : nullptr;
      const int where = old_entry == nullptr ? 1 : new_entry == nullptr ? -1 : order(old_entry, new_entry);
      if (where <= 0) ++i;
      if (where >= 0) ++j;
      if (auto done = entry(where <= 0 ? old_entry : nullptr, where >= 0 ? new_entry : nullptr); !done) return done;
    }
    return {};
  }

 private:
  Result<void> entry(const git_tree_entry* before, const git_tree_entry* after) {
    if (before != nullptr && after != nullptr &&
        git_oid_equal(git_tree_entry_id(before), git_tree_entry_id(after)) != 0 &&
        git_tree_entry_filemode(before) == git_tree_entry_filemode(after)) {
      return {};
    }
    const std::size_t length = path_.size();
    path_ += git_tree_entry_name(before != nullptr ? before : after);
    Result<void> result;
    if (is_tree(before != nullptr ? before : after)) {
      result = subtree(before, after);
    } else {
      result =
          visit_(path_, before != nullptr ? side(before) : TreeSide{}, after != nullptr ? side(after) : TreeSide{});
    }
    path_.resize(length);
    return result;
  }

  Result<void> subtree(const git_tree_entry* before, const git_tree_entry* after) {
    if (++depth_ > most_depth) {
      return fail(Cause::unsupported, "A folder in '" + repository_.path() + "' is nested more than 512 deep.");
    }
    path_ += '/';
    auto old_tree = load(before);
    if (!old_tree) return fail(std::move(old_tree).error());
    auto new_tree = load(after);
    if (!new_tree) return fail(std::move(new_tree).error());
    auto result = compare(old_tree->get(), new_tree->get());
    --depth_;
    return result;
  }

  Result<TreeHandle> load(const git_tree_entry* entry) {
    if (entry == nullptr) return TreeHandle();
    return load_tree(repository_, *git_tree_entry_id(entry));
  }

  const Repository& repository_;
  const TreeVisitor& visit_;
  std::string path_;
  std::size_t depth_ = 0;
};

}  // namespace

Result<TreeHandle> load_tree(const Repository& repository, const git_oid& id) {
  git_tree* tree = nullptr;
  const int code = git_tree_lookup(&tree, repository.raw(), &id);
  if (code == 0) return TreeHandle(tree);
  if (code == GIT_ENOTFOUND && repository.partial()) return fail(Cause::left_out, "left out");
  const git_error* error = git_error_last();
  if (code != GIT_ENOTFOUND && error != nullptr && error->klass == GIT_ERROR_TREE) {
    return fail(Cause::bad_object, "the tree " + named(id).hex() + " cannot be read");
  }
  return fail(object_error(code, "tree", named(id), repository));
}

Result<void> differing_files(const Repository& repository, const git_tree* before, const git_tree* after,
                             const TreeVisitor& visit) {
  return Comparison(repository, visit).compare(before, after);
}

}  // namespace gitlog
