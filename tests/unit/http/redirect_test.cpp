// SPDX-License-Identifier: Apache-2.0
// Redirects: which are followed how, what goes along, and what never does.
#include <doctest/doctest.h>

#include <tento/http/client.hpp>

#include "direct_client.hpp"
#include "raw_server.hpp"

using namespace tento;
using namespace tento::http;
using tento::test::answer;
using tento::test::answering;
using tento::test::direct_client;
using tento::test::header_of;
using tento::test::RawServer;

namespace {

// /STATUS leads to /end, which gives the request back.
std::string serve(const std::string& request) {
  if (request.find(" /end") != std::string::npos) return answer("200 OK", {}, request);
  const std::size_t at = request.find(" /") + 2;
  return answer(request.substr(at, 3) + " Moved", {"Location: /end?x=1#y"}, "moved");
}

std::string after(const RawServer& server, int status, const std::string& method, const std::string& body) {
  const auto http = direct_client();
  Request request;
  request.method = method;
  request.url = server.url("/" + std::to_string(status));
  request.headers = {{"Content-Type", "text/plain"}, {"Authorization", "Bearer hush"}};
  request.body = body;
  auto response = http->send(request);
  REQUIRE_MESSAGE(response.has_value(), (response ? "" : response.error().message));
  CHECK(response->status == 200);
  CHECK(response->final_url == server.url("/end?x=1"));
  CHECK(http->stats().redirects == 1);
  CHECK(http->stats().connections == 1);  // the text under the redirect was read
  return method == "HEAD" ? "" : read_all(*response).value();
}

}  // namespace

TEST_CASE("method and body by status (RFC 9110 section 15.4)") {
  RawServer server = answering(serve);
  for (const int status : {301, 302, 303}) {
    CAPTURE(status);
    const std::string as_get = after(server, status, "POST", "hello");
    CHECK(as_get.starts_with("GET /end?x=1 HTTP/1.1"));
    CHECK(as_get.ends_with("\r\n\r\n"));
    CHECK(header_of(as_get, "Content-Type").empty());
    CHECK(header_of(as_get, "Content-Length").empty());
    CHECK(header_of(as_get, "Authorization") == "Bearer hush");
    CHECK(after(server, status, "GET", "").starts_with("GET "));
  }
  for (const int status : {301, 302}) {
    const std::string kept = after(server, status, "PUT", "hello");
    CHECK(kept.starts_with("PUT "));
    CHECK(kept.ends_with("\r\n\r\nhello"));
  }
  CHECK(after(server, 303, "PUT", "hello").starts_with("GET "));
  for (const int status : {307, 308}) {
    const std::string kept = after(server, status, "POST", "hello");
    CHECK(kept.starts_with("POST /end"));
    CHECK(kept.ends_with("\r\n\r\nhello"));
    CHECK(header_of(kept, "Content-Type") == "text/plain");
  }
}

TEST_CASE("HEAD stays HEAD") {
  RawServer server = answering([](const std::string& request) -> std::string {
    if (!request.starts_with("HEAD ")) return answer("500 Not HEAD");
    return request.find(" /end") != std::string::npos
               ? "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n"
               : "HTTP/1.1 303 See Other\r\nLocation: /end?x=1\r\nContent-Length: 9\r\n\r\n";
  });
  after(server, 303, "HEAD", "");
}

TEST_CASE("what is no redirect, or one that is not to be followed, is the answer") {
  RawServer server = answering([](const std::string& request) {
    if (request.find("/300") != std::string::npos) return answer("300 Multiple Choices", {"Location: /x"}, "choose");
    if (request.find("/304") != std::string::npos)
      return std::string("HTTP/1.1 304 Not Modified\r\nLocation: /x\r\n\r\n");
    if (request.find("/302") != std::string::npos) return answer("302 Found", {}, "nowhere");
    return answer("301 Moved", {"Location: /x"}, "moved");
  });
  const auto http = direct_client();
  Request request;
  for (const auto& [path, status] : {std::pair{"/300", 300u}, {"/304", 304u}, {"/302", 302u}}) {
    request.url = server.url(path);
    CHECK(http->send(request)->status == status);
  }
  request.url = server.url("/301");
  request.follow_redirects = false;
  auto response = http->send(request);
  CHECK(response->status == 301);
  CHECK(find_header(response->headers, "location") == "/x");
  CHECK(read_all(*response).value() == "moved");
}

