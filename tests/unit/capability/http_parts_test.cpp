// SPDX-License-Identifier: Apache-2.0
// The parts of tento.http/1 that need no call: URLs and origins, forms of credentials, the checks of a request.
#include <doctest/doctest.h>

#include "host/egress/credential.hpp"
#include "host/egress/origins.hpp"
#include "host/egress/request.hpp"

using namespace tento;
using namespace tento::host;

namespace {

const std::vector<tento_str> listed_origins = {str("https://api.a.example"), str("https://Files.a.example:8443"),
                                               str("http://127.0.0.1:9000")};

Reach reach(const EndpointSettings& settings = {}) {
  return Reach::of(listed_origins, settings).value();
}

tento_auth auth_of(tento_inject inject, const char* name = "", const char* prefix = "") {
  tento_auth auth{};
  auth.struct_size = sizeof auth;
  auth.inject = inject;
  auth.inject_name = str(name);
  auth.inject_prefix = str(prefix);
  auth.expired_tag = str("demo_expired");
  return auth;
}

Credential credential(const tento_auth& auth, const std::string& secret) {
  return std::move(Credential::make(auth, Secret(secret)).value());
}

}  // namespace

TEST_CASE("an origin is written in one way") {
  const auto origin = [](std::string_view url) { return split_url(url).value().origin; };
  CHECK(origin("https://API.A.example/x?y#z") == "https://api.a.example");
  CHECK(origin("HTTPS://api.a.example:443") == "https://api.a.example");
  CHECK(origin("http://a:80/") == "http://a");
  CHECK(origin("http://a:443/") == "http://a:443");
  CHECK(origin("https://[2001:DB8::1]:8443/x") == "https://[2001:db8::1]:8443");
  CHECK(split_url("https://a?x=1").value().rest == "?x=1");
  CHECK(split_url("https://a").value().rest.empty());
}

TEST_CASE("a URL that is none is refused, and what is secret in it is not repeated") {
  for (const char* url :
       {"", "a", "/x", "//a/x", "ftp://a/x", "file:///etc/passwd", "https://", "https:///x", "https://a:0/",
        "https://a:443b/", "https://a%2eb/", "https://a b/", "https://a/\x01", "https://a/\xc3\xa4", "mailto:a@b"}) {
    CAPTURE(url);
    const auto parts = split_url(url);
    REQUIRE_FALSE(parts);
    CHECK(parts.error().tag == "bad_url");
  }
  CHECK(split_url("ftp://a/x").error().message ==
        "`ftp://a/x`: the URL is not usable: its scheme is neither http nor https");
  const auto user = split_url("https://joe:geheim@a.example/x?key=geheim");
  REQUIRE_FALSE(user);
  CHECK(user.error().message.find("user information") != std::string::npos);
  CHECK(user.error().message.find("geheim") == std::string::npos);
  CHECK(split_url("https://a b/x?key=geheim").error().message.find("geheim") == std::string::npos);
}

TEST_CASE("listed origins count, whatever their spelling, and nothing that looks like them") {
  const Reach r = reach();
  for (const char* url : {"https://api.a.example/x", "https://api.a.example:443", "https://API.a.EXAMPLE?x",
                          "https://files.a.example:8443/y", "http://127.0.0.1:9000/z"}) {
    CAPTURE(url);
    CHECK(r.place(url).value().listed);
    CHECK(r.place(url).value().url == url);
  }
  for (const char* url :
       {"http://api.a.example/x", "https://api.a.example.evil.example/", "https://evil.example/api.a.example",
        "https://files.a.example/", "https://a.example/", "https://api.a.example:444/"}) {
    CAPTURE(url);
    CHECK_FALSE(r.place(url).value().listed);
  }
  CHECK(r.place("https://API.a.example:443/x?y").value().declared == "https://api.a.example/x?y");
}

// A URL that spells a listed origin as it is listed is not read: that has to come to what reading it gives.
TEST_CASE("a URL behind a listed origin goes where the client would go, or nowhere") {
  const Reach r = reach();
  const std::string origin = "https://api.a.example";
  for (int byte = 1; byte < 256; ++byte) {
    const auto c = static_cast<char>(byte);
    for (const std::string& url : {origin + c, origin + c + "/x", origin + "/a" + c + "b", origin + "?a" + c + "b",
                                   origin + c + "evil.example/", origin + c + "@evil.example/"}) {
      CAPTURE(url);
      const auto place = r.place(url);
      const auto parts = split_url(url);
      REQUIRE(place.has_value() == parts.has_value());
      if (!place) {
        CHECK(place.error().message == parts.error().message);
        continue;
      }
      CHECK(place->url == url);
      CHECK(place->origin == parts->origin);
      CHECK(place->declared == parts->origin + parts->rest);
      CHECK(place->listed == (parts->origin == origin));
    }
  }
}

