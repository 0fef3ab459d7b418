// SPDX-License-Identifier: Apache-2.0
// The rows through the provider's real entries, against a host in memory and a stub of the service.
#include <doctest/doctest.h>

#include <ostream>

#include "world.hpp"

using namespace github::test;
using tento::ErrorClass;
using tento::ErrorCode;
using namespace tento::testing;

TEST_CASE("provider: routes as documented, logs beside each synced row") {
  World w;
  const auto patterns = w.provider->patterns();
  for (const std::string pattern :
       {":~github:{authId}:events", ":~github:{authId}:events:logs", ":~github:{authId}:repos",
        ":~github:{authId}:repos:logs", ":~github:{authId}:repo:{owner}:{repo}:issues",
        ":~github:{authId}:repo:{owner}:{repo}:issues:logs", ":~github:{authId}:repo:{owner}:{repo}:commits",
        ":~github:{authId}:repo:{owner}:{repo}:commits:logs", ":~github:{authId}:activity:daily",
        ":~github:{authId}:notifications", ":~github:{authId}:notifications:logs"}) {
    CAPTURE(pattern);
    CHECK(std::count(patterns.begin(), patterns.end(), pattern) == 1);
  }
  CHECK(patterns.size() == 11);
}

TEST_CASE("account: who the token belongs to; a dead one is named as such") {
  World w;
  const auto checked = w.provider->check_account("GitHub", {.kind = "github", .auth_id = "", .secret = "t"});
  REQUIRE_MESSAGE(checked.has_value(), (checked ? "" : checked.error().message));
  CHECK(checked->auth_id == "1");
  CHECK(checked->label == "octocat");
  w.stub.single["/user"] = {401, R"({"message":"Bad credentials"})"};
  const auto dead = w.provider->check_account("GitHub", {.kind = "github", .auth_id = "", .secret = "t"});
  REQUIRE_FALSE(dead.has_value());
  CHECK(dead.error().tag == "github_auth_expired");
  CHECK(dead.error().error_class == ErrorClass::auth);
  for (const auto& sent : w.host.http.requests()) CHECK(sent.authenticated);
}

TEST_CASE("discover: issues and commits of each repository, over pages") {
  World w;
  for (int i = 0; i < 150; ++i) w.stub.add_repository(i + 1, "octocat/r" + std::to_string(i), "2026-01-01T00:00:00Z");
  const auto rows = w.provider->discover("GitHub", "1");
  REQUIRE_MESSAGE(rows.has_value(), (rows ? "" : rows.error().message));
  CHECK(rows->size() == 300);
  CHECK(rows->at(0).key == ":~github:1:repo:octocat:r0:issues");
  CHECK(rows->at(0).label == "octocat/r0 issues");
  CHECK(rows->at(299).key == ":~github:1:repo:octocat:r149:commits");
}

TEST_CASE("issues: the first sync takes all pages as they are, the next asks one question and downloads nothing") {
  World w;
  w.add_issues(250);
  w.stub.add_issue(251, "2026-04-29T11:30:00Z", "2026-04-29T11:30:00Z", true);
  w.sync(issues_key);
  w.sync(issues_key, "backfill");
  REQUIRE(w.host.store.cells(issues_key).size() == 251);
  // The record's own bytes, and pull requests told by a member of theirs.
  const auto cell = w.host.store.cell(issues_key, "251");
  REQUIRE(cell.has_value());
  CHECK(cell->data == boost::json::serialize(w.stub.issue(251)));
  CHECK(cell->date->text() == "2026-04-29T11:30:00+00:00");
  CHECK(cell->data.find("\"pull_request\":") != std::string::npos);
  CHECK(w.host.store.cell(issues_key, "250")->data.find("\"pull_request\":") == std::string::npos);
  CHECK(text(w.last_coverage(issues_key).span.from) == "open");
  const std::size_t requests = w.stub.requests.size();
  CHECK(requests == 4);  // three pages, and what changed since

  w.host.store.forget_changes();
  w.stub.bodies = 0;
  w.sync(issues_key);
  w.sync(issues_key, "backfill");
  CHECK(w.stub.requests.size() == requests + 1);
  CHECK(w.stub.bodies == 0);
  CHECK(w.host.store.changes().empty());
}

