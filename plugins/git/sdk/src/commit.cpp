// SPDX-License-Identifier: Apache-2.0
// A commit's people and words.
#include "gitlog/commit.hpp"

#include <algorithm>

#include "changes.hpp"
#include "gitlog/text.hpp"
#include "handles.hpp"

namespace gitlog {
namespace {

Person person(const git_signature* signature, std::string_view encoding, std::int64_t fallback_time,
              std::size_t limit) {
  Person result;
  result.time = fallback_time;
  if (signature == nullptr) return result;
  const auto text = [&](const char* bytes) {
    return std::string(clip(to_utf8(bytes == nullptr ? "" : bytes, encoding), limit));
  };
  result.name = text(signature->name);
  result.email = text(signature->email);
  result.time = signature->when.time;
  result.offset_minutes = std::clamp(signature->when.offset, -1439, 1439);
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

}  // namespace

Result<Commit> read_commit(const Repository& repository, const ObjectId& id, bool at_boundary, const ReadLimits& limits,
                           const Pulse& pulse) {
  git_commit* handle = nullptr;
  const git_oid oid = raw_id(id);
  if (const int code = git_commit_lookup(&handle, repository.raw(), &oid); code < 0) {
    return fail(object_error(code, "commit", id, repository.path()));
  }
  const CommitHandle owner(handle);
  const char* named_encoding = git_commit_message_encoding(handle);
  const std::string_view encoding = named_encoding == nullptr ? "" : named_encoding;

  Commit commit;
  commit.id = id;
  const unsigned parents = git_commit_parentcount(handle);
  commit.parents.reserve(parents);
  for (unsigned i = 0; i < parents; ++i) commit.parents.push_back(named(*git_commit_parent_id(handle, i)));
  const std::int64_t committed = git_commit_time(handle);
  commit.author = person(git_commit_author(handle), encoding, committed, limits.name_bytes);
  commit.committer = person(git_commit_committer(handle), encoding, committed, limits.name_bytes);
  const char* words = git_commit_message(handle);
  const std::string message = to_utf8(words == nullptr ? "" : words, encoding);
  commit.message = clip(message, limits.message_bytes);
  commit.message_cut = commit.message.size() < message.size();
  commit.subject = clip(subject_of(commit.message), limits.subject_bytes);
  if (at_boundary) return commit;

  auto changes = changes_of(repository, handle, limits, pulse);
  if (!changes) return fail(std::move(changes).error());
  commit.changes = std::move(*changes);
  return commit;
}

}  // namespace gitlog
