// SPDX-License-Identifier: Apache-2.0
// Where the walks of a repository start: HEAD and further references. What cannot be read is an error, never a tip
// less: a tip that is missing looks as if its commits had been deleted.
#include <algorithm>
#include <filesystem>

#include "access.hpp"
#include "gitlog/repository.hpp"
#include "gitlog/text.hpp"
#include "handles.hpp"
#include "raw_commit.hpp"

namespace gitlog {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t names_in_a_message = 3;

// The commit a reference stands for; none when it stands for something else.
Result<std::optional<ObjectId>> commit_of(const Repository& repository, git_reference* reference) {
  git_reference* direct = nullptr;
  if (git_reference_resolve(&direct, reference) < 0) {
    return fail(Cause::bad_reference,
                "The reference " + replace_invalid(git_reference_name(reference)) + " of " +
                    in_quotes(repository.path()) + " cannot be followed: " + last_message() + ".",
                "Run git fsck there, and set or delete the reference.");
  }
  const ReferenceHandle owner(direct);
  return peel_to_commit(repository, named(*git_reference_target(direct)));
}

fs::path common_folder(const Repository& repository) {
  return git_repository_commondir(repository.raw());
}

// Calls `take(name)` for each reference that the pattern matches, until it says false; no pattern = all.
Result<void> each_name(const Repository& repository, const char* pattern,
                       const std::function<bool(const char*)>& take) {
  git_reference_iterator* iterator = nullptr;
  const int made = pattern == nullptr ? git_reference_iterator_new(&iterator, repository.raw())
                                      : git_reference_iterator_glob_new(&iterator, repository.raw(), pattern);
  const auto failed = [&] {
    return fail(Cause::io,
                "The references of " + in_quotes(repository.path()) + " cannot be listed: " + last_message() + ".");
  };
  if (made < 0) return failed();
  const ReferenceIterator owner(iterator);
  const char* name = nullptr;
  for (int code = 0; (code = git_reference_next_name(&name, iterator)) != GIT_ITEROVER;) {
    if (code < 0) return failed();
    if (!take(name)) return {};
  }
  return {};
}

Result<void> add_pattern(const Repository& repository, const std::string& pattern, Tips& tips) {
  const std::string full = pattern.starts_with("refs/") ? pattern : "refs/heads/" + pattern;
  std::vector<std::string> names;
  auto listed = each_name(repository, full.c_str(), [&](const char* name) {
    names.emplace_back(name);
    return true;
  });
  if (!listed) return listed;
  for (const auto& name : names) {
    git_reference* reference = nullptr;
    const int code = git_reference_lookup(&reference, repository.raw(), name.c_str());
    if (code == GIT_ENOTFOUND) continue;  // deleted a moment ago
    if (code < 0) {
      return fail(Cause::bad_reference,
                  "The reference " + replace_invalid(name) + " of " + in_quotes(repository.path()) +
                      " cannot be read: " + last_message() + ".",
                  "Run git fsck there, and set or delete the reference.");
    }
    const ReferenceHandle owner(reference);
    // A pattern may well match tags of trees or blobs: they are not commits, and no mistake of anybody. A symbolic
    // reference whose branch is gone (refs/remotes/origin/HEAD) is left alone by git, too.
    if (git_reference_type(reference) == GIT_REFERENCE_SYMBOLIC) {
      git_oid ignored;
      if (git_reference_name_to_id(&ignored, repository.raw(), name.c_str()) == GIT_ENOTFOUND) continue;
    }
    const auto id = commit_of(repository, reference);
    if (!id) return fail(id.error());
    if (*id) tips.commits.push_back(**id);
  }
  if (names.empty()) tips.unusable.push_back(replace_invalid(pattern) + " (nothing matches)");
  return {};
}

Result<void> add_name(const Repository& repository, const std::string& name, Tips& tips) {
  git_reference* reference = nullptr;
  const int code = git_reference_dwim(&reference, repository.raw(), name.c_str());
  if (code == 0) {
    const ReferenceHandle owner(reference);
    const auto id = commit_of(repository, reference);
    if (!id) return fail(id.error());
    if (*id) tips.commits.push_back(**id);
    if (!*id) tips.unusable.push_back(replace_invalid(name) + " (it names no commit)");
    return {};
  }
  if (const auto id = ObjectId::parse(name)) {
    const auto here = repository.has(*id);
    if (!here) return fail(here.error());
    if (*here) {
      const auto commit = peel_to_commit(repository, *id);
      if (!commit) return fail(commit.error());
      if (*commit) tips.commits.push_back(**commit);
      if (*commit) return {};
    }
  }
  tips.unusable.push_back(replace_invalid(name) + " (no such branch, tag or commit)");
  return {};
}

// HEAD names a branch that is not there. If nothing else is either, the repository is new; else its history has another
// name, and calling it empty would be wrong.
Result<void> look_elsewhere(const Repository& repository, Tips& tips) {
  std::vector<std::string> names;
  std::size_t count = 0;
  auto listed = each_name(repository, nullptr, [&](const char* name) {
    if (++count; names.size() < names_in_a_message) names.push_back(replace_invalid(name));
    return true;
  });
  if (!listed) return listed;
  if (names.empty()) return {};
  git_reference* head = nullptr;
  std::string branch = "a branch";
  if (git_reference_lookup(&head, repository.raw(), "HEAD") == 0) {
    const ReferenceHandle owner(head);
    if (const char* target = git_reference_symbolic_target(head)) branch = replace_invalid(target);
  }
  std::string list;
  for (const auto& name : names) list += (list.empty() ? "" : ", ") + name;
  if (count > names.size()) list += " and " + std::to_string(count - names.size()) + " more";
  const std::string where = in_quotes(repository.path());
  tips.head_unborn =
      Error{Cause::bad_reference,
            "HEAD of " + where + " names " + branch +
                ", which does not exist; the history is under other names: " + list + ".",
            "Let HEAD name the branch that is meant: git -C " + where + " symbolic-ref HEAD " +
                (names.front().starts_with("refs/heads/") ? names.front() : std::string("refs/heads/BRANCH")) +
                " (in a work tree: git switch BRANCH). Or connect the account with the setting refs, for example --set "
                "refs=" +
                names.front() + "."};
  return {};
}

}  // namespace

