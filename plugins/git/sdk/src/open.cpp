// SPDX-License-Identifier: Apache-2.0
// Opening a repository, with a plain error and a remedy that works for each kind that cannot be opened.
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <system_error>

#include "access.hpp"
#include "gitlog/repository.hpp"
#include "gitlog/text.hpp"
#include "handles.hpp"

namespace gitlog {
namespace {

namespace fs = std::filesystem;

// The word that a shell takes for this path.
std::string in_shell(const std::string& path) {
  std::string word = "'";
  for (const char c : replace_invalid(path)) word += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return word + "'";
}

std::string without_slash(std::string path) {
  while (path.size() > 1 && path.back() == '/') path.pop_back();
  return path;
}

// libgit2 1.5 answers "not found" for another user's repository too, when no git configuration names a safe.directory.
bool belongs_to_another(const std::string& path) {
  for (const auto& part : {fs::path(path) / ".git", fs::path(path) / "HEAD"}) {
    struct stat status {};
    if (::stat(part.c_str(), &status) == 0) return status.st_uid != ::geteuid();
  }
  return false;
}

// What follows `marker` in a small file of the repository, up to the end of the line.
std::string line_after(const fs::path& file, std::string_view marker) {
  const auto content = read_file(file, 4096);
  if (!content || !*content || !(*content)->starts_with(marker)) return {};
  std::string text = (*content)->substr(marker.size());
  return text.substr(0, text.find_first_of("\r\n"));
}

// The branch that HEAD names, for the copy that a remedy makes; git itself is asked nothing.
std::string head_branch(const std::string& path) {
  for (const fs::path& file : {fs::path(path) / ".git" / "HEAD", fs::path(path) / "HEAD"}) {
    if (auto branch = line_after(file, "ref: refs/heads/"); !branch.empty()) return branch;
  }
  return "main";
}

Error format_error(const std::string& path, const std::string& said) {
  const std::string where = in_quotes(path);
  const auto says = [&](const char* text) { return said.find(text) != std::string::npos; };
  if (says("objectformat")) {
    // No clone changes the names of objects; only writing the history anew does.
    return {
        Cause::unsupported,
        "The repository at " + where + " names its objects by SHA-256, which this version of libgit2 cannot read.",
        "Make a SHA-1 copy, connect that, and make it anew when there are new commits (which have other names there): "
        "git init -q --bare --object-format=sha1 -b " +
            in_shell(head_branch(path)) + " COPY.git && git -C " + in_shell(path) +
            " fast-export --all --signed-tags=strip | git -C COPY.git fast-import"};
  }
  if (says("refstorage")) {
    return {Cause::unsupported,
            "The repository at " + where + " keeps its references in a format (reftable) that libgit2 cannot read.",
            "Change them in place, with git 2.46 or newer: git -C " + in_shell(path) +
                " refs migrate --ref-format=files. Or connect a copy: git clone --mirror --ref-format=files " +
                in_shell(path) + " COPY.git"};
  }
  return {Cause::unsupported, "The repository at " + where + " uses a format that libgit2 cannot read: " + said + ".",
          "Connect a copy that has the usual format: git clone --mirror " + in_shell(path) +
              " COPY.git, and bring it up to date with: git -C COPY.git remote update --prune"};
}

// A work tree whose repository lies elsewhere: its file .git says where.
std::optional<Error> link_error(const std::string& path) {
  std::string target = line_after(fs::path(path) / ".git", "gitdir: ");
  if (target.empty()) return std::nullopt;
  const fs::path folder = fs::path(target).is_absolute() ? fs::path(target) : fs::path(path) / target;
  const auto there = readable(folder / "HEAD");
  if (!there) return there.error();
  if (*there) return std::nullopt;
  return Error{Cause::no_repository,
               "The work tree at " + in_quotes(path) + " belongs to a repository at " + in_quotes(folder.string()) +
                   ", where none is.",
               "If either was moved, run git worktree repair in the repository; or give the path of the repository."};
}

// What libgit2 says about a path it does not like is short; what a person needs is why and what now.
Error open_error(int code, const std::string& path) {
  const std::string said = last_message();
  if (code == GIT_EOWNER || (code == GIT_ENOTFOUND && belongs_to_another(path))) {
    return {Cause::not_owned, "The repository at " + in_quotes(path) + " belongs to another user, so it is not opened.",
            "If you trust it, run as the user that runs this program: git config --global --add safe.directory " +
                in_shell(without_slash(path))};
  }
  if (said.find("unsupported") != std::string::npos) return format_error(path, said);
  if (auto error = link_error(path)) return std::move(*error);
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
          "Run: git -C " + in_shell(path) + " fsck"};
}

// Found out before libgit2 is asked, since it calls everything it cannot look into "not found".
Result<void> check_path(const std::string& path) {
  if (path.empty() || path.find('\0') != std::string::npos) {
    return fail(Cause::no_repository, "The path of the repository is empty or holds a NUL byte.",
                "Give an absolute path.");
  }
  const auto there = readable(path);
  if (!there) return fail(there.error());
  if (!*there) {
    return fail(Cause::no_repository, "There is nothing at " + in_quotes(path) + ".",
                "Check the spelling; give an absolute path.");
  }
  std::error_code error;
  const fs::path inner = fs::path(path) / ".git";
  const fs::path folder = fs::is_directory(inner, error) ? inner : fs::path(path);
  for (const fs::path& part : {inner, folder / "HEAD", folder / "config", folder / "objects", folder / "refs"}) {
    if (const auto found = readable(part); !found) return fail(found.error());
  }
  return {};
}

}  // namespace

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
  std::array<const char*, 5> harmless = {"partialclone", "preciousobjects", "worktreeconfig", "relativeworktrees",
                                         "noop"};
  git_libgit2_opts(GIT_OPT_SET_EXTENSIONS, harmless.data(), harmless.size());
}

Library::~Library() {
  git_libgit2_shutdown();
}

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
  if (auto partial = repository.find_partial(); !partial) return fail(std::move(partial).error());
  repository.path_ = without_slash(tree != nullptr ? tree : git_repository_path(handle));
  return repository;
}

}  // namespace gitlog
