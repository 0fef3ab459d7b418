// SPDX-License-Identifier: Apache-2.0
// Versions of pages: conditions, text and back, what is dropped when there is too much, what is no cache at all.
#include <doctest/doctest.h>

#include <ostream>
#include <tento/sdk/etag_cache.hpp>

using namespace tento;
using namespace tento::http;

namespace {

Response versioned(std::string etag) {
  Response out;
  out.status = 200;
  out.headers = {{"etag", std::move(etag)}};
  return out;
}

std::string condition_of(EtagCache& cache, std::string url) {
  Request request{.url = std::move(url)};
  if (!cache.condition(request)) return "none";
  return std::string(find_header(request.headers, "If-None-Match").value_or("no header"));
}

std::string page_url(int n) {
  return "https://api.example.com/items?page=" + std::to_string(n);
}

EtagCache of_pages(int count) {
  EtagCache cache;
  for (int i = 1; i <= count; ++i)
    cache.keep(page_url(i), versioned("W/\"v" + std::to_string(i) + "\""), i < count ? page_url(i + 1) : "");
  return cache;
}

}  // namespace

TEST_CASE("etags: what was kept conditions the next request and knows the page that followed") {
  EtagCache cache = of_pages(2);
  CHECK(condition_of(cache, page_url(1)) == "W/\"v1\"");
  CHECK(cache.next_of(page_url(1)) == page_url(2));
  CHECK(condition_of(cache, page_url(2)) == "W/\"v2\"");
  CHECK_FALSE(cache.next_of(page_url(2)).has_value());
  CHECK(condition_of(cache, page_url(3)) == "none");
  cache.keep(page_url(1), versioned("\"new\""), "");
  CHECK(condition_of(cache, page_url(1)) == "\"new\"");
  CHECK(cache.size() == 2);
}

TEST_CASE("etags: an answer without a usable one is forgotten") {
  for (const std::string etag : {"", "v1", "\"a", "\"a b\"", "\"a\nb\"", "\"a\"b\"", "W\"a\""}) {
    CAPTURE(etag);
    EtagCache cache = of_pages(1);
    cache.keep(page_url(1), versioned(etag), "");
    CHECK(cache.size() == 0);
  }
  EtagCache cache = of_pages(1);
  cache.keep(page_url(1), Response(), "");
  CHECK(cache.size() == 0);
  cache.keep("https://api.example.com/with space", versioned("\"a\""), "");
  cache.keep(page_url(1), versioned("\"a\""), "https://api.example.com/line\nbreak");
  CHECK(cache.size() == 0);
  CHECK(is_etag("\"\""));
  CHECK(is_etag("W/\"\xc3\xa4\""));
}

TEST_CASE("etags: text and back, compact where one page follows another") {
  EtagCache cache = of_pages(3);
  cache.keep("https://api.example.com/other", versioned("\"o\""), "");
  const std::string text = cache.text();
  CHECK(text == "etags 1\nW/\"v1\" " + page_url(1) + " " + page_url(2) + "\nW/\"v2\" = " + page_url(3) +
                    "\nW/\"v3\" = -\n\"o\" https://api.example.com/other -\n");
  EtagCache again = EtagCache::parse(text);
  CHECK(again.text() == text);
  CHECK(condition_of(again, page_url(3)) == "W/\"v3\"");
  CHECK(again.next_of(page_url(2)) == page_url(3));
  CHECK(EtagCache().text().empty());
}

TEST_CASE("etags: never more than the limit; what is in use stays, then the first pages") {
  EtagCache cache = of_pages(2000);
  const std::string text = cache.text();
  CHECK(text.size() <= TENTO_MAX_CURSOR_VALUE);
  EtagCache again = EtagCache::parse(text);
  CHECK(again.size() > 500);
  CHECK(condition_of(again, page_url(1)) == "W/\"v1\"");
  CHECK(condition_of(again, page_url(2000)) == "none");

  EtagCache used = EtagCache::parse(of_pages(50).text());
  REQUIRE(used.size() == 50);
  CHECK(condition_of(used, page_url(40)) == "W/\"v40\"");
  EtagCache small = EtagCache::parse(used.text(200));
  CHECK(condition_of(small, page_url(40)) == "W/\"v40\"");
  CHECK(used.text(200).size() <= 200);
  CHECK(used.text(0).empty());
  for (std::size_t most = 0; most < 2000; most += 7) CHECK(used.text(most).size() <= most);
}

TEST_CASE("etags: a walk over ever so many pages keeps a bounded number of them") {
  EtagCache cache;
  for (int i = 1; i <= 6000; ++i) cache.keep(page_url(i), versioned("\"v\""), page_url(i + 1));
  CHECK(cache.size() == 4096);
}

TEST_CASE("etags: what is no cache is an empty one, what makes no sense is left out") {
  CHECK(EtagCache::parse("").size() == 0);
  CHECK(EtagCache::parse("etags 2\n\"a\" https://api.example.com/ -\n").size() == 0);
  CHECK(EtagCache::parse("etags 1\n\n \n\"a\"\n\"a\" https://x/\nx https://x/ -\n\"a\" = -\n").size() == 0);
  CHECK(EtagCache::parse("etags 1\n\"a\" bad\t =\n\"b\" = -\n").size() == 0);
  CHECK(EtagCache::parse("etags 1\nx https://x/ -\n\"a\" https://x/ -\n\"b\" https://x/ -").size() == 1);
}
