// SPDX-License-Identifier: Apache-2.0
// What a repository is: its name, its shallow boundary, whether it is complete.
#include "gitlog/repository.hpp"

#include <algorithm>
#include <filesystem>
#include <system_error>

#include "access.hpp"
#include "gitlog/text.hpp"
#include "handles.hpp"

namespace gitlog {
namespace {

namespace fs = std::filesystem;

// A list of as many commits as the largest shallow clone might have.
constexpr std::size_t most_shallow_bytes = std::size_t{64} << 20U;

}  // namespace

std::string last_message() {
  const git_error* error = git_error_last();
  std::string text = error == nullptr || error->message == nullptr ? "unknown error" : replace_invalid(error->message);
  while (!text.empty() && (text.back() == '.' || text.back() == '\n')) text.pop_back();
  return text;
}

void Repository::Close::operator()(git_repository* repository) const noexcept {
  git_repository_free(repository);
}
Repository::Repository(Repository&&) noexcept = default;
Repository& Repository::operator=(Repository&&) noexcept = default;
Repository::~Repository() = default;

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

Result<std::vector<ObjectId>> Repository::shallow_boundary() const {
  std::vector<ObjectId> ids;
  auto content = read_file(fs::path(git_repository_commondir(handle_.get())) / "shallow", most_shallow_bytes);
  if (!content) return fail(std::move(content).error());
  std::string_view lines = *content ? std::string_view(**content) : std::string_view();
  while (!lines.empty()) {
    const auto end = lines.find('\n');
    if (const auto id = ObjectId::parse(lines.substr(0, end))) ids.push_back(*id);
    lines.remove_prefix(end == std::string_view::npos ? lines.size() : end + 1);
  }
  std::sort(ids.begin(), ids.end());
  return ids;
}

Result<bool> Repository::has(const ObjectId& id) const {
  git_odb* odb = nullptr;
  if (git_repository_odb(&odb, handle_.get()) < 0) {
    return fail(Cause::io, "The objects of " + in_quotes(path_) + " cannot be read: " + last_message() + ".");
  }
  const OdbHandle owner(odb);
  const git_oid oid = raw_id(id);
  if (git_odb_exists(odb, &oid) == 1) return true;
  // Not found may mean that it could not be looked for.
  const Error why = object_error(GIT_ENOTFOUND, "object", id, *this);
  if (why.cause == Cause::missing_object) return false;
  return fail(why);
}

Result<void> Repository::find_partial() {
  git_config* snapshot = nullptr;
  if (git_repository_config_snapshot(&snapshot, handle_.get()) < 0) {
    return fail(Cause::io, "The configuration of " + in_quotes(path_) + " cannot be read: " + last_message() + ".");
  }
  const ConfigHandle config(snapshot);
  // The newer mark, which git sets, and the older one, which it still heeds. Names are compared here: libgit2 1.5 keeps
  // 20 KiB for ever of each name that does not match a pattern it is given.
  const auto marked = [](const git_config_entry* entry, void* found) {
    const std::string_view name = entry->name;
    int yes = name == "extensions.partialclone" ? 1 : 0;
    if (name.starts_with("remote.") && name.ends_with(".promisor") && git_config_parse_bool(&yes, entry->value) < 0)
      yes = 0;
    if (yes != 0) *static_cast<bool*>(found) = true;
    return 0;
  };
  if (git_config_foreach(config.get(), marked, &partial_) < 0) {
    return fail(Cause::io, "The configuration of " + in_quotes(path_) + " cannot be read: " + last_message() + ".");
  }
  return {};
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
