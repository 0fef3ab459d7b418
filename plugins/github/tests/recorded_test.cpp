// SPDX-License-Identifier: Apache-2.0
// The library against traffic that was recorded from the service.
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

std::unique_ptr<ReplayingTransport> recording(const std::string& name) {
  auto out = ReplayingTransport::open(std::string(GITHUB_FIXTURES) + "/recorded/" + name + ".jsonl");
  REQUIRE_MESSAGE(out.has_value(), (out ? "" : out.error().message));
  return std::move(*out);
}

// Follows redirects as a host's transport and the SDK's client do, so that recorded ones can be.
class Following final : public tento::http::Transport {
 public:
  explicit Following(tento::http::Transport& inner) : inner_(inner) {}
  Result<tento::http::Response> send(const tento::http::Request& request) override {
    tento::http::Request hop = request;
    for (;;) {
      TENTO_TRY_ASSIGN(tento::http::Response response, inner_.send(hop));
      const auto location = tento::http::find_header(response.headers, "Location");
      if (response.status / 100 != 3 || response.status == 304 || !location) return response;
      TENTO_TRY_ASSIGN(hop.url, tento::http::resolve_url(hop.url, *location));
    }
  }

 private:
  tento::http::Transport& inner_;
};

constexpr const char* api_url = "https://api.github.com";

}  // namespace

TEST_CASE("recorded: five pages of issues, whose Link leads to another path") {
  const auto http = recording("paginate-issues");
  const Client client;
  List list(client, *http,
            {.url = std::string(api_url) + "/repos/octokit-fixture-org/paginate-issues/issues?per_page=3",
             .what = "the issues",
             .kind = Kind::issue});
  std::vector<std::string> ids;
  while (list.more()) {
    const auto fetched = list.fetch();
    REQUIRE_MESSAGE(fetched.has_value(), (fetched ? "" : fetched.error().message));
    const auto read = list.each(
        [&](const Record& record) -> Result<void> {
          ids.emplace_back(record.id);
          CHECK(record.home == std::string(api_url) + "/repos/octokit-fixture-org/paginate-issues");
          CHECK(record.json.front() == '{');
          CHECK(record.json.back() == '}');
          return {};
        },
        [](const OddRecord& odd) { FAIL_CHECK(odd.what << ": " << odd.why); });
    REQUIRE_MESSAGE(read.has_value(), (read ? "" : read.error().message));
  }
  CHECK(ids == std::vector<std::string>{"13", "12", "11", "10", "9", "8", "7", "6", "5", "4", "3", "2", "1"});
  CHECK(list.page() == 5);
  CHECK(http->unused().empty());
}

TEST_CASE("recorded: a repository that was renamed is found by 301; unfollowed it is an error with its status") {
  const auto http = recording("rename-repository");
  const Client client;
  tento::http::Request request;
  request.url = std::string(api_url) + "/repos/octokit-fixture-org/rename-repository";
  const auto plain = client.ask(*http, request, "the repository");
  REQUIRE_FALSE(plain.has_value());
  CHECK(plain.error().http_status == 301);
  CHECK(plain.error().error_class == ErrorClass::provider);
  CHECK(plain.error().message == "the repository: the service answered 301: Moved Permanently");

  Following following(*http);
  const auto found = client.repository(following, "1000");
  REQUIRE(found.has_value());
  REQUIRE(found->has_value());
  CHECK((*found)->home == "octokit-fixture-org/rename-repository-newname");
  auto moved = client.ask(following, request, "the repository");
  REQUIRE(moved.has_value());
  CHECK(moved->final_url == std::string(api_url) + "/repositories/1000");
  request.method = "PATCH";
  request.body = R"({"name":"rename-repository-newname","description":"test description"})";
  CHECK(client.ask(following, request, "the repository").has_value());
  CHECK(client.ask(following, request, "the repository")->final_url == std::string(api_url) + "/repositories/1000");
}

TEST_CASE("recorded: 302 to another host, 204, 205") {
  const Client client;
  const auto archive = recording("get-archive");
  Following following(*archive);
  tento::http::Request request;
  request.url = std::string(api_url) + "/repos/octokit-fixture-org/get-archive/tarball/main";
  auto tarball = client.ask(following, request, "the archive");
  REQUIRE(tarball.has_value());
  CHECK(tento::http::read_all(*tarball)->substr(0, 2) == "\x1f\x8b");

  const auto labels = recording("labels");
  request.method = "DELETE";
  request.url = std::string(api_url) + "/repos/octokit-fixture-org/labels/labels/test-label-updated";
  CHECK(client.ask(*labels, request, "the label")->status == 204);

  const auto notifications = recording("mark-notifications-as-read");
  CHECK(client.mark_notifications_read(*notifications).has_value());
}

TEST_CASE("recorded: 422 says which member was refused, and is no fault of the service") {
  const Client client;
  const auto labels = recording("errors");
  tento::http::Request request;
  request.method = "POST";
  request.url = std::string(api_url) + "/repos/octokit-fixture-org/errors/labels";
  request.body = R"({"name":"foo","color":"invalid"})";
  const auto refused = client.ask(*labels, request, "the label");
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().code == ErrorCode::invalid_argument);
  CHECK(refused.error().error_class == ErrorClass::config);
  CHECK(refused.error().message == "the label: the service answered 422: Validation Failed: color invalid");

  const auto assets = recording("release-assets-conflict");
  request.url =
      "https://uploads.github.com/repos/octokit-fixture-org/release-assets-conflict/releases/1000/assets"
      "?name=test-upload.txt&label=test";
  request.body = "Hello, world!\n";
  const auto conflict = client.ask(*assets, request, "the upload");
  REQUIRE_FALSE(conflict.has_value());
  CHECK(conflict.error().http_status == 422);
  CHECK(conflict.error().message.find("already_exists") != std::string::npos);
}

TEST_CASE("recorded: what a search answers is no list, and the error says so") {
  const auto http = recording("search-issues");
  const Client client;
  List list(client, *http,
            {.url = std::string(api_url) + "/search/issues?q=sesame%20repo%3Aoctokit-fixture-org%2Fsearch-issues",
             .what = "the search",
             .kind = Kind::issue});
  REQUIRE(list.fetch().has_value());
  const auto read = list.each([](const Record&) -> Result<void> { return {}; }, [](const OddRecord&) {});
  REQUIRE_FALSE(read.has_value());
  CHECK(read.error().tag == "github_bad_answer");
  CHECK(read.error().message.starts_with("page 1 of the search: not a list"));
}

TEST_CASE("recorded: the absurd reset time makes nobody wait for ages, and is told") {
  // The recording's own time, had its budget been used up.
  std::vector<std::string> told;
  const Client client({.on_odd_wait = [&told](std::string_view text) { told.emplace_back(text); }});
  CannedTransport http;
  http.on("GET", std::string(api_url) + "/user",
          answer(403, R"({"message":"API rate limit exceeded"})",
                 {{"date", "Tue, 10 Oct 2017 15:00:00 GMT"},
                  {"x-ratelimit-remaining", "0"},
                  {"x-ratelimit-reset", "1507651200000"}}));
  const auto user = client.user(http);
  REQUIRE_FALSE(user.has_value());
  CHECK(user.error().error_class == ErrorClass::rate_limit);
  CHECK(user.error().retry_after_ms == 3'600'000);
  REQUIRE(told.size() == 1);
  CHECK(told.at(0).find("milliseconds") != std::string::npos);
}
