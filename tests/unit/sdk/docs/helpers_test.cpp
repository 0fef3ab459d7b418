// SPDX-License-Identifier: Apache-2.0
// The example of the page on HTTP helpers, run: a list that changes on one of its pages.
#include <doctest/doctest.h>

#include <ostream>
#include <string>
#include <tento/sdk/etag_cache.hpp>
#include <tento/sdk/http_status.hpp>
#include <tento/sdk/paging.hpp>
#include <tento/sdk/testing/transports.hpp>

using namespace tento;
using namespace tento::http;

namespace {

// [changed-pages]
// The pages of a list that are not the ones `etags` knows, in order.
Result<std::vector<std::string>> changed_pages(Transport& http, std::string first_url, EtagCache& etags, Instant now) {
  std::vector<std::string> pages;
  for (LinkWalk walk(std::move(first_url)); walk.more();) {
    const std::string url = walk.url();
    Request request;
    request.url = url;
    etags.condition(request);  // adds If-None-Match
    TENTO_TRY_ASSIGN(Response page, http.send(request));
    if (page.status == 304) {
      TENTO_TRY(walk.advance_to(etags.next_of(url)));  // a 304 need not say what follows
      continue;
    }
    if (page.status != 200) return fail(status_error(page, "the list", "", now));
    TENTO_TRY_ASSIGN(std::string body, read_all(page));
    pages.push_back(std::move(body));
    TENTO_TRY(walk.advance(page));
    etags.keep(url, page, walk.url());
  }
  return pages;
}
// [/changed-pages]

}  // namespace

TEST_CASE("helpers: the second look takes the page that changed, and finds what follows a page that did not") {
  testing::CannedTransport service;
  std::string second = "b";
  const auto page = [](std::string body, std::string next) {
    return [body, next](const Request& request) -> Result<testing::Exchange::Answer> {
      Headers headers = {{"ETag", "\"" + body + "\""}};
      if (find_header(request.headers, "If-None-Match") == "\"" + body + "\"") return testing::answer(304, "", headers);
      if (!next.empty()) headers.push_back({"Link", "<" + next + ">; rel=next"});
      return testing::answer(200, body, headers);
    };
  };
  service.on("GET", "https://api.example.com/list", page("a", "/list?page=2"));
  service.on("GET", "https://api.example.com/list?page=2",
             [&](const Request& request) { return page(second, "")(request); });
  EtagCache etags;
  CHECK(changed_pages(service, "https://api.example.com/list", etags, Instant{}) == std::vector<std::string>{"a", "b"});
  etags = EtagCache::parse(etags.text());
  CHECK(changed_pages(service, "https://api.example.com/list", etags, Instant{})->empty());
  second = "c";
  CHECK(changed_pages(service, "https://api.example.com/list", etags, Instant{}) == std::vector<std::string>{"c"});
}
