// SPDX-License-Identifier: Apache-2.0
// Which proxy a URL goes through, by options and by environment.
#include <doctest/doctest.h>

#include <map>

#include "sdk/http/src/proxy.hpp"

using namespace tento;
using namespace tento::http;
using namespace tento::http::inner;

namespace {

using Variables = std::map<std::string, std::string>;

Result<ProxyRules> rules(const ProxyOptions& options, const Variables& variables = {}) {
  return ProxyRules::create(options, [&](const char* name) -> std::optional<std::string> {
    const auto found = variables.find(name);
    return found == variables.end() ? std::nullopt : std::optional(found->second);
  });
}

std::string chosen(const ProxyOptions& options, const Variables& variables, std::string_view url) {
  const auto made = rules(options, variables);
  REQUIRE(made.has_value());
  const auto proxy = made->choose(*parse_url(url));
  if (!proxy) return proxy.error().tag;
  return *proxy == nullptr ? "direct" : (*proxy)->origin;
}

bool direct(std::string_view no_proxy, std::string_view url) {
  return NoProxy(no_proxy).matches(*parse_url(url));
}

}  // namespace

TEST_CASE("no proxy by default") {
  CHECK(chosen({}, {}, "http://h/") == "direct");
  CHECK(chosen({}, {}, "https://h/") == "direct");
}

TEST_CASE("the environment, in lower and upper case") {
  CHECK(chosen({}, {{"http_proxy", "http://p:1"}}, "http://h/") == "http://p:1");
  CHECK(chosen({}, {{"http_proxy", "http://p:1"}}, "https://h/") == "direct");
  CHECK(chosen({}, {{"HTTP_PROXY", "http://p:1"}}, "http://h/") == "direct");  // a CGI client could set it
  CHECK(chosen({}, {{"HTTPS_PROXY", "p:2"}}, "https://h/") == "http://p:2");
  CHECK(chosen({}, {{"ALL_PROXY", "p:3"}}, "https://h/") == "http://p:3");
  CHECK(chosen({}, {{"all_proxy", "p:3"}, {"https_proxy", "p:2"}}, "https://h/") == "http://p:2");
  CHECK(chosen({.from_environment = false}, {{"all_proxy", "p:3"}}, "https://h/") == "direct");
}

TEST_CASE("options beat the environment") {
  CHECK(chosen({.http_url = "http://o:9"}, {{"http_proxy", "p:1"}}, "http://h/") == "http://o:9");
  CHECK(chosen({.http_url = "http://o:9"}, {{"https_proxy", "p:1"}}, "https://h/") == "http://p:1");
  CHECK(chosen({.no_proxy = "x"}, {{"http_proxy", "p:1"}, {"no_proxy", "h"}}, "http://h/") == "http://p:1");
  CHECK(chosen({}, {{"http_proxy", "p:1"}, {"NO_PROXY", "h"}}, "http://h/") == "direct");
}

TEST_CASE("the environment's proxy is not asked for this machine; one in the options is") {
  CHECK(chosen({}, {{"http_proxy", "p:1"}}, "http://localhost:8080/") == "direct");
  CHECK(chosen({}, {{"http_proxy", "p:1"}}, "http://127.9.0.1/") == "direct");
  CHECK(chosen({}, {{"http_proxy", "p:1"}}, "http://[::1]/") == "direct");
  CHECK(chosen({}, {{"http_proxy", "p:1"}}, "http://localhost.example.org/") == "http://p:1");
  CHECK(chosen({.http_url = "http://o:9"}, {}, "http://127.0.0.1/") == "http://o:9");
}

TEST_CASE("user and password go into a header and nowhere else") {
  const auto made = rules({.http_url = "http://Aladdin:open%20sesame@P.example:3128"});
  REQUIRE(made.has_value());
  const Proxy* proxy = *made->choose(*parse_url("http://h/"));
  CHECK(proxy->authorization == "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");  // RFC 7617 section 2
  CHECK(proxy->origin == "http://p.example:3128");
  CHECK(proxy->host == "p.example");
  CHECK(proxy->port == 3128);
}

TEST_CASE("a proxy that is none: of the options at once, of the environment when it is needed") {
  for (const char* bad : {"socks5://p:1", "https://p:1", "http://", "http://p:1/path", "http://p p"}) {
    CAPTURE(bad);
    const auto made = rules({.https_url = bad});
    REQUIRE_FALSE(made.has_value());
    CHECK(made.error().tag == "proxy_failed");
    CHECK(made.error().error_class == ErrorClass::config);
    CHECK(made.error().message.find("https_url") != std::string::npos);
  }
  CHECK(rules({.http_url = "http://u:hush@p p"}).error().message.find("hush") == std::string::npos);
  CHECK(chosen({}, {{"https_proxy", "socks5://p:1"}}, "https://h/") == "proxy_failed");
  CHECK(chosen({}, {{"https_proxy", "socks5://p:1"}}, "http://h/") == "direct");
  CHECK(chosen({}, {{"https_proxy", "socks5://p:1"}, {"no_proxy", "h"}}, "https://h/") == "direct");
}

TEST_CASE("no_proxy: names and the names below them") {
  CHECK(direct("example.org", "http://example.org/"));
  CHECK(direct("example.org", "http://a.b.Example.org:8080/"));
  CHECK(direct(".example.org", "http://a.example.org/"));
  CHECK(direct("*.example.org", "http://a.example.org/"));
  CHECK(direct("x, example.org,y", "http://example.org./"));
  CHECK_FALSE(direct("example.org", "http://badexample.org/"));
  CHECK_FALSE(direct("a.example.org", "http://example.org/"));
  CHECK(direct("*", "http://anything/"));
  CHECK_FALSE(direct("", "http://anything/"));
}

TEST_CASE("no_proxy: ports") {
  CHECK(direct("h:8080", "http://h:8080/"));
  CHECK_FALSE(direct("h:8080", "http://h/"));
  CHECK(direct("h:443", "https://h/"));
  CHECK(direct("[::1]:99", "http://[::1]:99/"));
  CHECK_FALSE(direct("[::1]:99", "http://[::1]/"));
  CHECK_FALSE(direct("h:", "http://h/"));
  CHECK_FALSE(direct("h:99999", "http://h/"));
}

TEST_CASE("no_proxy: addresses and blocks") {
  CHECK(direct("10.1.2.3", "http://10.1.2.3/"));
  CHECK(direct("10.1.2.3:80", "http://10.1.2.3/"));
  CHECK(direct("10.0.0.0/8", "http://10.255.1.2/"));
  CHECK_FALSE(direct("10.0.0.0/8", "http://11.0.0.1/"));
  CHECK(direct("192.168.4.0/22", "http://192.168.7.255/"));
  CHECK_FALSE(direct("192.168.4.0/22", "http://192.168.8.0/"));
  CHECK(direct("fd00::/8", "http://[fd12:3456::1]/"));
  CHECK_FALSE(direct("fd00::/8", "http://[fe80::1]/"));
  CHECK(direct("::1", "http://[0:0:0:0:0:0:0:1]/"));
  CHECK_FALSE(direct("10.0.0.0/33", "http://10.0.0.0/"));
  CHECK_FALSE(direct("10.0.0.0/8", "http://ten.example/"));
  CHECK(direct("0.0.0.0/0", "http://1.2.3.4/"));
  CHECK_FALSE(direct("0.0.0.0/0", "http://[::1]/"));
}
