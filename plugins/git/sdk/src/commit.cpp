// SPDX-License-Identifier: Apache-2.0
// A commit's people and words.
#include "gitlog/commit.hpp"

#include <algorithm>

#include "changes.hpp"
#include "commit_dates.hpp"
#include "gitlog/text.hpp"
#include "raw_commit.hpp"

namespace gitlog {
namespace {

// Control characters, line ends among them, are no part of a name.
std::string plain(std::string_view bytes, std::string_view encoding, std::size_t limit) {
  std::string text = to_utf8(bytes, encoding);
  std::replace_if(
      text.begin(), text.end(), [](char c) { return (c >= 0 && c < ' ') || c == '\x7F'; }, ' ');
  return std::string(clip(text, limit));
}

Person person(const std::optional<Ident>& ident, std::string_view encoding, const Mailmap& people, std::size_t limit) {
  Person result;
  result.dated = usable(ident);
  if (!ident) return result;
  result.name = plain(ident->name, encoding, limit);
  result.email = plain(ident->email, encoding, limit);
  std::erase(result.email, ' ');
  people.apply(result.name, result.email);
  result.offset_minutes = ident->offset_minutes;
  result.time = ident->time ? nearest_in_calendar(*ident->time, ident->offset_minutes) : 0;
  return result;
}

// The first paragraph with its line ends as single spaces, as git shows a subject.
std::string subject_of(std::string_view message) {
  std::string subject;
  while (!message.empty()) {
    const auto end = message.find('\n');
    auto line = message.substr(0, end);
    message.remove_prefix(end == std::string_view::npos ? message.size() : end + 1);
    const auto last = line.find_last_not_of(" \t\r\v\f");
    line = last == std::string_view::npos ? std::string_view() : line.substr(0, last + 1);
    if (line.empty() && subject.empty()) continue;
    if (line.empty()) break;
    if (!subject.empty()) subject += ' ';
    subject += line;
  }
  return subject;
}

// What is counted, or why nothing is. Only what a partial clone left out, and trees that make no sense, are no failure.
Result<void> count_changes(const Repository& repository, const RawCommit& raw, Commit& commit, const ReadLimits& limits,
                           const Pulse& pulse) {
  if (!raw.tree || raw.parents_cut) return {};
  auto changes = changes_of(repository, raw, limits, pulse);
  if (changes) {
    commit.left_out = changes->absent_files > 0;
    commit.changes = std::move(*changes);
    return {};
  }
  switch (changes.error().cause) {
    case Cause::left_out:
      commit.left_out = true;
      return {};
    case Cause::bad_object:
      if (!commit.damage.empty()) commit.damage += ", ";
      commit.damage += changes.error().message;
      return {};
    default:
      return fail(std::move(changes).error());
  }
}

}  // namespace

const Person& dated_by(const Commit& commit) noexcept {
  return !commit.author.dated && commit.committer.dated ? commit.committer : commit.author;
}

Result<Commit> read_commit(const Repository& repository, const ObjectId& id, bool at_boundary, const ReadLimits& limits,
                           const Pulse& pulse, const Mailmap& people) {
  const auto raw = read_raw_commit(repository, id);
  if (!raw) return fail(raw.error());
  Commit commit;
  commit.id = id;
  commit.parents = raw->parents;
  commit.parents_cut = raw->parents_cut;
  commit.damage = raw->damage;
  commit.author = person(raw->author, raw->encoding, people, limits.name_bytes);
  commit.committer = person(raw->committer, raw->encoding, people, limits.name_bytes);
  const std::string message = to_utf8(raw->message, raw->encoding);
  commit.message = clip(message, limits.message_bytes);
  commit.message_cut = commit.message.size() < message.size();
  commit.subject = clip(subject_of(commit.message), limits.subject_bytes);
  if (at_boundary) return commit;
  if (auto counted = count_changes(repository, *raw, commit, limits, pulse); !counted) {
    return fail(std::move(counted).error());
  }
  return commit;
}

}  // namespace gitlog
