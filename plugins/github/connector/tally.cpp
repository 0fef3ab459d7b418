// SPDX-License-Identifier: Apache-2.0
// Stored records, read again for what they count as.
#include "tally.hpp"

#include <simdjson.h>

#include <set>

namespace github::rows {
namespace {

using simdjson::SUCCESS;
using tento::Result;

tl::unexpected<tento::Error> bad_cell(std::string_view what) {
  return tento::fail(tento::ErrorCode::invalid_data, tento::ErrorClass::internal,
                     "a stored " + std::string(what) + " is not what this provider stored", "github_bad_cell");
}

}  // namespace

struct DayTallies::Impl {
  struct Day {
    Tally tally;
    std::set<std::string, std::less<>> repositories;
  };
  simdjson::dom::parser parser;
  std::map<std::chrono::sys_days, Day> days;

  simdjson::simdjson_result<simdjson::dom::element> read(std::string_view json) {
    return parser.parse(json.data(), json.size());
  }
};

DayTallies::DayTallies() : impl_(std::make_unique<Impl>()) {}
DayTallies::~DayTallies() = default;

Result<void> DayTallies::add_event(tento::Date day, std::string_view json) {
  simdjson::dom::element event;
  std::string_view type;
  if (impl_->read(json).get(event) != SUCCESS) return bad_cell("event");
  if (event["type"].get(type) != SUCCESS) type = {};  // an event of no type is one all the same
  Impl::Day& on = impl_->days[std::chrono::sys_days(day)];
  ++on.tally.events;
  if (type == "PushEvent") ++on.tally.pushes;
  if (type == "IssuesEvent") ++on.tally.issues;
  if (type == "PullRequestEvent") ++on.tally.pull_requests;
  if (type == "PullRequestReviewEvent") ++on.tally.reviews;
  if (type == "IssueCommentEvent" || type == "CommitCommentEvent" || type == "PullRequestReviewCommentEvent") {
    ++on.tally.comments;
  }
  if (type == "CreateEvent") ++on.tally.created;
  std::string_view name;
  if (event["repo"]["name"].get(name) == SUCCESS && !on.repositories.contains(name)) on.repositories.emplace(name);
  return {};
}

Result<void> DayTallies::add_commit(tento::Date day, std::string_view json, std::string_view auth_id) {
  simdjson::dom::element commit;
  if (impl_->read(json).get(commit) != SUCCESS) return bad_cell("commit");
  std::int64_t author = 0;
  // Null where the service knows no account for the author.
  if (commit["author"]["id"].get(author) != SUCCESS || std::to_string(author) != auth_id) return {};
  ++impl_->days[std::chrono::sys_days(day)].tally.commits;
  return {};
}

Result<std::string> DayTallies::repository_name(std::string_view json) {
  simdjson::dom::element repository;
  std::string_view name;
  if (impl_->read(json).get(repository) != SUCCESS) return bad_cell("repository");
  if (repository["full_name"].get(name) != SUCCESS) name = {};
  return std::string(name);
}

std::map<std::chrono::sys_days, Tally> DayTallies::days() const {
  std::map<std::chrono::sys_days, Tally> out;
  for (const auto& [day, counted] : impl_->days) {
    Tally tally = counted.tally;
    tally.repositories = counted.repositories.size();
    out.emplace(day, tally);
  }
  return out;
}

// Numbers under fixed names: there is nothing to escape.
std::string tally_json(const Tally& tally) {
  const std::pair<std::string_view, std::uint64_t> members[] = {
      {"events", tally.events},   {"pushes", tally.pushes},
      {"issues", tally.issues},   {"pull_requests", tally.pull_requests},
      {"reviews", tally.reviews}, {"comments", tally.comments},
      {"created", tally.created}, {"repositories", tally.repositories},
      {"commits", tally.commits}};
  std::string out;
  for (const auto& [name, count] : members) {
    out.append(out.empty() ? "{\"" : ",\"").append(name).append("\":").append(std::to_string(count));
  }
  return out + "}";
}

}  // namespace github::rows
