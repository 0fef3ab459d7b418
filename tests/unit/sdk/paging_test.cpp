// SPDX-License-Identifier: Apache-2.0
// Walks that end: at the last page, at a page that comes again, at a limit.
#include <doctest/doctest.h>

#include <ostream>
#include <tento/sdk/paging.hpp>

using namespace tento;
using namespace tento::http;

namespace {

Response with_next(const std::string& url, const std::string& next) {
  Response out;
  out.status = 200;
  out.final_url = url;
  if (!next.empty()) out.headers = {{"Link", "<" + next + ">; rel=\"next\""}};
  return out;
}

}  // namespace

TEST_CASE("link walk: follows what it is told, to another path and host, until nothing follows") {
  LinkWalk walk("https://api.example.com/items");
  std::vector<std::string> asked;
  const std::vector<std::string> nexts = {"https://api.example.com/things/1?page=2", "http://127.0.0.1:1/x", ""};
  for (std::size_t i = 0; walk.more(); ++i) {
    CHECK(walk.page() == i + 1);
    asked.push_back(walk.url());
    REQUIRE(walk.advance(with_next(walk.url(), nexts.at(i))).has_value());
  }
  CHECK(asked == std::vector<std::string>{"https://api.example.com/items", "https://api.example.com/things/1?page=2",
                                          "http://127.0.0.1:1/x"});
  CHECK(walk.url().empty());
}

TEST_CASE("link walk: a page that repeats for ever ends it with an error, also after others") {
  LinkWalk same("https://api.example.com/items?key=secret");
  const auto repeated = same.advance(with_next(same.url(), same.url()));
  REQUIRE_FALSE(repeated.has_value());
  CHECK(repeated.error().tag == "page_repeats");
  CHECK(repeated.error().code == ErrorCode::invalid_data);
  CHECK(repeated.error().error_class == ErrorClass::provider);
  CHECK(repeated.error().message.find("https://api.example.com/items") != std::string::npos);
  CHECK(repeated.error().message.find("secret") == std::string::npos);
  CHECK_FALSE(same.more());

  LinkWalk circle("https://api.example.com/1");
  REQUIRE(circle.advance_to("https://api.example.com/2").has_value());
  REQUIRE(circle.advance_to("https://api.example.com/3").has_value());
  CHECK(circle.advance_to("https://api.example.com/2").error().tag == "page_repeats");
}

TEST_CASE("link walk: no more pages than the limit; a broken header ends it") {
  LinkWalk walk("https://api.example.com/0", {.most_pages = 3});
  REQUIRE(walk.advance_to("https://api.example.com/1").has_value());
  REQUIRE(walk.advance_to("https://api.example.com/2").has_value());
  const auto beyond = walk.advance_to("https://api.example.com/3");
  REQUIRE_FALSE(beyond.has_value());
  CHECK(beyond.error().tag == "too_many_pages");
  CHECK(beyond.error().message.find("more than 3 pages") != std::string::npos);
  CHECK_FALSE(walk.more());

  LinkWalk broken("https://api.example.com/");
  Response response = with_next(broken.url(), "");
  response.headers = {{"Link", "<https://"}};
  CHECK(broken.advance(response).error().tag == "bad_link_header");
  CHECK_FALSE(broken.more());
  CHECK_FALSE(LinkWalk("").more());
}

TEST_CASE("cursor walk: hands each cursor out once") {
  CursorWalk walk;
  REQUIRE(walk.more());
  CHECK(walk.cursor().empty());
  REQUIRE(walk.advance("b").has_value());
  CHECK(walk.cursor() == "b");
  CHECK(walk.page() == 2);
  REQUIRE(walk.advance("c").has_value());
  CHECK(walk.advance("b").error().tag == "page_repeats");
  CHECK_FALSE(walk.more());
  CursorWalk resumed("c");
  CHECK(resumed.cursor() == "c");
  REQUIRE(resumed.advance("").has_value());
  CHECK_FALSE(resumed.more());
}