TEST_CASE("an endpoint takes the first listed origin's place, with its path, and its own links stay") {
  const Reach r = reach({.endpoint = "http://127.0.0.1:4100/base/", .instead = {}});
  auto place = r.place("https://api.a.example/x?y=1").value();
  CHECK(place.url == "http://127.0.0.1:4100/base/x?y=1");
  CHECK(place.origin == "http://127.0.0.1:4100");
  CHECK(place.declared == "https://api.a.example/x?y=1");
  CHECK(place.listed);
  CHECK(r.place("https://api.a.example").value().url == "http://127.0.0.1:4100/base");
  place = r.place("http://127.0.0.1:4100/base/x?page=2").value();
  CHECK(place.url == "http://127.0.0.1:4100/base/x?page=2");
  CHECK(place.declared == "https://api.a.example/x?page=2");
  CHECK(place.listed);
  CHECK(r.place("http://127.0.0.1:4100/basement").value().declared == "http://127.0.0.1:4100/basement");
  CHECK(r.counts("http://127.0.0.1:4100"));
  CHECK_FALSE(r.counts("https://api.a.example"));
  CHECK(r.replaced("https://api.a.example"));
  CHECK_FALSE(r.replaced("https://files.a.example:8443"));
  CHECK(r.place("https://files.a.example:8443/f").value().url == "https://files.a.example:8443/f");
}

TEST_CASE("a table puts endpoints in the place of several origins") {
  const Reach r = reach({.endpoint = {},
                         .instead = {{"https://api.a.example", "http://127.0.0.1:1/"},
                                     {"https://files.A.example:8443", "https://test.example/f"},
                                     {"https://of.another.account.type", "http://127.0.0.1:2"}}});
  CHECK(r.place("https://api.a.example/x").value().url == "http://127.0.0.1:1/x");
  CHECK(r.place("https://files.a.example:8443/x").value().url == "https://test.example/f/x");
}

TEST_CASE("endpoints that cannot be are errors of the configuration") {
  const auto error = [](const EndpointSettings& settings) { return Reach::of(listed_origins, settings).error(); };
  for (const char* url : {"127.0.0.1:4100", "unix:/run/x", "http://", "http://u:p@127.0.0.1", "http://127.0.0.1/?x",
                          "http://127.0.0.1/#x"}) {
    CAPTURE(url);
    const Error e = error({.endpoint = url, .instead = {}});
    CHECK(e.error_class == ErrorClass::config);
    CHECK(e.tag == "bad_endpoint");
    CHECK(e.message.find("https://api.a.example") != std::string::npos);
    CHECK(e.message.find("u:p") == std::string::npos);
  }
  CHECK(error({.endpoint = {}, .instead = {{"nonsense", "http://127.0.0.1"}}}).tag == "bad_endpoint");
  const auto none = Reach::of({}, {.endpoint = "http://127.0.0.1", .instead = {}});
  CHECK(none.error().message == "an endpoint is set, and the provider lists no origin");
}

TEST_CASE("plain http is for this machine, or by the operator's word for its endpoint alone") {
  const Reach strict = reach({.endpoint = "http://10.0.0.5:4100", .instead = {}});
  CHECK(strict.safe("https://anything.example"));
  CHECK(strict.safe("http://127.0.0.1:4100"));
  CHECK(strict.safe("http://localhost:4100"));
  CHECK(strict.safe("http://[::1]:4100"));
  CHECK_FALSE(strict.safe("http://10.0.0.5:4100"));
  CHECK_FALSE(strict.safe("http://127.0.0.1.evil.example"));
  const Reach allowed = reach({.endpoint = "http://10.0.0.5:4100", .instead = {}, .allow_insecure = true});
  CHECK(allowed.safe("http://10.0.0.5:4100"));
  CHECK_FALSE(allowed.safe("http://10.0.0.6:4100"));
}