TEST_CASE("issues: what changed is asked for since the last answer; what it lacks is not deleted") {
  World w;
  w.add_issues(30);
  w.sync(issues_key);
  w.host.store.forget_changes();
  w.stub.issue(7)["updated_at"] = "2026-04-29T12:30:00Z";
  w.stub.issue(7)["state"] = "closed";
  w.stub.add_issue(31, "2026-04-29T12:31:00Z", "2026-04-29T12:31:00Z");
  const std::size_t before = w.stub.requests.size();
  w.sync(issues_key);
  CHECK(w.stub.requests.size() == before + 1);
  CHECK(w.stub.requests.back().url.find("since=2026-04-29T11:59:59Z") != std::string::npos);
  CHECK(w.host.store.cells(issues_key).size() == 31);
  CHECK(w.host.store.changes().size() == 2);
  CHECK(w.host.store.cell(issues_key, "7")->data.find("\"closed\"") != std::string::npos);
  CHECK(w.host.store.tombstones(issues_key).empty());
  // Many changes move the question on.
  for (int i = 1; i <= 30; ++i) w.stub.issue(i)["updated_at"] = "2026-04-29T13:00:00Z";
  w.sync(issues_key);
  CHECK(w.host.store.cursor(issues_key, "since") == "2026-04-29T13:00:00Z");
}

TEST_CASE("issues: the viewport stops where its window begins, the backfill goes on from there, once") {
  World w;
  w.add_issues(2400);  // a hundred days
  w.sync(issues_key);
  const std::size_t first = w.host.store.cells(issues_key).size();
  CHECK(first >= 28 * 24);
  CHECK(first < 1000);
  CHECK(w.last_coverage(issues_key).state == TENTO_COVERAGE_HAVE);
  CHECK(text(w.last_coverage(issues_key).span.from) != "open");
  w.sync(issues_key, "backfill");
  CHECK(w.host.store.cells(issues_key).size() == 2400);
  CHECK(text(w.last_coverage(issues_key).span.from) == "open");
  CHECK(w.stub.asked("&page=") == 23);  // each page was asked for once
}

TEST_CASE("issues: cancelled at any step, what landed is sound, and a last sync completes it") {
  World w;
  w.add_issues(350);
  const auto rounds = cancel_at_every_step(*w.provider, issues_key, "viewport", [&](std::size_t) {
    CHECK(w.host.store.open_transactions() == 0);
    CHECK(w.host.store.cells(issues_key).size() % 50 == 0);
  });
  REQUIRE_MESSAGE(rounds.has_value(), (rounds ? "" : rounds.error().message));
  CHECK(w.host.store.cells(issues_key).size() == 350);
}

TEST_CASE("issues: told to yield, a page is kept and the rest follows") {
  World w;
  w.add_issues(500);
  const auto first = w.provider->sync(issues_key, "viewport", {.yield_after = 1});
  REQUIRE(first.has_value());
  CHECK(first->more);
  CHECK(w.host.store.cells(issues_key).size() == 100);
  w.sync(issues_key);
  CHECK(w.host.store.cells(issues_key).size() == 500);
}

TEST_CASE("issues: a record twice on two pages is one cell, the later one") {
  World w;
  w.add_issues(101);
  auto twice = w.stub.issue(2);
  twice["title"] = "the newer one";
  w.stub.next.push_back({"&page=2", Answer{200, "[" + boost::json::serialize(twice) + "]"}});
  w.sync(issues_key);
  CHECK(w.host.store.cells(issues_key).size() == 100);
  CHECK(w.host.store.cell(issues_key, "2")->data.find("the newer one") != std::string::npos);
}

TEST_CASE("issues: nonsense for a page is an error that names it, and nothing of that page lands") {
  World w;
  w.add_issues(150);
  w.stub.next.push_back({"&page=2", Answer{200, R"([{"repository_url":"u","number":1})"}});
  const auto error = w.failed_sync(issues_key);
  CHECK(error.tag == "github_bad_answer");
  CHECK(error.message.starts_with("page 2 of the issues of octocat/Hello-World: not JSON"));
  CHECK(w.host.store.cells(issues_key).size() == 100);
  w.sync(issues_key);
  CHECK(w.host.store.cells(issues_key).size() == 150);
}

