// SPDX-License-Identifier: Apache-2.0
// URLs: their parts, their origins, and where a Location leads.
#include <doctest/doctest.h>

#include <tento/http/client.hpp>

#include "sdk/http/src/url.hpp"

using namespace tento;
using namespace tento::http::inner;

namespace {

std::string why(std::string_view url) {
  const auto parsed = parse_url(url);
  REQUIRE_FALSE_MESSAGE(parsed.has_value(), url);
  CHECK(parsed.error().tag == "bad_url");
  CHECK(parsed.error().error_class == ErrorClass::config);
  CHECK(parsed.error().code == ErrorCode::invalid_argument);
  return parsed.error().message;
}

std::string leads(std::string_view base, std::string_view location) {
  const auto url = resolve_location(*parse_url(base), location);
  return url ? url->text : url.error().tag;
}

}  // namespace

TEST_CASE("a URL in its parts") {
  const auto url = parse_url("HTTPS://API.Example.org:8443/a%20b/c?q=1&r=%C3%A9#part");
  REQUIRE(url.has_value());
  CHECK(url->https);
  CHECK(url->host == "api.example.org");
  CHECK(url->port == 8443);
  CHECK(url->target == "/a%20b/c?q=1&r=%C3%A9");
  CHECK(url->host_header == "api.example.org:8443");
  CHECK(url->origin == "https://api.example.org:8443");
  CHECK(url->text == "HTTPS://API.Example.org:8443/a%20b/c?q=1&r=%C3%A9");
  CHECK_FALSE(url->literal);
}

TEST_CASE("what is left out is filled in") {
  CHECK(parse_url("http://h")->target == "/");
  CHECK(parse_url("http://h?x")->target == "/?x");
  CHECK(parse_url("http://h")->port == 80);
  CHECK(parse_url("https://h:/")->port == 443);
  CHECK(parse_url("https://h:443/")->origin == "https://h");
  CHECK(parse_url("http://h:443/")->origin == "http://h:443");
  CHECK(parse_url("http://[::1]:8080/")->host == "::1");
  CHECK(parse_url("http://[::1]:8080/")->origin == "http://[::1]:8080");
  CHECK(parse_url("http://127.0.0.1/")->literal);
}

TEST_CASE("origins are what credentials are bound to") {
  CHECK(http::origin_of("https://Example.ORG:443/x?y").value() == "https://example.org");
  CHECK(http::origin_of("http://example.org:8080").value() == "http://example.org:8080");
  CHECK(http::origin_of("https://user@example.org/").error().tag == "bad_url");
}

TEST_CASE("what is no usable URL is told what it lacks, not repeated") {
  CHECK(why("").find("not an absolute URL") != std::string::npos);
  CHECK(why("/path").find("not an absolute URL") != std::string::npos);
  CHECK(why("ftp://h/").find("neither http nor https") != std::string::npos);
  CHECK(why("http:path").find("no host") != std::string::npos);
  CHECK(why("http:///path").find("host") != std::string::npos);
  CHECK(why("http://user:secret@h/").find("user information") != std::string::npos);
  CHECK(why("http://user:secret@h/").find("secret") == std::string::npos);
  CHECK(why("http://h:0/").find("port") != std::string::npos);
  CHECK(why("http://h:99999/").find("port") != std::string::npos);
  CHECK(why("http://h:80%41/x").find("port") != std::string::npos);
  CHECK(why("http://h:80x/").find("port") != std::string::npos);
  CHECK(why("http://h /").find("not an absolute URL") != std::string::npos);
  CHECK(why("http://h/\r\nX: y").find("not an absolute URL") != std::string::npos);
  CHECK(why("http://a..b/").find("host") != std::string::npos);
  CHECK(why("http://a%2fb/").find("host") != std::string::npos);
  CHECK(why("http://h/" + std::string(70'000, 'a')).find("65536") != std::string::npos);
}

TEST_CASE("a Location leads from where it was found") {
  CHECK(leads("http://h/a/b?c", "/d") == "http://h/d");
  CHECK(leads("http://h/a/b?c", "d?e=1#f") == "http://h/a/d?e=1");
  CHECK(leads("http://h/a/b", "../../../x") == "http://h/x");
  CHECK(leads("http://h/a/b", "../../..") == "http://h/");
  CHECK(leads("http://h/a/b/c", "./.") == "http://h/a/b/");
  CHECK(leads("http://h/a/b/c/", "../..//x/./y/..") == "http://h/a//x/");
  CHECK(leads("http://h", "x") == "http://h/x");
  CHECK(leads("http://h/a?b", "") == "http://h/a?b");
  CHECK(leads("http://h/a?b", "#c") == "http://h/a?b");
  CHECK(leads("https://h:8443/a", "https://h/x/../y") == "https://h/y");
  CHECK(leads("http://h/a/b", "../../c/..%2F/~%7e?x=/../") == "http://h/c/..%2F/~%7e?x=/../");
  CHECK(leads("http://h/a", "//other/x") == "http://other/x");
  CHECK(leads("http://h/a", "https://other:8443") == "https://other:8443");
  CHECK(leads("http://h/a", "?x") == "http://h/a?x");
  CHECK(leads("http://h/a", "/caf\xc3\xa9 x|y") == "http://h/caf%C3%A9%20x%7Cy");
}

TEST_CASE("a Location that cannot be followed names its origin only") {
  CHECK(leads("http://h/", "ftp://x/") == "bad_url");
  CHECK(leads("http://h/", "javascript:alert(1)") == "bad_url");
  CHECK(leads("http://h/", "http://u:p@x/") == "bad_url");
  CHECK(leads("http://h/", "http://[::1/") == "bad_url");
  const auto refused = resolve_location(*parse_url("http://h/?token=abc"), "http://u:hush@x/?secret=1");
  CHECK(refused.error().message.find("http://h ") == 0);
  CHECK(refused.error().message.find("hush") == std::string::npos);
  CHECK(refused.error().message.find("abc") == std::string::npos);
  CHECK(refused.error().error_class == ErrorClass::provider);
}
