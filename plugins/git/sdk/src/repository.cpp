// SPDX-License-Identifier: Apache-2.0
// Opening a repository with plain errors, and finding where its walks start and end.
#include "gitlog/repository.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <system_error>

#include "gitlog/text.hpp"
#include "handles.hpp"

namespace gitlog {
namespace {

namespace fs = std::filesystem;

std::string without_slash(std::string path) {
  while (path.size() > 1 && path.back() == '/') path.pop_back();
  return path;
}

std::string in_quotes(const std::string& path) {
  return "'" + replace_invalid(path) + "'";
}

// By the effective user, as reading does; plain access(2) asks for the real one.
bool allowed(const fs::path& path, int mode) {
  return ::faccessat(AT_FDCWD, path.c_str(), mode, AT_EACCESS) == 0;
}

// libgit2 1.5 answers "not found" for another user's repository too, when no git configuration names a safe.directory.
bool belongs_to_another(const std::string& path) {
  for (const auto& part : {fs::path(path) / ".git", fs::path(path) / "HEAD"}) {
    struct stat status {};
    if (::stat(part.c_str(), &status) == 0) return status.st_uid != ::geteuid();
  }
  return false;
}

// What libgit2 says about a path it does not like is short; what a person needs is why and what now.
Error open_error(int code, const std::string& path) {
  const std::string said = last_message();
  const auto says = [&](const char* text) { return said.find(text) != std::string::npos; };
  if (code == GIT_EOWNER || (code == GIT_ENOTFOUND && belongs_to_another(path))) {
    return {Cause::not_owned, "The repository at " + in_quotes(path) + " belongs to another user, so it is not opened.",
            "If you trust it, run: git config --global --add safe.directory " + in_quotes(path)};
  }
  if (says("objectformat")) {
    return {Cause::unsupported,
            "The repository at " + in_quotes(path) +
                " names its objects by SHA-256, which this version of libgit2 cannot read.",
            "Use a SHA-1 repository, for example a mirror made with: git init --object-format=sha1"};
  }
  if (says("unsupported")) {
    return {Cause::unsupported,
            "The repository at " + in_quotes(path) + " uses a format that libgit2 cannot read: " + said + ".",
            "Clone it anew with default settings and connect the clone."};
  }
  if (code == GIT_ENOTFOUND) {
    git_buf found = GIT_BUF_INIT;
    std::string parent;
    if (git_repository_discover(&found, path.c_str(), 0, nullptr) == 0) {
      parent = without_slash(found.ptr);
      if (parent.ends_with("/.git")) parent.resize(parent.size() - 5);
    }
    git_buf_dispose(&found);
    return {Cause::no_repository, "There is no git repository at " + in_quotes(path) + ".",
            parent.empty() ? "Give the folder that holds .git, or a bare repository."
                           : "The folder is inside the repository " + in_quotes(parent) + ": give that path instead."};
  }
  return {Cause::io, "The repository at " + in_quotes(path) + " cannot be opened: " + said + ".",
          "Run: git -C " + in_quotes(path) + " fsck"};
}

// Found out before libgit2 is asked, since it calls everything it cannot look into "not found".
Result<void> check_path(const std::string& path) {
  if (path.empty() || path.find('\0') != std::string::npos) {
    return fail(Cause::no_repository, "The path of the repository is empty or holds a NUL byte.",
                "Give an absolute path.");
  }
  std::error_code error;
  const auto status = fs::status(path, error);
  const bool denied = error == std::errc::permission_denied ||
                      (fs::is_directory(status) && !allowed(path, R_OK | X_OK) && errno == EACCES);
  if (denied) {
    return fail(Cause::permission, "This user may not read " + in_quotes(path) + ".",
                "Give the user that runs this program read access to it and to the folders above.");
  }
  if (!fs::exists(status)) {
    return fail(Cause::no_repository, "There is nothing at " + in_quotes(path) + ".",
                "Check the spelling; give an absolute path.");
  }
  const std::array<fs::path, 2> inner = {fs::path(path) / ".git", fs::path(path) / "objects"};
  for (const auto& folder : inner) {
    if (allowed(folder, F_OK) && !allowed(folder, fs::is_directory(folder, error) ? R_OK | X_OK : R_OK)) {
      return fail(Cause::permission, "This user may not read " + in_quotes(folder.string()) + ".",
                  "Give the user that runs this program read access to the repository.");
    }
  }
  return {};
}

// The commit a reference stands for; its reason instead when there is none.
Result<ObjectId> commit_of(git_reference* reference) {
  git_object* object = nullptr;
  if (const int code = git_reference_peel(&object, reference, GIT_OBJECT_COMMIT); code < 0) {
    return fail(Cause::bad_reference, code == GIT_ENOTFOUND ? "its commit is missing" : "it names no commit");
  }
  const ObjectHandle owner(object);
  return named(*git_object_id(object));
}

Result<void> add_pattern(git_repository* repository, const std::string& pattern, Tips& tips) {
  git_reference_iterator* iterator = nullptr;
  const std::string full = pattern.starts_with("refs/") ? pattern : "refs/heads/" + pattern;
  if (git_reference_iterator_glob_new(&iterator, repository, full.c_str()) < 0) {
    return fail(Cause::io, "The references cannot be listed: " + last_message() + ".");
  }
  const ReferenceIterator owner(iterator);
  git_reference* reference = nullptr;
  bool any = false;
  for (int code = 0; (code = git_reference_next(&reference, iterator)) != GIT_ITEROVER;) {
    if (code < 0) return fail(Cause::io, "The references cannot be listed: " + last_message() + ".");
    const ReferenceHandle held(reference);
    // A pattern may well match tags of trees or blobs: they are not commits, and no mistake of anybody.
    if (const auto id = commit_of(reference)) tips.commits.push_back(*id);
    any = true;
  }
  if (!any) tips.unusable.push_back(replace_invalid(pattern) + " (nothing matches)");
  return {};
}

void add_name(const Repository& repository, const std::string& name, Tips& tips) {
  git_reference* reference = nullptr;
  if (git_reference_dwim(&reference, repository.raw(), name.c_str()) == 0) {
    const ReferenceHandle owner(reference);
    if (const auto id = commit_of(reference)) {
      tips.commits.push_back(*id);
    } else {
      tips.unusable.push_back(replace_invalid(name) + " (" + id.error().message + ")");
    }
    return;
  }
  git_commit* commit = nullptr;
  const auto id = ObjectId::parse(name);
  const git_oid oid = raw_id(id.value_or(ObjectId{}));
  if (id && git_commit_lookup(&commit, repository.raw(), &oid) == 0) {
    const CommitHandle owner(commit);
    tips.commits.push_back(*id);
    return;
  }
  tips.unusable.push_back(replace_invalid(name) + " (no such branch, tag or commit)");
}

}  // namespace

std::string last_message() {
  const git_error* error = git_error_last();
  std::string text = error == nullptr || error->message == nullptr ? "unknown error" : replace_invalid(error->message);
  while (!text.empty() && (text.back() == '.' || text.back() == '\n')) text.pop_back();
  return text;
}

Error object_error(int code, const char* what, const ObjectId& id, const std::string& repository) {
  const std::string name = std::string(what) + " " + id.hex();
  if (code == GIT_ENOTFOUND) {
    return {Cause::missing_object, "The " + name + " is missing in " + in_quotes(repository) + ".",
            "A partial clone has not all objects: fetch them with git fetch --refetch --no-filter. "
            "Otherwise the repository is damaged: run git fsck."};
  }
  return {Cause::missing_object,
          "The " + name + " in " + in_quotes(repository) + " cannot be read: " + last_message() + ".",
          "The repository is damaged: run git fsck."};
}

Library::Library() {
  git_libgit2_init();
  // Objects are read once, in order, or again within a few steps (the tree of a commit is the one before of the next):
  // a large cache and whole mapped packs would only be memory. The cache counts an object's bytes as stored, a fifth of
  // what it holds when parsed, and is faster when it is small. Beside it libgit2 keeps up to 16 MiB of delta bases a
  // pack, which no option changes.
  git_libgit2_opts(GIT_OPT_SET_CACHE_MAX_SIZE, static_cast<ssize_t>(512 * 1024));
  git_libgit2_opts(GIT_OPT_SET_MWINDOW_SIZE, static_cast<std::size_t>(1024 * 1024));
  git_libgit2_opts(GIT_OPT_SET_MWINDOW_MAPPED_LIMIT, static_cast<std::size_t>(8 * 1024 * 1024));
  // Extensions that change nothing for a reader of objects and references.
  std::array<const char*, 4> harmless = {"partialclone", "preciousobjects", "worktreeconfig", "relativeworktrees"};
  git_libgit2_opts(GIT_OPT_SET_EXTENSIONS, harmless.data(), harmless.size());
}

Library::~Library() {
  git_libgit2_shutdown();
}

void Repository::Close::operator()(git_repository* repository) const noexcept {
  git_repository_free(repository);
}
Repository::Repository(Repository&&) noexcept = default;
Repository& Repository::operator=(Repository&&) noexcept = default;
Repository::~Repository() = default;

Result<Repository> Repository::open(const std::string& path) {
  if (auto usable = check_path(path); !usable) return fail(std::move(usable).error());
  git_repository* handle = nullptr;
  if (const int code = git_repository_open_ext(&handle, path.c_str(), GIT_REPOSITORY_OPEN_NO_SEARCH, nullptr);
      code < 0) {
    return fail(open_error(code, path));
  }
  Repository repository;
  repository.handle_.reset(handle);
  const char* tree = git_repository_workdir(handle);
  repository.path_ = without_slash(tree != nullptr ? tree : git_repository_path(handle));
  return repository;
}

std::string Repository::label() const {
  std::string name = fs::path(path_).filename().string();
  if (name.size() > 4 && name.ends_with(".git")) name.resize(name.size() - 4);
  if (name == ".git") name = fs::path(path_).parent_path().filename().string();
  return name.empty() ? "repository" : replace_invalid(name);
}

std::string Repository::identity() const {
  std::string slug;
  for (const char c : label()) {
    const char lower = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    const bool plain = (lower >= 'a' && lower <= 'z') || (lower >= '0' && lower <= '9');
    if (plain) slug += lower;
    if (!plain && !slug.empty() && slug.back() != '-') slug += '-';
    if (slug.size() == 40) break;
  }
  while (slug.ends_with('-')) slug.pop_back();
  git_oid digest;
  git_odb_hash(&digest, path_.data(), path_.size(), GIT_OBJECT_BLOB);
  return (slug.empty() ? "repository" : slug) + "-" + named(digest).hex().substr(0, 8);
}

Result<Tips> Repository::tips(std::span<const std::string> refs) const {
  Tips tips;
  git_reference* head = nullptr;
  const int code = git_repository_head(&head, handle_.get());
  if (code == 0) {
    const ReferenceHandle owner(head);
    if (const auto id = commit_of(head)) {
      tips.commits.push_back(*id);
    } else {
      return fail(Cause::missing_object, "HEAD of " + in_quotes(path_) + " cannot be used: " + id.error().message + ".",
                  "The repository is damaged: run git fsck.");
    }
  } else if (code != GIT_EUNBORNBRANCH) {
    return fail(Cause::bad_reference, "HEAD of " + in_quotes(path_) + " cannot be read: " + last_message() + ".",
                "Check out a branch: git switch BRANCH");
  }
  for (const auto& name : refs) {
    if (name.find_first_of("*?[") == std::string::npos) {
      add_name(*this, name, tips);
    } else if (auto added = add_pattern(handle_.get(), name, tips); !added) {
      return fail(std::move(added).error());
    }
  }
  std::sort(tips.commits.begin(), tips.commits.end());
  tips.commits.erase(std::unique(tips.commits.begin(), tips.commits.end()), tips.commits.end());
  return tips;
}

Result<std::vector<ObjectId>> Repository::shallow_boundary() const {
  std::vector<ObjectId> ids;
  const fs::path file = fs::path(git_repository_commondir(handle_.get())) / "shallow";
  std::ifstream in(file);
  if (!in) {
    if (!allowed(file, F_OK)) return ids;
    return fail(Cause::permission, "This user may not read " + in_quotes(file.string()) + ".",
                "Give read access to the repository.");
  }
  for (std::string line; std::getline(in, line);) {
    if (const auto id = ObjectId::parse(line)) ids.push_back(*id);
  }
  std::sort(ids.begin(), ids.end());
  return ids;
}

bool Repository::has(const ObjectId& id) const {
  git_odb* odb = nullptr;
  if (git_repository_odb(&odb, handle_.get()) < 0) return false;
  const OdbHandle owner(odb);
  const git_oid oid = raw_id(id);
  return git_odb_exists(odb, &oid) == 1;
}

bool Repository::has_replacements() const {
  std::error_code error;
  if (fs::file_size(fs::path(git_repository_commondir(handle_.get())) / "info" / "grafts", error) > 0 && !error)
    return true;
  git_reference_iterator* iterator = nullptr;
  if (git_reference_iterator_glob_new(&iterator, handle_.get(), "refs/replace/*") < 0) return false;
  const ReferenceIterator owner(iterator);
  const char* name = nullptr;
  return git_reference_next_name(&name, iterator) == 0;
}

}  // namespace gitlog
