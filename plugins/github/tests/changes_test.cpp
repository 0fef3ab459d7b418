// SPDX-License-Identifier: Apache-2.0
// What changes upstream between two syncs: in the very second of the last one, by rewriting a branch, under a write.
#include <doctest/doctest.h>

#include <ostream>

#include "world.hpp"

using namespace github::test;
using tento::ErrorClass;
using tento::ErrorCode;
using namespace tento::testing;

TEST_CASE("issues: a change in the very second of the last answer is found, also where `since` excludes it") {
  World w;
  w.stub.strict_since = true;
  w.add_issues(3);
  w.sync(issues_key);
  w.stub.issue(2)["updated_at"] = "2026-04-29T12:00:00Z";  // when the list was answered
  w.stub.issue(2)["state"] = "closed";
  w.sync(issues_key);
  CHECK(w.host.store.cell(issues_key, "2")->data.find("\"closed\"") != std::string::npos);
}

TEST_CASE("issues: many changes in one second are downloaded once") {
  World w;
  w.add_issues(40);
  w.sync(issues_key);
  for (int i = 1; i <= 40; ++i) w.stub.issue(i)["updated_at"] = "2026-04-29T13:00:00Z";
  w.sync(issues_key);
  w.sync(issues_key);  // the question that moved on is answered once
  w.stub.bodies = 0;
  w.sync(issues_key);
  CHECK(w.stub.bodies == 0);
}

namespace {

boost::json::object commit_of(const std::string& sha, const std::string& committed) {
  Stub made;
  made.add_commit(sha, committed);
  return made.commits.front();
}

// A repository of `recent` commits of this April and `old` ones of 2025, both stages synced.
void fill(World& w, int recent, int old) {
  for (int i = recent; i >= 1; --i) w.stub.add_commit("new" + std::to_string(i), "2026-04-20T10:00:00Z");
  for (int i = old; i >= 1; --i) w.stub.add_commit("old" + std::to_string(i), "2025-06-01T10:00:00Z");
  w.sync(commits_key);
  w.sync(commits_key, "backfill");
  REQUIRE(w.host.store.cells(commits_key).size() == static_cast<std::size_t>(recent + old));
}

// Replaces the newest `lost` commits by one of now.
void rewrite(World& w, int lost, const std::string& by = "mended", const std::string& at = "2026-04-29T11:00:00Z") {
  auto now = w.stub.commits;
  now.erase(now.begin(), now.begin() + lost);
  now.insert(now.begin(), commit_of(by, at));
  w.stub.force_push(std::move(now));
}

}  // namespace

TEST_CASE("commits: one that was replaced by force goes; a push that goes on asks nothing more") {
  World w;
  fill(w, 3, 2);
  w.stub.commits.insert(w.stub.commits.begin(), commit_of("new4", "2026-04-28T10:00:00Z"));
  std::size_t before = w.stub.requests.size();
  w.sync(commits_key);
  CHECK(w.stub.requests.size() == before + 1);
  CHECK(w.host.store.tombstones(commits_key).empty());

  rewrite(w, 1);
  before = w.stub.requests.size();
  w.sync(commits_key);
  CHECK(w.stub.requests.size() == before + 3);  // the list, the branch's tip, what it lost
  CHECK(w.ids(commits_key) == std::vector<std::string>{"old1", "old2", "new1", "new2", "new3", "mended"});
  REQUIRE(w.host.store.tombstones(commits_key).size() == 1);
  CHECK(w.host.store.tombstones(commits_key).at(0).id == "new4");
  // And then it costs one question again.
  before = w.stub.requests.size();
  w.stub.bodies = 0;
  w.sync(commits_key);
  CHECK(w.stub.requests.size() == before + 1);
  CHECK(w.stub.bodies == 0);
}

TEST_CASE("commits: whatever was rewritten goes at once, however old and however many; a reset, too") {
  World w;
  fill(w, 20, 250);
  rewrite(w, 260);
  w.sync(commits_key);
  CHECK(w.host.store.cells(commits_key).size() == 11);
  CHECK(w.host.store.tombstones(commits_key).size() == 260);
  CHECK(w.stub.asked("/compare/mended...new20?per_page=100") == 3);

  auto now = w.stub.commits;
  now.erase(now.begin(), now.begin() + 3);  // back to a commit of last year: this April's list is empty then
  w.stub.force_push(std::move(now));
  w.sync(commits_key);
  CHECK(w.host.store.cells(commits_key).size() == 8);
}

TEST_CASE("commits: a branch that stands still is no rewritten one, though the window moves on") {
  World w;
  fill(w, 3, 2);
  w.host.clock.advance(std::chrono::days(60));
  w.sync(commits_key);
  w.sync(commits_key, "backfill");
  CHECK(w.stub.asked("/compare/") == 0);
  CHECK(w.host.store.tombstones(commits_key).empty());
  CHECK(w.host.store.cells(commits_key).size() == 5);
}

TEST_CASE("commits: a rewritten branch whose list looks the same is found by the weekly backfill") {
  World w;
  fill(w, 0, 5);
  rewrite(w, 2, "mended", "2025-06-02T10:00:00Z");
  w.sync(commits_key);
  CHECK(w.stub.asked("/compare/") == 0);  // an empty list, as before
  w.host.clock.advance(std::chrono::days(8));
  w.sync(commits_key, "backfill");
  CHECK(w.ids(commits_key) == std::vector<std::string>{"old1", "old2", "old3", "mended"});
}