TEST_CASE("to another origin no credential goes along, and none comes back") {
  std::vector<std::string> seen;
  std::string there, back;
  RawServer other = answering([&](const std::string& request) {
    seen.push_back(request);
    return answer("307 Back", {"Location: " + back});
  });
  RawServer server = answering([&](const std::string& request) {
    if (request.find(" /back") != std::string::npos) return answer("200 OK", {}, request);
    return answer("307 Away", {"Location: " + there});
  });
  there = other.url("/there");
  back = server.url("/back");
  const auto http = direct_client();
  Request request;
  request.url = server.url("/?token=hush");
  request.headers = {
      {"authorization", "Bearer hush"}, {"COOKIE", "hush"}, {"Proxy-Authorization", "hush"}, {"X-Own", "stays"}};
  SendOptions options;
  std::vector<std::pair<std::string, bool>> hops;
  options.on_hop = [&](Hop& hop) -> Result<void> {
    hops.emplace_back(hop.origin, hop.redirected);
    if (hop.origin == server.origin()) hop.secret_headers = {{"X-Secret", "hush"}};
    return {};
  };
  auto response = http->send(request, options);
  REQUIRE(response.has_value());
  REQUIRE(seen.size() == 1);
  CHECK(seen[0].find("hush") == std::string::npos);
  CHECK(header_of(seen[0], "X-Own") == "stays");
  const std::string last = read_all(*response).value();
  CHECK(header_of(last, "Authorization").empty());
  CHECK(header_of(last, "Cookie").empty());
  CHECK(header_of(last, "X-Secret") == "hush");  // the hook's, for this origin
  CHECK(hops == std::vector<std::pair<std::string, bool>>{
                    {server.origin(), false}, {other.origin(), true}, {server.origin(), true}});
}

TEST_CASE("a loop ends") {
  RawServer server =
      answering([](const std::string&) { return answer("302 Found", {"Location: /again?secret=hush"}); });
  const auto http = direct_client({.max_redirects = 4});
  Request request;
  request.url = server.url();
  const auto response = http->send(request);
  REQUIRE_FALSE(response.has_value());
  CHECK(response.error().tag == "too_many_redirects");
  CHECK(response.error().error_class == ErrorClass::provider);
  CHECK(response.error().message.find("hush") == std::string::npos);
  CHECK(http->stats().requests == 5);
}

TEST_CASE("a redirect to what is no http URL is an error that names the origin only") {
  for (const char* location : {"ftp://h/hush", "file:///etc/passwd", "http://user:hush@h/", "http://[hush", "//"}) {
    CAPTURE(location);
    RawServer server =
        answering([&](const std::string&) { return answer("302 Found", {"Location: " + std::string(location)}); });
    Request request;
    request.url = server.url();
    const auto response = direct_client()->send(request);
    REQUIRE_FALSE(response.has_value());
    CHECK(response.error().tag == "bad_url");
    CHECK(response.error().error_class == ErrorClass::provider);
    CHECK(response.error().message.find("hush") == std::string::npos);
    CHECK(response.error().message.find(server.origin()) == 0);
  }
}

TEST_CASE("a large text under a redirect is not read to its end") {
  RawServer server = answering([](const std::string& request) {
    if (request.find(" /end") != std::string::npos) return answer("200 OK", {}, "there");
    return answer("302 Found", {"Location: /end"}, std::string(5'000'000, 'x'));
  });
  const auto http = direct_client();
  Request request;
  request.url = server.url();
  auto response = http->send(request);
  CHECK(read_all(*response).value() == "there");
  CHECK(http->stats().connections == 2);
  CHECK(http->stats().bytes_read < 100'000);
}