TEST_CASE("each form of a credential is what its standard says") {
  Credential c = credential(auth_of(TENTO_INJECT_BEARER), "tok-123456");
  CHECK(c.header_name() == "Authorization");
  CHECK(c.header_value() == "Bearer tok-123456");
  CHECK(c.query().empty());
  c = credential(auth_of(TENTO_INJECT_HEADER, "X-Api-Key", "Key "), "tok-123456");
  CHECK(c.header_name() == "X-Api-Key");
  CHECK(c.header_value() == "Key tok-123456");
  c = credential(auth_of(TENTO_INJECT_QUERY, "api key"), "a&b=c d/ä");
  CHECK(c.header_name().empty());
  CHECK(c.query() == "api%20key=a%26b%3Dc%20d%2F%C3%A4");
  // The example of RFC 7617 section 2.
  c = credential(auth_of(TENTO_INJECT_BASIC), "Aladdin:open sesame");
  CHECK(c.header_value() == "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
  c = credential(auth_of(TENTO_INJECT_BASIC), "token");
  CHECK(c.header_value() == "Basic dG9rZW46");
  c = credential(auth_of(TENTO_INJECT_NONE), "token");
  CHECK(c.header_name().empty());
  CHECK(c.query().empty());
}

TEST_CASE("a credential that no request can carry is dead, and not repeated") {
  for (const std::string& secret : {std::string(), std::string("geheim\r\nX: y"), std::string("geheim\0", 7)}) {
    const auto made = Credential::make(auth_of(TENTO_INJECT_BEARER), Secret(secret));
    REQUIRE_FALSE(made);
    CHECK(made.error().code == ErrorCode::auth_required);
    CHECK(made.error().error_class == ErrorClass::auth);
    CHECK(made.error().tag == "demo_expired");
    CHECK(made.error().message.find("geheim") == std::string::npos);
  }
}

TEST_CASE("what a service repeats of a credential is taken out") {
  Credential c = credential(auth_of(TENTO_INJECT_QUERY, "key"), "s3cr3t/+");
  CHECK(c.redact("https://a/x?key=s3cr3t%2F%2B&page=2") == "https://a/x?page=2");
  CHECK(c.redact("https://a/x?page=2&key=s3cr3t%2f%2b#top") == "https://a/x?page=2#top");
  CHECK(c.redact("https://a/x?key=anything") == "https://a/x");
  CHECK(c.redact("<https://a/x?page=2&key=s>; rel=\"next\", <https://a/x?key=s&page=9>; rel=\"last\"") ==
        "<https://a/x?page=2>; rel=\"next\", <https://a/x?page=9>; rel=\"last\"");
  CHECK(c.redact("https://a/x?monkey=1") == "https://a/x?monkey=1");
  CHECK(c.redact("you sent s3cr3t/+, did you?") == "you sent ***, did you?");
  c = credential(auth_of(TENTO_INJECT_BASIC), "joe:open sesame");
  CHECK(c.redact("Basic am9lOm9wZW4gc2VzYW1l") == "Basic ***");
  CHECK(c.redact("open sesame") == "***");
  CHECK(c.redact("joe") == "joe");
  c = credential(auth_of(TENTO_INJECT_BEARER), "abc");
  CHECK(c.redact("abcdef") == "abcdef");
}

TEST_CASE("a secret moved is where it went to alone") {
  Secret a("short");
  Secret b(std::move(a));
  CHECK(b.text() == "short");
  CHECK(a.text().empty());  // NOLINT(bugprone-use-after-move): that is what is tested
  a = Secret(std::string(100, 'x'));
  b = std::move(a);
  CHECK(b.text().size() == 100);
  b.wipe();
  CHECK(b.text().empty());
}

TEST_CASE("a request is read as it is asked, with the defaults of the ABI") {
  const tento_header headers[] = {{str("Accept"), str("application/json")}, {str("X-Empty"), str("")}};
  tento_http_request ask{};
  ask.struct_size = sizeof ask;
  ask.method = str("POST");
  ask.url = str("https://a.example/x");
  ask.headers = headers;
  ask.header_count = 2;
  ask.body = str("{}");
  const auto request = read_request(&ask, {});
  REQUIRE(request);
  CHECK(request->method == "POST");
  CHECK(request->headers == http::Headers{{"Accept", "application/json"}, {"X-Empty", ""}});
  CHECK(request->body == "{}");
  CHECK(request->with_auth);
  CHECK(request->follow_redirects);
  CHECK(request->max_wait.count() == 30'000);
  ask.flags = TENTO_HTTP_NO_AUTH | TENTO_HTTP_NO_REDIRECT;
  ask.max_wait_ms = 5;
  // A longer struct of a later ABI is read as far as it is known.
  struct Later {
    tento_http_request ask;
    char more[32];
  } later{ask, {}};
  later.ask.struct_size = sizeof later;
  const auto other = read_request(&later.ask, {"Authorization", "key"});
  REQUIRE(other);
  CHECK_FALSE(other->with_auth);
  CHECK_FALSE(other->follow_redirects);
  CHECK(other->max_wait.count() == 5);
}

TEST_CASE("each thing a request may not have is named") {
  using std::string_literals::operator""s;
  tento_http_request good{};
  good.struct_size = sizeof good;
  good.method = str("GET");
  good.url = str("https://a.example/x?key2=1&x=key");
  const Injection injection{"X-Api-Key", "key"};
  REQUIRE(read_request(&good, injection));
  const auto message = [&](const auto& edit) {
    tento_http_request ask = good;
    edit(ask);
    const auto read = read_request(&ask, injection);
    REQUIRE_FALSE(read);
    CHECK(read.error().tag == "bad_request");
    return read.error().message;
  };
  const auto header = [&](std::string_view name, std::string_view value) {
    const tento_header headers[] = {{str("Accept"), str("x")}, {str(name), str(value)}};
    return message([&](tento_http_request& ask) {
      ask.headers = headers;
      ask.header_count = 2;
    });
  };
  CHECK(read_request(nullptr, {}).error().message == "the request is null or shorter than in ABI 1.0");
  CHECK(message([](auto& a) { a.struct_size = sizeof a - 1; }) == "the request is null or shorter than in ABI 1.0");
  CHECK(message([](auto& a) { a.flags = 12; }) == "the request has unknown flags (12)");
  CHECK(message([](auto& a) { a.method = str(""); }) == "the request's method `` is not a token (RFC 9110)");
  CHECK(message([](auto& a) { a.method = str("GET /x HTTP/1.1\r\n"); }).find("is not a token") != std::string::npos);
  CHECK(message([](auto& a) { a.method = str("CONNECT"); }) == "the request's method CONNECT is not for providers");
  CHECK(message([](auto& a) { a.url = {nullptr, 5}; }) == "a text of the request is null but has a size");
  CHECK(message([](auto& a) { a.header_count = 1; }) == "the request's headers are null but have a count");
  CHECK(message([](auto& a) { a.max_wait_ms = -1; }) == "the request's max_wait_ms is below 0");
  for (const char* url : {"https://a/x?key=1", "https://a/x?a=1&key", "https://a/x?key&b", "https://a?key="}) {
    CAPTURE(url);
    CHECK(message([&](auto& a) { a.url = str(url); }) ==
          "the query parameter `key` is where the host puts the account's credential: leave it out");
  }
  const std::string long_url = "https://a/" + std::string(70'000, 'x');
  CHECK(message([&](auto& a) { a.url = str(long_url); }) == "the request's url is longer than 65536 bytes");
  for (const char* own : {"Host", "content-length", "Connection", "Transfer-Encoding", "TE", "Trailer", "Upgrade",
                          "Keep-Alive", "Expect", "Accept-Encoding", "Proxy-Authorization", "Proxy-Connection"}) {
    CHECK(header(own, "x") == "the request's header 1, `"s + own + "`, is the host's to set: leave it out");
  }
  CHECK(header("x-api-KEY", "x") ==
        "the request's header 1, `x-api-KEY`, is where the host puts the account's credential: leave it out");
  CHECK(header("", "x") == "the request's header 1 has the name ``, which is not a token (RFC 9110)");
  CHECK(header("a b", "x").find("which is not a token") != std::string::npos);
  CHECK(header("X-Ok", "a\r\nHost: b") == "the request's header 1, `X-Ok`, has CR, LF or NUL in its value");
  CHECK(header("X-Ok", std::string_view("\0", 1)) == "the request's header 1, `X-Ok`, has CR, LF or NUL in its value");
  CHECK(header("X-Big", std::string(70'000, 'x')) == "the request's headers are larger than 65536 bytes");
  std::vector<tento_header> many(300, tento_header{str("A"), str("b")});
  CHECK(message([&](auto& a) {
          a.headers = many.data();
          a.header_count = many.size();
        }) == "the request has more than 256 headers");
  // A made-up size is not believed.
  const tento_header huge[] = {{{"A", UINT64_MAX}, str("x")}};
  CHECK(message([&](auto& a) {
          a.headers = huge;
          a.header_count = 1;
        }) == "the request's headers are larger than 65536 bytes");

  // Without the account's credential the places for it are free.
  const tento_header own_auth[] = {{str("X-Api-Key"), str("mine")}};
  tento_http_request ask = good;
  ask.flags = TENTO_HTTP_NO_AUTH;
  ask.url = str("https://a/x?key=1");
  ask.headers = own_auth;
  ask.header_count = 1;
  CHECK(read_request(&ask, injection));
}
