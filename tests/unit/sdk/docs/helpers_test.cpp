// SPDX-License-Identifier: Apache-2.0
// The example of the page on HTTP helpers, as printed there, run: a list that changes on one of its pages.
#include <doctest/doctest.h>

#include <ostream>
#include <tento/sdk/testing/transports.hpp>

#include "http_helpers_page.hpp"

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