TEST_CASE("commits: a failure or a stop between the list and what it lost loses neither") {
  World w;
  fill(w, 3, 2);
  rewrite(w, 1);
  w.stub.next.push_back({"/compare/", Answer{502, "<html>"}});
  CHECK(w.failed_sync(commits_key).error_class == ErrorClass::transient);
  CHECK(w.host.store.cells(commits_key).size() == 5);
  w.stub.next.push_back({"/compare/", Answer{200, R"({"commits":5})"}});
  const auto odd = w.failed_sync(commits_key);
  CHECK(odd.tag == "github_bad_answer");
  CHECK(odd.message.starts_with(
      "page 1 of the comparison mended...new3 of octocat/Hello-World: `commits` is not a list"));
  const auto rounds = cancel_at_every_step(*w.provider, commits_key, "viewport", [&](std::size_t) {
    CHECK(w.host.store.open_transactions() == 0);
    const auto cell = w.host.store.cell(commits_key, "new3");
    const bool gone = !cell || cell->tombstone;
    CHECK(gone == w.host.store.cell(commits_key, "mended").has_value());
  });
  REQUIRE_MESSAGE(rounds.has_value(), (rounds ? "" : rounds.error().message));
  CHECK(w.ids(commits_key) == std::vector<std::string>{"old1", "old2", "new1", "new2", "mended"});
}

TEST_CASE("commits: where what was lost cannot be told, the backfill reads all and deletes what is not there") {
  World w;
  fill(w, 3, 150);
  // Another history altogether, and the old one is forgotten.
  std::vector<boost::json::object> now{commit_of("other2", "2026-04-29T11:00:00Z")};
  now.push_back(commit_of("other1", "2025-06-01T10:00:00Z"));
  w.stub.force_push(now);
  SUBCASE("forgotten") {
    w.stub.collect_garbage();
  }
  SUBCASE("refused") {
    w.stub.next.push_back({"/compare/", Answer{422, R"({"message":"This diff is too large"})"}});
  }
  w.sync(commits_key);
  CHECK(w.host.store.cells(commits_key).size() == 154);  // nothing on a mere suspicion
  CHECK(w.host.store.cursor(commits_key, "rewritten") == "yes");
  // The branch moves while it is read: what the pages lack proves nothing then.
  w.stub.next.push_back({"/commits?per_page=100", Answer{200, "[]"}});
  w.sync(commits_key, "backfill");
  CHECK(w.host.store.tombstones(commits_key).empty());
  w.sync(commits_key, "backfill");
  CHECK(w.ids(commits_key) == std::vector<std::string>{"other1", "other2"});
  CHECK(w.host.store.cursor(commits_key, "rewritten").value_or("") == "");
  const std::size_t before = w.stub.requests.size();
  w.sync(commits_key, "backfill");
  CHECK(w.stub.requests.size() == before);  // its week begins anew
}

TEST_CASE("issues: a write for a version that is no longer there is refused, and names both") {
  World w;
  w.add_issues(3);
  w.sync(issues_key);
  CHECK(w.host.store.cell(issues_key, "2")->version == w.stub.issue(2).at("updated_at").as_string());
  const auto patch = [&](const std::string& id, std::optional<std::string> expected) {
    return w.provider->write(TENTO_VERB_PATCH, issues_key,
                             {.cell_id = id, .body = R"({"state":"closed"})", .expected = std::move(expected)});
  };
  // Nothing is expected: one request, whatever became of the issue.
  w.stub.issue(1)["updated_at"] = "2026-04-29T11:30:00Z";
  std::size_t before = w.stub.requests.size();
  REQUIRE(patch("1", std::nullopt).has_value());
  CHECK(w.stub.requests.size() == before + 1);

  w.stub.issue(2)["updated_at"] = "2026-04-29T11:30:00Z";
  const auto refused = patch("2", "2026-04-29T10:00:00Z");
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().code == ErrorCode::conflict);
  CHECK(refused.error().error_class == ErrorClass::provider);
  CHECK(refused.error().tag == "github_issue_changed");
  CHECK(refused.error().remedy == "sync the row, then write again");
  CHECK(refused.error().message ==
        "issue 2 of octocat/Hello-World changed meanwhile: the service has the version 2026-04-29T11:30:00Z, the write "
        "is "
        "for 2026-04-29T10:00:00Z; nothing was changed");
  CHECK(w.stub.issue(2).at("state") == "open");
  CHECK(w.host.store.cell(issues_key, "2")->data.find("\"closed\"") == std::string::npos);

  // The version that the service has, and the one that a write left behind.
  before = w.stub.requests.size();
  REQUIRE(patch("2", "2026-04-29T11:30:00Z").has_value());
  CHECK(w.stub.requests.size() == before + 2);
  CHECK(w.stub.issue(2).at("state") == "closed");
  CHECK(w.host.store.cell(issues_key, "2")->version == "2026-04-29T12:00:01Z");
  const auto stored = [&](const std::string& id) { return w.host.store.cell(issues_key, id)->version; };
  CHECK(patch("2", stored("2")).has_value());

  // Gone, and moved: told before anything is written where nobody meant to.
  const std::string path = "/repos/octocat/Hello-World/issues/3";
  w.stub.single[path] = {410, R"({"message":"This issue was deleted"})"};
  CHECK(patch("3", stored("3")).error().code == ErrorCode::not_found);
  auto moved = w.stub.issue(3);
  moved["number"] = 12;
  moved["repository_url"] = "https://api.github.com/repos/octocat/Elsewhere";
  w.stub.single[path] = {200, boost::json::serialize(moved)};
  before = w.stub.requests.size();
  CHECK(patch("3", stored("3")).error().tag == "github_issue_moved");
  CHECK(w.stub.requests.size() == before + 1);
}