TEST_CASE("issues: invalid UTF-8 lands nowhere, deep JSON is kept out by itself") {
  World w;
  w.add_issues(1);
  const std::string head =
      R"([{"repository_url":"u","number":1,"created_at":"2026-04-01T10:00:00Z","updated_at":"2026-04-01T10:00:00Z","x":)";
  w.stub.next.push_back({"/issues", Answer{200, head + "\"\xc3\x28\"}]"}});
  CHECK(w.failed_sync(issues_key).tag == "github_bad_answer");
  CHECK(w.host.store.cells(issues_key).empty());
  CHECK(w.last_coverage(issues_key).state == TENTO_COVERAGE_FAILED);
  w.stub.next.push_back({"sort=created", Answer{200, head + std::string(3000, '[') + std::string(3000, ']') + "}]"}});
  w.stub.next.push_back({"sort=updated", Answer{200, "[]"}});
  CHECK(w.sync(issues_key).skipped_note == "issue 1: its JSON is nested too deeply");
  CHECK(w.host.store.cells(issues_key).empty());
}

TEST_CASE("issues: limits, a dead token, a repository that is not there") {
  World w;
  w.stub.next.push_back({"/issues", Answer{403,
                                           R"({"message":"API rate limit exceeded"})",
                                           {{"X-RateLimit-Remaining", "0"}, {"X-RateLimit-Reset", "1777464600"}}}});
  const auto spent = w.failed_sync(issues_key);
  CHECK(spent.error_class == ErrorClass::rate_limit);
  CHECK(spent.retry_after_ms == 600'000);
  w.stub.next.push_back({"/issues", Answer{403, R"({"message":"You have exceeded a secondary rate limit."})"}});
  CHECK(w.failed_sync(issues_key).retry_after_ms == 60'000);
  w.stub.next.push_back({"/issues", Answer{429, "", {{"Retry-After", "999999999"}}}});
  CHECK(w.failed_sync(issues_key).retry_after_ms == 86'400'000);
  CHECK(w.host.log.has("longer than anybody means"));
  w.stub.next.push_back({"/issues", Answer{401, R"({"message":"Bad credentials"})"}});
  CHECK(w.failed_sync(issues_key).tag == "github_auth_expired");
  const auto missing = w.failed_sync(":~github:1:repo:octocat:nothing:issues");
  CHECK(missing.code == ErrorCode::not_found);
  CHECK(missing.message == "the issues of octocat/nothing: the service answered 404: Not Found");
}

TEST_CASE("issues: created and changed; what the service made is what is stored") {
  World w;
  w.add_issues(3);
  w.sync(issues_key);
  const auto made = w.provider->write(TENTO_VERB_POST, issues_key, {.body = R"({"title":"by hand"})"});
  REQUIRE_MESSAGE(made.has_value(), (made ? "" : made.error().message));
  REQUIRE(made->size() == 1);
  CHECK(made->at(0).id == "1003");
  CHECK(w.host.store.cell(issues_key, "1003")->data.find("\"by hand\"") != std::string::npos);
  REQUIRE(
      w.provider->write(TENTO_VERB_PATCH, issues_key, {.cell_id = "2", .body = R"({"state":"closed"})"}).has_value());
  CHECK(w.host.store.cell(issues_key, "2")->data.find("\"closed\"") != std::string::npos);
  CHECK(w.stub.requests.back().limit_name == "write");

  const auto refused = w.provider->write(TENTO_VERB_POST, issues_key, {.body = "{}"});
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().code == ErrorCode::invalid_argument);
  CHECK(refused.error().message.find("Validation Failed: title missing_field") != std::string::npos);
  const auto gone = w.provider->write(TENTO_VERB_PATCH, issues_key, {.cell_id = "77", .body = "{}"});
  CHECK(gone.error().code == ErrorCode::not_found);
}

TEST_CASE("issues: deleted and moved ones are asked for by themselves before they go; a missed one stays") {
  World w;
  w.add_issues(6);
  w.sync(issues_key);
  w.sync(issues_key, "backfill");
  w.host.clock.advance(std::chrono::days(8));
  // 1 was deleted; 2 and 4 were transferred, 4 to another number (the transport follows to where they are); 3 is merely
  // missing in the list.
  const std::string there = boost::json::serialize(w.stub.issue(3));
  auto moved = w.stub.issue(2);
  moved["repository_url"] = "https://api.github.com/repos/octocat/Elsewhere";
  auto renumbered = w.stub.issue(4);
  renumbered["number"] = 12;
  const std::string path = "/repos/octocat/Hello-World/issues/";
  w.stub.single[path + "1"] = {410, R"({"message":"This issue was deleted"})"};
  w.stub.single[path + "2"] = {200, boost::json::serialize(moved)};
  w.stub.single[path + "3"] = {200, there};
  w.stub.single[path + "4"] = {200, boost::json::serialize(renumbered)};
  w.stub.issues.erase(w.stub.issues.begin(), w.stub.issues.begin() + 4);
  w.sync(issues_key, "backfill");
  CHECK(w.ids(issues_key) == std::vector<std::string>{"3", "5", "6"});
  CHECK(w.host.store.tombstones(issues_key).size() == 3);
  CHECK(w.host.store.cell(issues_key, "3")->version == "2026-04-29T08:00:00Z");
  // And not again before a week is over.
  const std::size_t before = w.stub.requests.size();
  w.sync(issues_key, "backfill");
  CHECK(w.stub.requests.size() == before);
}

TEST_CASE("repos: all of them, again only when a page changed; a vanished one is asked for by number") {
  World w;
  for (int i = 1; i <= 120; ++i) w.stub.add_repository(i, "octocat/r" + std::to_string(i), "2026-01-01T00:00:00Z");
  w.sync(repos_key);
  CHECK(w.host.store.cells(repos_key).size() == 120);
  w.stub.bodies = 0;
  w.sync(repos_key);
  CHECK(w.stub.bodies == 0);
  w.stub.repositories.erase(w.stub.repositories.begin());
  w.sync(repos_key);
  CHECK(w.stub.asked("/repositories/1") == 1);
  CHECK(w.host.store.cells(repos_key).size() == 119);
  CHECK(w.host.store.tombstones(repos_key).at(0).id == "1");
}

TEST_CASE("commits: by time, an unchanged head costs one 304, an empty repository has none") {
  World w;
  for (int i = 1; i <= 150; ++i) w.stub.add_commit("c" + std::to_string(i), "2026-04-20T10:00:00Z");
  w.stub.add_commit("old", "2025-12-24T10:00:00Z");
  w.sync(commits_key);
  CHECK(w.host.store.cells(commits_key).size() == 150);
  CHECK(w.host.store.cell(commits_key, "c1")->date->text() == "2026-04-20T10:00:00+00:00");
  w.sync(commits_key, "backfill");
  CHECK(w.host.store.cells(commits_key).size() == 151);
  CHECK(text(w.last_coverage(commits_key).span.from) == "open");
  w.stub.bodies = 0;
  const std::size_t before = w.stub.requests.size();
  w.sync(commits_key);
  w.sync(commits_key, "backfill");
  CHECK(w.stub.bodies == 0);
  CHECK(w.stub.requests.size() == before + 1);

  World empty;
  empty.stub.single["/repos/octocat/Hello-World/commits"] = {409, R"({"message":"Git Repository is empty."})"};
  empty.sync(commits_key);
  CHECK(empty.last_coverage(commits_key).state == TENTO_COVERAGE_EMPTY);
}

TEST_CASE("events: newest first until one that is held, no more often than asked") {
  World w;
  w.stub.poll_interval = "60";
  for (int i = 20; i >= 1; --i) {
    w.stub.add_event(std::to_string(1000 + i), "PushEvent",
                     "2026-04-" + std::string(i < 10 ? "0" : "") + std::to_string(i) + "T10:00:00Z");
  }
  w.sync(events_key);
  CHECK(w.host.store.cells(events_key).size() == 20);
  // Fewer than the service can show: all thirty days are known.
  CHECK(text(w.last_coverage(events_key).span.from) == "2026-03-30T12:00:00+00:00");
  const std::size_t before = w.stub.requests.size();
  w.sync(events_key);
  CHECK(w.stub.requests.size() == before);  // not yet
  w.host.clock.advance(std::chrono::seconds(61));
  w.stub.bodies = 0;
  w.sync(events_key);
  CHECK(w.stub.asked("/events") == 2);
  CHECK(w.stub.bodies < 2000);  // the user, and a 304
  w.stub.events.insert(w.stub.events.begin(), w.stub.events.front());
  w.stub.events.front()["id"] = "1021";
  w.host.clock.advance(std::chrono::seconds(61));
  w.sync(events_key);
  CHECK(w.host.store.cells(events_key).size() == 21);
}

TEST_CASE("events: three hundred at most are shown, and coverage says what was lost") {
  World w;
  for (int i = 400; i >= 1; --i) {
    const auto at = tento::SemanticTime::parse("2026-04-28T00:00:00Z")->instant().value() + std::chrono::minutes(i);
    w.stub.add_event(std::to_string(5000 + i), "PushEvent",
                     tento::SemanticTime(tento::Instant(at)).text().substr(0, 19) + "Z");
  }
  w.sync(events_key);
  CHECK(w.host.store.cells(events_key).size() == 300);
  auto coverage = w.host.store.coverage(events_key);
  REQUIRE(coverage.size() == 2);
  CHECK(coverage.at(0).state == TENTO_COVERAGE_FAILED);
  CHECK(text(coverage.at(0).span.from) == "2026-03-30T12:00:00+00:00");
  CHECK(text(coverage.at(0).span.to) == "2026-04-28T01:41:00+00:00");
  CHECK(coverage.at(1).state == TENTO_COVERAGE_HAVE);
  CHECK(text(coverage.at(1).span.from) == "2026-04-28T01:41:00+00:00");
  // So many more that they do not meet what is held: the time between is lost.
  for (int i = 1; i <= 350; ++i) {
    w.stub.events.insert(w.stub.events.begin(), w.stub.events.front());
    w.stub.events.front()["id"] = std::to_string(6000 + i);
    w.stub.events.front()["created_at"] = "2026-04-29T1" + std::to_string(i / 100) + ":00:00Z";
  }
  w.sync(events_key);
  coverage = w.host.store.coverage(events_key);
  REQUIRE(coverage.size() == 4);
  CHECK(coverage.at(2).state == TENTO_COVERAGE_FAILED);
  CHECK(text(coverage.at(2).span.from) == "2026-04-28T06:40:00+00:00");
  CHECK(text(coverage.at(2).span.to) == "2026-04-29T10:00:00+00:00");
  CHECK(w.host.store.cells(events_key).size() == 600);
}

TEST_CASE("notifications: a thread that is updated moves; the service is not polled too early") {
  World w;
  w.stub.poll_interval = "60";
  w.stub.add_notification("9", "2026-04-28T10:00:00Z");
  w.stub.add_notification("8", "2026-01-28T10:00:00Z");
  w.sync(notifications_key);
  w.sync(notifications_key, "backfill");
  CHECK(w.ids(notifications_key) == std::vector<std::string>{"8", "9"});
  w.stub.notifications.front()["updated_at"] = "2026-04-29T11:00:00Z";
  w.sync(notifications_key);
  CHECK(w.host.store.cell(notifications_key, "9")->date->text() == "2026-04-28T10:00:00+00:00");
  w.host.clock.advance(std::chrono::seconds(61));
  w.sync(notifications_key);
  CHECK(w.host.store.cell(notifications_key, "9")->date->text() == "2026-04-29T11:00:00+00:00");
  CHECK(w.host.store.cells(notifications_key).size() == 2);
}

TEST_CASE("days of activity: computed from what is held, in the account's zone") {
  World w;
  w.host.zones.set_zone("Test/East", 120);
  w.host.auth.put({.kind = "github", .auth_id = "1", .label = "octocat", .time_zone = "Test/East"});
  w.stub.add_repository(1296269, "octocat/Hello-World", "2026-01-01T00:00:00Z");
  w.stub.add_event("3", "IssueCommentEvent", "2026-04-28T11:00:00Z");
  w.stub.add_event("2", "PushEvent", "2026-04-27T23:00:00Z", "octocat/other");
  w.stub.add_event("1", "PushEvent", "2026-04-27T10:00:00Z");
  w.stub.add_commit("mine", "2026-04-27T09:00:00Z", 1);
  w.stub.add_commit("theirs", "2026-04-27T08:00:00Z", 2);
  w.sync(events_key);
  w.sync(repos_key);
  w.sync(commits_key);
  const auto days = w.provider->get(":~github:1:activity:daily");
  REQUIRE_MESSAGE(days.has_value(), (days ? "" : days.error().message));
  REQUIRE(days->size() == 2);
  CHECK(days->at(0).date->text() == "ymd-2026-04-27");
  CHECK(
      days->at(0).data ==
      R"({"events":1,"pushes":1,"issues":0,"pull_requests":0,"reviews":0,"comments":0,"created":0,"repositories":1,"commits":1})");
  CHECK(
      days->at(1).data ==
      R"({"events":2,"pushes":1,"issues":0,"pull_requests":0,"reviews":0,"comments":1,"created":0,"repositories":2,"commits":0})");
}