Result<Tips> Repository::tips(std::span<const std::string> refs) const {
  // libgit2 leaves out of its lists what it may not read.
  if (const auto there = readable(common_folder(*this) / "packed-refs"); !there) return fail(there.error());
  if (auto checked = check_references(common_folder(*this)); !checked) return fail(std::move(checked).error());
  Tips tips;
  git_reference* head = nullptr;
  const int code = git_repository_head(&head, handle_.get());
  if (code == 0) {
    const ReferenceHandle owner(head);
    const auto id = commit_of(*this, head);
    if (!id) return fail(id.error());
    if (!*id) {
      return fail(Cause::bad_reference, "HEAD of " + in_quotes(path_) + " names no commit.",
                  "Check out a branch: git switch BRANCH");
    }
    tips.commits.push_back(**id);
  } else if (code == GIT_EUNBORNBRANCH) {
    if (auto looked = look_elsewhere(*this, tips); !looked) return fail(std::move(looked).error());
  } else {
    return fail(Cause::bad_reference, "HEAD of " + in_quotes(path_) + " cannot be read: " + last_message() + ".",
                "Check out a branch: git switch BRANCH");
  }
  for (const auto& name : refs) {
    const bool pattern = name.find_first_of("*?[") != std::string::npos;
    auto added = pattern ? add_pattern(*this, name, tips) : add_name(*this, name, tips);
    if (!added) return fail(std::move(added).error());
  }
  std::sort(tips.commits.begin(), tips.commits.end());
  tips.commits.erase(std::unique(tips.commits.begin(), tips.commits.end()), tips.commits.end());
  return tips;
}

}  // namespace gitlog
