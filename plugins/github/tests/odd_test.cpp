// SPDX-License-Identifier: Apache-2.0
// Records that are not understood, through the provider's real entries: the others come, what is held stays, the run
// says which. And clocks that were ahead.
#include <doctest/doctest.h>

#include <ostream>

#include "world.hpp"

using namespace github::test;
using namespace tento::testing;
namespace json = boost::json;
using Ids = std::vector<std::string>;

namespace {

tento::Instant at(const std::string& text) {
  return tento::SemanticTime::parse(text)->instant().value();
}

}  // namespace

TEST_CASE("odd issues: the rest of the list comes, and what is held is not taken for gone") {
  World w;
  w.add_issues(3);
  w.stub.issue(2)["created_at"] = nullptr;
  const auto first = w.sync(issues_key);
  CHECK(first.skipped_note.starts_with("issue 2: `created_at` is not text"));
  CHECK(w.ids(issues_key) == Ids{"1", "3"});
  CHECK(w.last_coverage(issues_key).state == TENTO_COVERAGE_HAVE);
  w.sync(issues_key, "backfill");
  // Held, then odd: the weekly look for what is gone asks for it in vain, and leaves it.
  w.stub.issue(3)["created_at"] = "10000-01-01T00:00:00Z";
  w.host.clock.advance(std::chrono::days(8));
  const auto looked = w.sync(issues_key, "backfill");
  CHECK(looked.skipped >= 2);
  CHECK(w.ids(issues_key) == Ids{"1", "3"});
}

TEST_CASE("odd commits: the others come, the newest among them or not") {
  World w;
  for (const char* sha : {"a", "b", "c"})
    w.stub.add_commit(sha, "2026-04-2" + std::string(1, static_cast<char>(sha[0] - 'a' + '6')) + "T10:00:00Z");
  const auto damage = [](json::object& commit) {
    commit["commit"].as_object()["committer"] = nullptr;
    commit["commit"].as_object()["author"] = nullptr;
  };
  damage(w.stub.commits.back());
  CHECK(w.sync(commits_key).skipped_note.starts_with("commit c: `committer` is not an object, and `author`"));
  CHECK(w.ids(commits_key) == Ids{"a", "b"});
  w.sync(commits_key, "backfill");
  w.stub.add_commit("d", "2026-04-29T10:00:00Z");
  CHECK(w.sync(commits_key).skipped == 1);
  CHECK(w.ids(commits_key) == Ids{"a", "b", "d"});
  w.stub.commits.back()["commit"].as_object()["committer"] = nullptr;  // by its author
  CHECK(w.sync(commits_key).skipped == 1);
  CHECK(w.ids(commits_key).size() == 3);
}

TEST_CASE("odd events, notifications and repositories: the others come") {
  World w;
  w.stub.add_event("11", "PushEvent", "2026-04-27T10:00:00Z");
  w.stub.add_event("12", "PushEvent", "2026-04-28T10:00:00Z");
  w.stub.add_event("13", "PushEvent", "2026-04-29T10:00:00Z");
  w.stub.events.back()["id"] = "zzzz";
  w.stub.events[1]["type"] = nullptr;
  CHECK(w.sync(events_key).skipped == 1);
  CHECK(w.ids(events_key) == Ids{"11", "12"});
  w.stub.add_event("14", "PushEvent", "2026-04-29T11:00:00Z");
  w.host.clock.advance(std::chrono::hours(1));
  w.sync(events_key);
  CHECK(w.ids(events_key) == Ids{"11", "12", "14"});  // an odd id is not taken for the latest

  w.stub.add_notification("1", "2026-04-28T10:00:00Z");
  w.stub.add_notification("2", "2026-04-29T10:00:00Z");
  w.stub.notifications.back()["updated_at"] = "2026-04-31T00:00:00Z";
  const auto notified = w.sync(notifications_key);
  CHECK(notified.skipped_note.starts_with("notification 2: `updated_at` holds"));
  CHECK(w.ids(notifications_key) == Ids{"1"});

  w.stub.add_repository(1, "octocat/a", "2026-01-01T00:00:00Z");
  w.stub.add_repository(2, "octocat/b", "2026-01-02T00:00:00Z");
  CHECK(w.sync(repos_key).skipped == 0);
  w.stub.repositories[1]["created_at"] = 7;
  for (int i = 0; i < 2; ++i) {  // it is told as long as it is so
    CHECK(w.sync(repos_key).skipped == 1);
    CHECK(w.ids(repos_key) == Ids{"1", "2"});
  }
  const auto days = w.provider->get(":~github:1:activity:daily");
  REQUIRE_MESSAGE(days.has_value(), (days ? "" : days.error().message));
  CHECK(days->size() == 3);
}

TEST_CASE("odd repositories: discovery finds the others, and the log says which are not") {
  World w;
  for (int i = 1; i <= 4; ++i) w.stub.add_repository(i, "octocat/r" + std::to_string(i), "2026-01-01T00:00:00Z");
  w.stub.repositories[0]["id"] = nullptr;
  w.stub.repositories[1]["full_name"] = "no-owner";
  w.stub.repositories[2]["full_name"] = 5;
  const auto rows = w.provider->discover("GitHub", "1");
  REQUIRE_MESSAGE(rows.has_value(), (rows ? "" : rows.error().message));
  CHECK(rows->size() == 2);
  CHECK(w.host.log.has("3 records of the repositories are kept out: "));
}

TEST_CASE("a clock that was ahead: what was looked at then is looked at again") {
  World w;
  w.add_issues(2);
  w.stub.add_commit("a", "2026-04-20T10:00:00Z");
  w.host.clock.set(at("2031-01-01T00:00:00Z"));
  for (const std::string& key : {issues_key, commits_key}) {
    w.sync(key);
    w.sync(key, "backfill");
  }
  w.host.clock.set(at("2026-04-29T12:00:00Z"));
  w.stub.requests.clear();
  w.sync(commits_key, "backfill");  // `history` says that it was done in 2031
  CHECK(w.stub.asked("/commits") > 0);
  w.stub.requests.clear();
  w.sync(issues_key, "backfill");  // `swept` says the same
  CHECK(w.stub.asked("/issues") > 0);
  // From where the viewport's window begins, and not from 2031.
  w.stub.requests.clear();
  w.sync(commits_key);
  REQUIRE_FALSE(w.stub.requests.empty());
  CHECK(w.stub.requests.front().url.find("since=2026-04-01") != std::string::npos);
}

TEST_CASE("a service whose clock was ahead: changes are not asked for from then on, but all of them once") {
  World w;
  w.add_issues(2);
  w.stub.date = "Wed, 01 Jan 2031 12:00:00 GMT";
  w.sync(issues_key);
  w.stub.date = "Wed, 29 Apr 2026 12:00:00 GMT";
  w.add_issues(0);
  w.stub.add_issue(3, "2026-04-29T11:30:00Z", "2026-04-29T11:30:00Z");
  w.sync(issues_key);
  CHECK(w.ids(issues_key).size() == 3);
  // One that says it changed in 2031 does not move the question there.
  w.stub.issue(1)["updated_at"] = "2031-01-01T00:00:00Z";
  w.sync(issues_key);
  w.stub.add_issue(4, "2026-04-29T11:40:00Z", "2026-04-29T12:30:00Z");
  w.sync(issues_key);
  CHECK(w.ids(issues_key).size() == 4);
}
