// SPDX-License-Identifier: Apache-2.0
// Headers of commits and tags, line by line.
#include "raw_commit.hpp"

#include <algorithm>
#include <array>

#include "access.hpp"

namespace gitlog {
namespace {

// A tag of a tag of a tag is rare; a circle cannot be made, but a chain of any length can.
constexpr int most_tags = 64;

// What stands after `key` and a space, when the line begins with them.
std::optional<std::string_view> value_of(std::string_view line, std::string_view key) {
  if (line.size() <= key.size() || !line.starts_with(key) || line[key.size()] != ' ') return std::nullopt;
  return line.substr(key.size() + 1);
}

bool begins_a_field(std::string_view line) {
  static constexpr std::array<std::string_view, 8> keys = {"tree",     "parent", "author",        "committer",
                                                           "encoding", "gpgsig", "gpgsig-sha256", "mergetag"};
  return std::any_of(keys.begin(), keys.end(), [&](std::string_view key) { return value_of(line, key).has_value(); });
}

std::string_view first_line(std::string_view bytes) {
  return bytes.substr(0, bytes.find('\n'));
}

void drop_line(std::string_view& bytes) {
  const auto end = bytes.find('\n');
  bytes.remove_prefix(end == std::string_view::npos ? bytes.size() : end + 1);
}

// Takes a person's line off the front, and those after it that a line end within the address broke off.
Ident take_ident(std::string_view& bytes, std::size_t key_size) {
  const std::string_view start = bytes;
  drop_line(bytes);
  const auto taken = [&] { return start.substr(0, start.size() - bytes.size()); };
  while (taken().find('>') == std::string_view::npos) {
    const std::string_view next = first_line(bytes);
    if (next.empty() || begins_a_field(next)) break;
    drop_line(bytes);
  }
  return parse_ident(taken().substr(key_size));
}

void add_damage(RawCommit& commit, std::string_view what) {
  if (!commit.damage.empty()) commit.damage += ", ";
  commit.damage += what;
}

void judge_time(RawCommit& commit, const std::optional<Ident>& ident, std::string_view who) {
  if (!ident) return add_damage(commit, "it has no " + std::string(who));
  if (!ident->time) return add_damage(commit, "the time of its " + std::string(who) + " cannot be read");
  if (!in_calendar(*ident->time, ident->offset_minutes))
    add_damage(commit, "the time of its " + std::string(who) + " is not in the years 0 to 9999");
}

void parse(RawCommit& commit, std::string_view bytes) {
  while (!bytes.empty() && bytes[0] != '\n') {
    const std::string_view line = first_line(bytes);
    if (!commit.author && value_of(line, "author")) {
      commit.author = take_ident(bytes, std::string_view("author ").size());
      continue;
    }
    if (!commit.committer && value_of(line, "committer")) {
      commit.committer = take_ident(bytes, std::string_view("committer ").size());
      continue;
    }
    const bool before_people = !commit.author && !commit.committer;
    if (const auto tree = value_of(line, "tree"); tree && before_people && !commit.tree) {
      commit.tree = ObjectId::parse(*tree);
    } else if (before_people && line.starts_with("parent")) {
      const auto parent = value_of(line, "parent");
      const auto id = parent ? ObjectId::parse(*parent) : std::nullopt;
      if (id) commit.parents.push_back(*id);
      if (!id) commit.parents_cut = true;
    } else if (const auto encoding = value_of(line, "encoding"); encoding && commit.encoding.empty()) {
      commit.encoding = *encoding;
    }
    drop_line(bytes);
  }
  while (bytes.starts_with('\n')) bytes.remove_prefix(1);
  commit.message = bytes.substr(0, bytes.find('\0'));  // git ends it there, too
  if (!commit.tree) add_damage(commit, "its tree cannot be read");
  if (commit.parents_cut) add_damage(commit, "a parent of it cannot be read");
  judge_time(commit, commit.author, "author");
  judge_time(commit, commit.committer, "committer");
}

std::string_view bytes_of(git_odb_object* object) {
  return {static_cast<const char*>(git_odb_object_data(object)), git_odb_object_size(object)};
}

Result<OdbObjectHandle> read_object(const Repository& repository, const char* what, const ObjectId& id) {
  git_odb* odb = nullptr;
  if (git_repository_odb(&odb, repository.raw()) < 0) {
    return fail(Cause::io, "The objects of '" + repository.path() + "' cannot be read: " + last_message() + ".");
  }
  const OdbHandle owner(odb);
  const git_oid oid = raw_id(id);
  git_odb_object* object = nullptr;
  if (const int code = git_odb_read(&object, odb, &oid); code < 0) {
    return fail(object_error(code, what, id, repository));
  }
  return OdbObjectHandle(object);
}

}  // namespace

Result<RawCommit> read_raw_commit(const Repository& repository, const ObjectId& id) {
  auto object = read_object(repository, "commit", id);
  if (!object) return fail(std::move(object).error());
  if (git_odb_object_type(object->get()) != GIT_OBJECT_COMMIT) {
    return fail(Cause::missing_object,
                "The object " + id.hex() + " in '" + repository.path() + "' should be a commit and is not.",
                "The repository is damaged: run git fsck.");
  }
  RawCommit commit;
  parse(commit, bytes_of(object->get()));
  commit.object = std::move(*object);
  return commit;
}

std::int64_t order_time(const RawCommit& commit) noexcept {
  if (commit.committer && commit.committer->time) return *commit.committer->time;
  if (commit.author && commit.author->time) return *commit.author->time;
  return 0;
}

Result<std::optional<ObjectId>> peel_to_commit(const Repository& repository, ObjectId id) {
  for (int depth = 0; depth < most_tags; ++depth) {
    const auto object = read_object(repository, "object", id);
    if (!object) return fail(object.error());
    const git_object_t type = git_odb_object_type(object->get());
    if (type == GIT_OBJECT_COMMIT) return id;
    if (type != GIT_OBJECT_TAG) return std::nullopt;
    const auto target = value_of(first_line(bytes_of(object->get())), "object");
    const auto next = target ? ObjectId::parse(*target) : std::nullopt;
    if (!next) return std::nullopt;
    id = *next;
  }
  return std::nullopt;
}

}  // namespace gitlog
