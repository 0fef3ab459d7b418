// SPDX-License-Identifier: Apache-2.0
// Answers that make no sense: each is an error that says where, and limits are told from refusals.
#include <doctest/doctest.h>

#include <ostream>
#include <tento/sdk/testing/transports.hpp>

#include "github/list.hpp"
#include "stub.hpp"

using namespace github;
using namespace tento::testing;
using tento::ErrorClass;
using tento::ErrorCode;
using tento::Result;

namespace {

const std::string issues_url = "https://api.github.com/repos/o/r/issues?per_page=100";

struct Outcome {
  std::vector<std::string> ids;
  std::string error;
  std::string tag;
  std::string json;  // of the first record
  std::vector<OddRecord> odd;
};

Outcome walk(tento::http::Transport& http, Kind kind = Kind::issue, tento::http::PageLimits limits = {}) {
  const Client client;
  List list(client, http,
            {.url = issues_url, .what = "the issues of o/r", .kind = kind, .limits = limits, .max_page_bytes = 20'000});
  Outcome out;
  while (list.more() && out.error.empty()) {
    auto done = list.fetch();
    if (done) {
      const auto read = list.each(
          [&out](const Record& record) -> Result<void> {
            out.ids.emplace_back(record.id);
            if (out.json.empty()) out.json = record.json;
            return {};
          },
          [&out](const OddRecord& odd) { out.odd.push_back(odd); });
      if (!read) done = tento::fail(read.error());
    }
    if (!done) {
      out.error = done.error().message;
      out.tag = done.error().tag;
    }
  }
  return out;
}

Outcome of_body(std::string body, Kind kind = Kind::issue) {
  CannedTransport http;
  http.set_chunk(13);
  http.on("GET", issues_url, answer(200, std::move(body)));
  return walk(http, kind);
}

std::string issue(const std::string& number, const std::string& more = "") {
  return R"({"repository_url":"https://api.github.com/repos/o/r","number":)" + number +
         R"(,"created_at":"2026-04-01T10:00:00Z","updated_at":"2026-04-01T10:00:00Z")" + more + "}";
}

}  // namespace

TEST_CASE("list: bytes that are no list of records") {
  struct Row {
    std::string body;
    std::string error;
  };
  for (const Row& row :
       {Row{"", "page 1 of the issues of o/r: not JSON"}, Row{"{}", "page 1 of the issues of o/r: not a list"},
        Row{"null", "page 1 of the issues of o/r: not a list"}, Row{"[", "page 1 of the issues of o/r: not "},
        Row{"[" + issue("1") + ",", "page 1 of the issues of o/r: not "},
        Row{"[" + issue("1") + "] x", "page 1 of the issues of o/r: not JSON"},
        Row{"[" + issue("1") + "] []", "page 1 of the issues of o/r: not JSON"},
        Row{"[" + issue("1").substr(0, issue("1").size() - 1) + "]", "page 1 of the issues of o/r: not JSON"},
        Row{"[\"\xff\xfe\"]", "page 1 of the issues of o/r: not JSON"},
        Row{"<html>busy</html>", "page 1 of the issues of o/r: not "}}) {
    CAPTURE(row.body.substr(0, 200));
    const Outcome got = of_body(row.body);
    CAPTURE(got.error);
    CHECK(got.error.find(row.error) != std::string::npos);
    CHECK(got.tag == "github_bad_answer");
    CHECK(got.error.size() < 300);
  }
}

TEST_CASE("list: where no value can begin the answer is broken, and nothing more is read of it") {
  struct Row {
    Kind kind;
    const char* body;
  };
  for (const Row& row :
       {Row{Kind::issue, R"([,{}])"}, Row{Kind::issue, R"([{"number":,"id":1}])"},
        Row{Kind::commit, R"([{"sha":"a","commit":,"author":{}}])"},
        Row{Kind::commit,
            R"([{"sha":"a","commit":{"committer":{"name":"M","date":, "email": "supn":"o"t",id:49Z"}}}])"},
        Row{Kind::commit,
            R"([{"sha":"a","commit":{"committer":{"name":"M","dfte":, "email": "supn":"o"t",id:49Z"}}}])"},
        Row{Kind::commit, R"([{"sha":"a","commit":{"committer":,"author":{"date":"2026-04-01T10:00:00Z"}}}])"}}) {
    CAPTURE(row.body);
    const auto got = of_body(row.body, row.kind);
    CHECK(got.tag == of_body("[1").tag);
    CHECK(got.odd.empty());
    CHECK(got.ids.empty());
  }
}

TEST_CASE("list: odd records of every kind are kept out and named, and all others come") {
  struct Row {
    Kind kind;
    std::string good;  // with ID in it
    std::string odd;
    std::string what;
    std::string why;
  };
  const std::string an_issue = issue("ID");
  const std::string a_commit = R"({"sha":"ID","commit":{"committer":{"date":"2026-04-01T10:00:00Z"}}})";
  const std::string an_event = R"({"id":"ID","created_at":"2026-04-01T10:00:00Z"})";
  const std::string a_thread = R"({"id":"ID","updated_at":"2026-04-01T10:00:00Z"})";
  const std::string a_repository = R"({"id":ID,"full_name":"o/r","created_at":"2026-04-01T10:00:00Z"})";
  const std::string place = "record 2 of page 1";
  const auto commit_of = [](const std::string& commit) { return R"({"sha":"x","commit":)" + commit + "}"; };
  for (const Row& row : {
           Row{Kind::issue, an_issue, "1", place, "it is not an object"},
           Row{Kind::issue, an_issue, "\"x\"", place, "it is not an object"},
           Row{Kind::issue, an_issue, "null", place, "it is not an object"},
           Row{Kind::issue, an_issue, "[]", place, "it is not an object"},
           Row{Kind::issue, an_issue, "{}", place, "`number` is missing"},
           Row{Kind::issue, an_issue, issue("null"), place, "`number` is not a whole number"},
           Row{Kind::issue, an_issue, issue("\"1\""), place, "`number` is not a whole number"},
           Row{Kind::issue, an_issue, issue("-1"), place, "`number` is a negative number"},
           Row{Kind::issue, an_issue, issue("1.5"), place, "`number` is not a whole number"},
           Row{Kind::issue, an_issue, issue("99999999999999999999"), place, "`number` is not a whole number"},
           Row{Kind::issue, an_issue, R"({"number":7})", "issue 7", "`created_at` is missing"},
           Row{Kind::issue, an_issue, R"({"number":7,"created_at":null})", "issue 7", "`created_at` is not text"},
           Row{Kind::issue, an_issue, R"({"number":7,"created_at":"10000-01-01T00:00:00Z"})", "issue 7",
               "`created_at` holds `10000-01-01T00:00:00Z`, which is not a time"},
           Row{Kind::issue, an_issue, R"({"number":7,"created_at":"-0001-01-01T00:00:00Z"})", "issue 7",
               "`created_at` holds `-0001-01-01T00:00:00Z`, which is not a time"},
           Row{Kind::issue, an_issue, R"({"number":7,"created_at":"y-2026"})", "issue 7",
               "`created_at` holds `y-2026`, which is not a time"},
           Row{Kind::issue, an_issue, issue("7", ",\"x\":" + std::string(2000, '[') + std::string(2000, ']')),
               "issue 7", "its JSON is nested too deeply"},
           Row{Kind::repository, a_repository, R"({"id":null,"full_name":"o/r"})", place, "`id` is not a whole number"},
           Row{Kind::repository, a_repository, R"({"id":7,"full_name":null})", "repository 7",
               "`full_name` is not text"},
           Row{Kind::commit, a_commit, R"({"sha":null})", place, "`sha` is not text"},
           Row{Kind::commit, a_commit, R"({"sha":"","commit":{"author":{"date":"2026-04-01T10:00:00Z"}}})", place,
               "its id is empty"},
           Row{Kind::commit, a_commit, R"({"sha":"x"})", "commit x", "`commit` is missing"},
           Row{Kind::commit, a_commit, commit_of("null"), "commit x", "`commit` is not an object"},
           Row{Kind::commit, a_commit, commit_of("{}"), "commit x", "`committer` is missing, and `author` is missing"},
           Row{Kind::commit, a_commit, commit_of(R"({"author":{},"committer":null})"), "commit x",
               "`committer` is not an object, and `author`: `date` is missing"},
           Row{Kind::commit, a_commit,
               "{\"sha\":\"" + std::string(600, 'a') +
                   "\",\"commit\":" + R"({"author":{"date":"2026-04-01T10:00:00Z"}}})",
               place, "its id has 600 bytes"},
           Row{Kind::event, an_event, R"({"id":null,"created_at":"2026-04-01T10:00:00Z"})", place, "`id` is not text"},
           Row{Kind::event, an_event, R"({"id":"zz","created_at":"2026-04-01T10:00:00Z"})", place,
               "`id` holds `zz`, which is not a number"},
           Row{Kind::event, an_event, R"({"id":"9","created_at":null})", "event 9", "`created_at` is not text"},
           Row{Kind::notification, a_thread, R"({"id":"9"})", "notification 9", "`updated_at` is missing"},
       }) {
    CAPTURE(row.odd.substr(0, 200));
    const auto good = [&](const std::string& id) {
      std::string out = row.good;
      return out.replace(out.find("ID"), 2, id);
    };
    const Outcome got = of_body("[" + good("1") + "," + row.odd + ", " + good("3") + "]", row.kind);
    CHECK(got.error.empty());
    CHECK(got.ids == std::vector<std::string>{"1", "3"});
    REQUIRE(got.odd.size() == 1);
    CHECK(got.odd[0].what == row.what);
    CHECK(got.odd[0].why == row.why);
    CHECK(got.odd[0].id == (row.what == place ? "" : row.what.substr(row.what.find(' ') + 1)));
  }
}

TEST_CASE("list: a commit is at its committer's time, else at its author's") {
  const auto date_of = [](const std::string& author, const std::string& committer) {
    CannedTransport http;
    http.on("GET", issues_url,
            answer(200, R"([{"sha":"x","commit":{"author":)" + author + ",\"committer\":" + committer + "}}]"));
    const Client client;
    List list(client, http, {.url = issues_url, .what = "x", .kind = Kind::commit});
    REQUIRE(list.fetch().has_value());
    std::string out;
    const auto read = list.each(
        [&out](const Record& record) -> Result<void> {
          out = record.date.text();
          return {};
        },
        [&out](const OddRecord& odd) { out = odd.why; });
    CHECK(read.has_value());
    return out;
  };
  const std::string written = R"({"name":"a","date":"2026-04-01T10:00:00Z"})";
  const std::string committed = R"({"name":"c","date":"2026-04-02T10:00:00Z"})";
  CHECK(date_of(written, committed) == "2026-04-02T10:00:00+00:00");
  CHECK(date_of("null", committed) == "2026-04-02T10:00:00+00:00");
  for (const char* none : {"null", "{}", "7", R"({"date":null})", R"({"date":"10000-01-01T00:00:00Z"})",
                           R"({"date":"-0001-12-31T00:00:00Z"})"}) {
    CAPTURE(none);
    CHECK(date_of(written, none) == "2026-04-01T10:00:00+00:00");
  }
}

TEST_CASE("list: what a record can do without may be null or missing") {
  CHECK(of_body(R"([{"number":1,"created_at":"2026-04-01T10:00:00Z","user":null}])").ids ==
        std::vector<std::string>{"1"});
  CHECK(of_body(R"([{"repository_url":null,"number":1,"created_at":"2026-04-01T10:00:00Z","updated_at":null}])").ids ==
        std::vector<std::string>{"1"});
}

TEST_CASE("list: records as views, members in any order, an empty list") {
  CHECK(of_body("[]").error.empty());
  CHECK(of_body(" [ ] \n").error.empty());
  CHECK(of_body("[" + issue("1") + " , " + issue("2 ") + "]").ids == std::vector<std::string>{"1", "2"});
  CHECK(of_body("[ " + issue("1") + " \n ]").json == issue("1"));
  const Outcome mixed = of_body(
      R"([{"updated_at":"2026-04-01T10:00:00Z","x":{"number":5},"created_at":"2026-04-01T10:00:00Z","number":7,"repository_url":"u"}])");
  CHECK(mixed.ids == std::vector<std::string>{"7"});
}

TEST_CASE("list: a page that repeats for ever, too many of them, one that is too large, a broken Link") {
  CannedTransport circle;
  circle.on("GET", issues_url,
            answer(200, "[" + issue("1") + "]", {{"Link", "<" + issues_url + "&page=2>; rel=\"next\""}}));
  circle.on("GET", issues_url + "&page=2",
            answer(200, "[" + issue("2") + "]", {{"Link", "<" + issues_url + ">; rel=\"next\""}}));
  CHECK(walk(circle).tag == "page_repeats");
  CHECK(walk(circle, Kind::issue, {.most_pages = 1}).tag == "too_many_pages");
  CHECK(circle.requests().size() == 3);

  CannedTransport large;
  large.on("GET", issues_url, answer(200, "[" + issue("1", ",\"x\":\"" + std::string(30'000, 'x') + "\"") + "]"));
  CHECK(walk(large).tag == "body_too_large");
  CannedTransport broken;
  broken.on("GET", issues_url, answer(200, "[]", {{"Link", "<https://api.github.com/x"}}));
  CHECK(walk(broken).tag == "bad_link_header");
}

TEST_CASE("errors: dead tokens, limits of both kinds, refusals, trouble") {
  const auto error = [](Exchange::Answer given) {
    CannedTransport http;
    http.on("GET", "https://api.github.com/user", std::move(given));
    const auto user = Client({.now = [] {
                        return tento::SemanticTime::parse("2026-04-29T12:00:00Z")->instant().value();
                      }}).user(http);
    REQUIRE_FALSE(user.has_value());
    return user.error();
  };
  const auto dead = error(answer(401, R"({"message":"Bad credentials"})"));
  CHECK(dead.tag == "github_auth_expired");
  CHECK(dead.error_class == ErrorClass::auth);
  CHECK(dead.remedy == "reconnect");
  CHECK(dead.message == "the user of the token: the service answered 401: Bad credentials");

  const auto spent = error(answer(403, R"({"message":"API rate limit exceeded for user ID 1."})",
                                  {{"X-RateLimit-Remaining", "0"}, {"X-RateLimit-Reset", "1777464600"}}));
  CHECK(spent.error_class == ErrorClass::rate_limit);
  CHECK(spent.retry_after_ms == 600'000);

  const std::string secondary = R"({"message":"You have exceeded a secondary rate limit. Please wait a few minutes."})";
  CHECK(error(answer(403, secondary)).tag == "github_secondary_limit");
  CHECK(error(answer(403, secondary)).retry_after_ms == 60'000);
  CHECK(error(answer(429, secondary, {{"Retry-After", "17"}})).retry_after_ms == 17'000);
  CHECK(error(answer(403, secondary, {{"X-RateLimit-Remaining", "4000"}})).error_class == ErrorClass::rate_limit);
  // No header says it: the sentence alone, in its older forms too, or the status.
  for (const char* said :
       {"You have exceeded a secondary rate limit. Please wait a few minutes before you try again.",
        "You have triggered an abuse detection mechanism. Please wait a few minutes before you try again.",
        "You have triggered an Abuse-Detection mechanism.", "API rate limit exceeded for user ID 1."}) {
    CAPTURE(said);
    const auto limit = error(answer(403, std::string(R"({"message":")") + said + "\"}"));
    CHECK(limit.code == ErrorCode::rate_limited);
    CHECK(limit.error_class == ErrorClass::rate_limit);
    CHECK(limit.retry_after_ms == 60'000);
    CHECK(limit.remedy == "wait, then try again");
  }
  for (const char* body : {R"({"message":"Too many requests"})", "", "<html>"}) {
    const auto limit = error(answer(429, body));
    CHECK(limit.error_class == ErrorClass::rate_limit);
    CHECK(limit.retry_after_ms == 60'000);
    CHECK(limit.remedy == "wait, then try again");
  }

  const auto scope = error(answer(403, R"({"message":"Resource not accessible by personal access token"})",
                                  {{"X-RateLimit-Remaining", "4000"}}));
  CHECK(scope.code == ErrorCode::forbidden);
  CHECK(scope.error_class == ErrorClass::config);
  CHECK(error(answer(502, "<html>")).error_class == ErrorClass::transient);
  CHECK(error(answer(200, "[]")).tag == "github_bad_answer");
  CHECK(error(answer(200, R"({"login":1,"id":1})")).message == "the user of the token: `login` is not text");
}

TEST_CASE("paths: whatever an owner or a repository is called, it stays one segment") {
  const Client client;
  CHECK(client.repository_url({"octo", "a.b_c-d~"}, "/issues") == "https://api.github.com/repos/octo/a.b_c-d~/issues");
  CHECK(client.repository_url({"o/../x", "r?y#z"}) == "https://api.github.com/repos/o%2F..%2Fx/r%3Fy%23z");
  CHECK(path_segment("\xc3\xa4 %") == "%C3%A4%20%25");
}
