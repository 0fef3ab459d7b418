// SPDX-License-Identifier: Apache-2.0
// Link headers as services write them and as they break, and references against the URL they came from.
#include <doctest/doctest.h>

#include <ostream>
#include <tento/sdk/link.hpp>

using namespace tento;
using namespace tento::http;

namespace {

Response page(std::string url, Headers headers) {
  Response out;
  out.status = 200;
  out.final_url = std::move(url);
  out.headers = std::move(headers);
  return out;
}

std::string next_of(const Response& response) {
  const auto next = find_link(response, "next");
  if (!next) return "error: " + next.error().tag;
  return next->value_or("none");
}

std::string resolved(std::string_view base, std::string_view reference) {
  const auto url = resolve_url(base, reference);
  return url ? *url : url.error().tag;
}

}  // namespace

TEST_CASE("links: targets, relations, parameters in any order and spelling") {
  const auto links = parse_links(
      "<https://api.example.com/items?page=2>; rel=\"next\", <https://api.example.com/items?page=5>; rel=last");
  REQUIRE(links.has_value());
  CHECK(*links == std::vector<Link>{{"https://api.example.com/items?page=2", "next", ""},
                                    {"https://api.example.com/items?page=5", "last", ""}});
  CHECK(parse_links("</a,b;c>;title=\"x, y; \\\"z\\\"\" ; REL = \"Prev  NEXT\";rel=first")->at(0) ==
        Link{"/a,b;c", "prev  next", ""});
  CHECK(parse_links("</a>; rel=\"prev next\"")->at(0).has_rel("next"));
  CHECK_FALSE(parse_links("</a>; rel=\"nextish\"")->at(0).has_rel("next"));
  CHECK(parse_links("</a>")->at(0) == Link{"/a", "", ""});
  CHECK(parse_links(" , ,")->empty());
  CHECK(parse_links("")->empty());
  CHECK(parse_links("</a>;;; rel=next ,, </b>;rel=prev")->size() == 2);
}

TEST_CASE("links: what breaks off is an error that says where and quotes nothing") {
  for (const std::string_view value :
       {"https://api.example.com/?token=abc; rel=next", "<https://api.example.com/a; rel=next", "</a> rel=next",
        "</a>; rel=\"next", "</a>; rel=next, x"}) {
    CAPTURE(value);
    const auto links = parse_links(value);
    REQUIRE_FALSE(links.has_value());
    CHECK(links.error().tag == "bad_link_header");
    CHECK(links.error().error_class == ErrorClass::provider);
    CHECK(links.error().message.find("at byte ") != std::string::npos);
    CHECK(links.error().message.find("abc") == std::string::npos);
  }
}

TEST_CASE("next: of all headers, as given, also to another path or host; a relative one against the answer's URL") {
  CHECK(next_of(
            page("https://api.example.com/items", {{"link", "<https://api.example.com/things/7?page=2>; rel=next"}})) ==
        "https://api.example.com/things/7?page=2");
  CHECK(next_of(page("https://api.example.com/items",
                     {{"Link", "</a>; rel=prev"}, {"Link", "<http://127.0.0.1:4100/b>; rel=next"}})) ==
        "http://127.0.0.1:4100/b");
  CHECK(next_of(page("https://api.example.com/v1/items?page=1", {{"Link", "<?page=2>; rel=next"}})) ==
        "https://api.example.com/v1/items?page=2");
  CHECK(next_of(page("https://api.example.com/items", {{"Link", "</a>; rel=last"}})) == "none");
  CHECK(next_of(page("https://api.example.com/items", {})) == "none");
  CHECK(next_of(page("https://api.example.com/items", {{"Link", "</a>; rel=next; anchor=\"/other\""}})) == "none");
  CHECK(next_of(page("https://api.example.com/items", {{"Link", "<"}})) == "error: bad_link_header");
  CHECK(next_of(page("", {{"Link", "</a>; rel=next"}})) == "error: bad_url");
}

TEST_CASE("references: the examples of RFC 3986 section 5.4") {
  const std::string_view base = "http://a/b/c/d;p?q";
  const std::pair<std::string_view, std::string_view> normal[] = {
      {"g:h", "g:h"},
      {"g", "http://a/b/c/g"},
      {"./g", "http://a/b/c/g"},
      {"g/", "http://a/b/c/g/"},
      {"/g", "http://a/g"},
      {"//g", "http://g"},
      {"?y", "http://a/b/c/d;p?y"},
      {"g?y", "http://a/b/c/g?y"},
      {"#s", "http://a/b/c/d;p?q"},
      {"g#s", "http://a/b/c/g"},
      {"g?y#s", "http://a/b/c/g?y"},
      {";x", "http://a/b/c/;x"},
      {"g;x", "http://a/b/c/g;x"},
      {"", "http://a/b/c/d;p?q"},
      {".", "http://a/b/c/"},
      {"./", "http://a/b/c/"},
      {"..", "http://a/b/"},
      {"../", "http://a/b/"},
      {"../g", "http://a/b/g"},
      {"../..", "http://a/"},
      {"../../", "http://a/"},
      {"../../g", "http://a/g"},
      {"../../../g", "http://a/g"},
      {"../../../../g", "http://a/g"},
      {"/./g", "http://a/g"},
      {"/../g", "http://a/g"},
      {"g.", "http://a/b/c/g."},
      {".g", "http://a/b/c/.g"},
      {"g..", "http://a/b/c/g.."},
      {"..g", "http://a/b/c/..g"},
      {"./../g", "http://a/b/g"},
      {"./g/.", "http://a/b/c/g/"},
      {"g/./h", "http://a/b/c/g/h"},
      {"g/../h", "http://a/b/c/h"},
      {"g;x=1/./y", "http://a/b/c/g;x=1/y"},
      {"g;x=1/../y", "http://a/b/c/y"},
      {"g?y/./x", "http://a/b/c/g?y/./x"},
      {"g?y/../x", "http://a/b/c/g?y/../x"},
  };
  for (const auto& [relative, expected] : normal) {
    const std::string_view reference = relative;  // a binding cannot be captured
    CAPTURE(reference);
    CHECK(resolved(base, reference) == expected);
  }
  CHECK(resolved("https://api.example.com", "items") == "https://api.example.com/items");
}

TEST_CASE("references: what makes no URL is refused, and its query is not told") {
  CHECK(resolved("relative", "/a") == "bad_url");
  CHECK(resolved("https://api.example.com/", "/a b") == "bad_url");
  CHECK(resolved("https://api.example.com/", "/a\r\nX: y") == "bad_url");
  CHECK(resolved("https://api.example.com/", "/\xc3\xa4") == "bad_url");
  const auto url = resolve_url("/a?key=secret", "/b?key=secret");
  REQUIRE_FALSE(url.has_value());
  CHECK(url.error().message.find("secret") == std::string::npos);
}
