// SPDX-License-Identifier: Apache-2.0
// Commits to JSON by Boost.JSON, and back by simdjson.
#include "commit_cell.hpp"

#include <simdjson.h>

#include <boost/json.hpp>
#include <chrono>

namespace tento::git {
namespace {

namespace json = boost::json;

SemanticTime moment(const gitlog::Person& person) {
  const std::chrono::sys_seconds at{std::chrono::seconds{person.time}};
  return SemanticTime(Instant(at), person.offset_minutes);
}

json::object person_json(const gitlog::Person& person, const json::storage_ptr& memory) {
  json::object out(memory);
  out["name"] = person.name;
  out["email"] = person.email;
  if (person.dated) out["time"] = moment(person).local_text();
  return out;
}

json::object file_json(const gitlog::FileChange& file, const json::storage_ptr& memory) {
  json::object out(memory);
  out["path"] = file.path;
  out["status"] = std::string_view(&file.status, 1);
  switch (file.counting) {
    case gitlog::Counting::text:
      out["insertions"] = file.insertions;
      out["deletions"] = file.deletions;
      break;
    case gitlog::Counting::binary:
      out["binary"] = true;
      break;
    case gitlog::Counting::too_big:
      out["too_big"] = true;
      break;
    case gitlog::Counting::absent:
      out["absent"] = true;
      break;
  }
  return out;
}

void add_changes(const gitlog::Changes& changes, json::object& out, const json::storage_ptr& memory) {
  out["files_changed"] = changes.files;
  // A sum without the files that are not here would be a wrong number.
  if (changes.absent_files == 0) {
    out["insertions"] = changes.insertions;
    out["deletions"] = changes.deletions;
  }
  if (changes.binary_files > 0) out["binary_files"] = changes.binary_files;
  if (changes.uncounted_files > 0) out["uncounted_files"] = changes.uncounted_files;
  json::array files(memory);
  files.reserve(changes.listed.size());
  for (const auto& file : changes.listed) files.push_back(file_json(file, memory));
  out["files"] = std::move(files);
  if (changes.listed.size() < changes.files) out["files_cut"] = true;
}

// A text, or a count; empty and 0 where there is none.
std::string text_of(const simdjson::dom::object& object, std::string_view key) {
  std::string_view text;
  return object.at_key(key).get(text) == simdjson::SUCCESS ? std::string(text) : std::string();
}
std::uint64_t count_of(const simdjson::dom::object& object, std::string_view key) {
  std::uint64_t count = 0;
  return object.at_key(key).get(count) == simdjson::SUCCESS ? count : 0;
}

}  // namespace

SemanticTime commit_date(const gitlog::Commit& commit) {
  return moment(gitlog::dated_by(commit));
}

std::string commit_json(const gitlog::Commit& commit, bool at_boundary) {
  json::monotonic_resource arena;
  const json::storage_ptr memory(&arena);
  json::object out(memory);
  out["hash"] = commit.id.hex();
  json::array parents(memory);
  for (const auto& parent : commit.parents) parents.push_back(json::string(parent.hex(), memory));
  out["parents"] = std::move(parents);
  out["author"] = person_json(commit.author, memory);
  out["committer"] = person_json(commit.committer, memory);
  out["subject"] = commit.subject;
  out["message"] = commit.message;
  if (commit.message_cut) out["message_cut"] = true;
  // At a shallow boundary there is nothing to compare with: no numbers, rather than the whole tree as if it were new.
  if (commit.changes) add_changes(*commit.changes, out, memory);
  if (at_boundary) out["shallow_boundary"] = true;
  if (commit.left_out) out["partial_clone"] = true;
  if (!gitlog::dated_by(commit).dated) out["undated"] = true;
  if (!commit.damage.empty()) out["damaged"] = commit.damage;
  return json::serialize(out);
}

struct CommitReader::Parser {
  simdjson::dom::parser json;
};

CommitReader::CommitReader() : parser_(std::make_unique<Parser>()) {}
CommitReader::~CommitReader() = default;

Result<CommitSummary> CommitReader::read(std::string_view data) {
  simdjson::dom::object commit;
  simdjson::dom::object author;
  if (parser_->json.parse(data.data(), data.size()).get(commit) != simdjson::SUCCESS ||
      commit.at_key("author").get(author) != simdjson::SUCCESS) {
    return fail(ErrorCode::invalid_data, ErrorClass::internal, "A stored commit is not what this provider stored.",
                "git_bad_cell");
  }
  CommitSummary summary;
  summary.name = text_of(author, "name");
  summary.email = text_of(author, "email");
  summary.files = count_of(commit, "files_changed");
  summary.insertions = count_of(commit, "insertions");
  summary.deletions = count_of(commit, "deletions");
  summary.counted = commit.at_key("insertions").error() == simdjson::SUCCESS;
  summary.undated = commit.at_key("undated").error() == simdjson::SUCCESS;
  return summary;
}

}  // namespace tento::git
