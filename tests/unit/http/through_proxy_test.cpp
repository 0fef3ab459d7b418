// SPDX-License-Identifier: Apache-2.0
// Through a proxy: what it is asked, with whose password, and what is said when it does not lead on.
#include <doctest/doctest.h>

#include <tento/http/client.hpp>

#include "raw_server.hpp"

using namespace tento;
using namespace tento::http;
using tento::test::answer;
using tento::test::answering;
using tento::test::header_of;
using tento::test::Peer;
using tento::test::RawServer;

namespace {

std::string proxy_url(const RawServer& proxy) {
  return "http://me:hush@127.0.0.1:" + std::to_string(proxy.port());
}

Error refused(const RawServer& proxy) {
  ClientOptions options;
  options.proxy = {.from_environment = false, .https_url = proxy_url(proxy)};
  const auto client = Client::create(options);
  Request request;
  request.url = "https://service.example/path?secret=hush";
  const auto response = (*client)->send(request);
  REQUIRE_FALSE(response.has_value());
  CHECK(response.error().message.find("hush") == std::string::npos);
  CHECK(response.error().message.find("https://service.example") != std::string::npos);
  return response.error();
}

}  // namespace

TEST_CASE("http goes through in absolute form, and the password with each request") {
  RawServer proxy = answering([](const std::string& request) { return answer("200 OK", {}, request); });
  ClientOptions options;
  options.proxy = {.from_environment = false, .http_url = proxy_url(proxy), .no_proxy = "direct.example"};
  const auto client = Client::create(options);
  Request request;
  request.url = "http://service.example/a?b";
  for (int i = 0; i < 2; ++i) {
    auto response = (*client)->send(request);
    REQUIRE(response.has_value());
    const std::string sent = read_all(*response).value();
    CHECK(sent.starts_with("GET http://service.example/a?b HTTP/1.1\r\nHost: service.example\r\n"));
    CHECK(header_of(sent, "Proxy-Authorization") == "Basic bWU6aHVzaA==");
    CHECK(response->final_url == request.url);
  }
  CHECK(proxy.connections() == 1);
}

TEST_CASE("https asks for a tunnel and shows the proxy nothing of the request") {
  std::string asked, inside;
  RawServer proxy([&](Peer& peer, int) {
    asked = peer.request();
    peer.send("HTTP/1.1 200 Connection established\r\n\r\n");
    peer.wait_gone();
  });
  ClientOptions options;
  options.tls_timeout = std::chrono::milliseconds(200);
  options.proxy = {.from_environment = false, .https_url = proxy_url(proxy)};
  Request request;
  request.url = "https://service.example/path?secret=hush";
  request.headers = {{"Authorization", "Bearer hush"}};
  const auto response = (*Client::create(options))->send(request);
  CHECK(response.error().tag == "timeout");  // the handshake's: the proxy leads nowhere
  CHECK(asked.starts_with("CONNECT service.example:443 HTTP/1.1\r\nHost: service.example:443\r\n"));
  CHECK(header_of(asked, "Proxy-Authorization") == "Basic bWU6aHVzaA==");
  CHECK(asked.find("Bearer") == std::string::npos);
  CHECK(asked.find("/path") == std::string::npos);
}

TEST_CASE("a proxy that does not lead on") {
  RawServer asks =
      answering([](const std::string&) { return answer("407 Proxy Authentication Required", {}, "who?"); });
  CHECK(refused(asks).tag == "proxy_failed");
  CHECK(refused(asks).error_class == ErrorClass::config);
  RawServer forbids = answering([](const std::string&) { return answer("403 Forbidden"); });
  CHECK(refused(forbids).tag == "proxy_failed");
  CHECK(refused(forbids).error_class == ErrorClass::config);
  RawServer fails = answering([](const std::string&) { return answer("502 Bad Gateway"); });
  CHECK(refused(fails).tag == "proxy_failed");
  CHECK(refused(fails).error_class == ErrorClass::transient);
  RawServer garbles = answering([](const std::string&) { return std::string("SOCKS?\r\n\r\n"); });
  CHECK(refused(garbles).tag == "proxy_failed");
  RawServer hangs_up([](Peer& peer, int) { peer.request(); });
  CHECK(refused(hangs_up).tag == "proxy_failed");
  CHECK(refused(hangs_up).error_class == ErrorClass::transient);
  RawServer talks([](Peer& peer, int) {
    peer.request();
    peer.send("HTTP/1.1 200 OK\r\n\r\n\x16\x03\x01");
    peer.wait_gone();
  });
  CHECK(refused(talks).tag == "proxy_failed");
}

TEST_CASE("a proxy that is not there") {
  std::uint16_t port = 0;
  {
    RawServer gone = answering([](const std::string&) { return std::string(); });
    port = gone.port();
  }
  ClientOptions options;
  options.proxy = {.from_environment = false, .http_url = "http://127.0.0.1:" + std::to_string(port)};
  Request request;
  request.url = "http://service.example/";
  const auto response = (*Client::create(options))->send(request);
  CHECK(response.error().tag == "proxy_failed");
  CHECK(response.error().error_class == ErrorClass::transient);
}

TEST_CASE("deadline and stop hold while a proxy is asked") {
  RawServer proxy([](Peer& peer, int) { peer.wait_gone(); });
  ClientOptions options;
  options.proxy = {.from_environment = false, .https_url = proxy_url(proxy)};
  const auto client = Client::create(options);
  Request request;
  request.url = "https://service.example/";
  SendOptions late;
  late.deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds(100);
  CHECK((*client)->send(request, late).error().tag == "deadline");
  int asked = 0;
  SendOptions stop;
  stop.stopped = [&asked] { return ++asked > 5; };
  CHECK((*client)->send(request, stop).error().stopped);
}
