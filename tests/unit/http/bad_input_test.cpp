// SPDX-License-Identifier: Apache-2.0
// Servers that break the rules, through the whole client: each gets its tag, its class and a text that names the
// origin.
#include <doctest/doctest.h>

#include <tento/http/client.hpp>

#include "raw_server.hpp"

using namespace tento;
using namespace tento::http;
using tento::test::answer;
using tento::test::ok_line;
using tento::test::Peer;
using tento::test::RawServer;

namespace {

struct Outcome {
  std::string tag;
  ErrorClass error_class = ErrorClass::internal;
  std::string body;
};

// What comes of a server that sends `bytes` and ends the connection.
Outcome outcome(const std::string& bytes, ClientOptions options = {}, std::uint64_t max_body = 0) {
  options.proxy.from_environment = false;
  RawServer server([&bytes](Peer& peer, int) {
    peer.request();
    peer.send(bytes);
  });
  const auto client = Client::create(std::move(options));
  Request request;
  request.url = server.url("/path?secret=hush");
  request.max_body = max_body;
  auto response = (*client)->send(request);
  auto body = response ? read_all(*response, SIZE_MAX / 2) : Result<std::string>(fail(response.error()));
  if (body) return {"", {}, *body};
  CHECK(body.error().message.find(server.origin()) != std::string::npos);
  CHECK(body.error().message.find("hush") == std::string::npos);
  if (response && response->body) {
    char byte = 0;  // an error stays one
    CHECK(response->body->read({&byte, 1}).error() == body.error());
  }
  return {body.error().tag, body.error().error_class, {}};
}

}  // namespace

TEST_CASE("nothing, garbage, half a head") {
  CHECK(outcome("").tag == "connection_lost");
  CHECK(outcome("").error_class == ErrorClass::transient);
  CHECK(outcome("\x01\x02garbage\r\n\r\n").tag == "bad_response");
  CHECK(outcome("\x01\x02garbage\r\n\r\n").error_class == ErrorClass::provider);
  CHECK(outcome("HTTP/1.1 200 OK\r\nX: ").tag == "connection_lost");
}

TEST_CASE("truncated bodies") {
  CHECK(outcome(std::string(ok_line) + "Content-Length: 10\r\n\r\nhello").tag == "connection_lost");
  CHECK(outcome(std::string(ok_line) + "Content-Length: 10\r\n\r\nhello").error_class == ErrorClass::transient);
  CHECK(outcome(std::string(ok_line) + "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n").tag == "connection_lost");
}

TEST_CASE("oversized bodies, announced or not") {
  const std::string body(2000, 'x');
  const ClientOptions small{.max_body = 1999};
  CHECK(outcome(answer("200 OK", {}, body), small).tag == "body_too_large");
  CHECK(outcome(answer("200 OK", {}, body), small).error_class == ErrorClass::provider);
  CHECK(outcome(std::string(ok_line) + "\r\n" + body, small).tag == "body_too_large");
  CHECK(
      outcome(std::string(ok_line) + "Transfer-Encoding: chunked\r\n\r\n7d0\r\n" + body + "\r\n0\r\n\r\n", small).tag ==
      "body_too_large");
  CHECK(outcome(std::string(ok_line) + "Transfer-Encoding: chunked\r\n\r\n7fffffffffffffff\r\n" + body, small).tag ==
        "body_too_large");
  CHECK(outcome(std::string(ok_line) + "\r\n" + body, {.max_body = 2000}).body == body);
  CHECK(outcome(answer("200 OK", {}, body), {}, 1999).tag == "body_too_large");
  CHECK(outcome(answer("200 OK", {}, body), small, 2000).body == body);  // the request decides
  CHECK(outcome(std::string(ok_line) + "Content-Length: 1000000000\r\n\r\nx").tag == "body_too_large");
}

TEST_CASE("a small body that unpacks to a large one stops at the limit") {
  const std::string bomb = test::gzip(std::string(50'000'000, '\0'));
  CHECK(bomb.size() < 100'000);
  CHECK(outcome(answer("200 OK", {"Content-Encoding: gzip"}, bomb), {.max_body = 1'000'000}).tag == "body_too_large");
}

TEST_CASE("bad gzip") {
  const std::string packed = test::gzip(std::string(10'000, 'x'));
  CHECK(outcome(answer("200 OK", {"Content-Encoding: gzip"}, "not gzip at all")).tag == "bad_encoding");
  CHECK(outcome(answer("200 OK", {"Content-Encoding: gzip"}, "not gzip at all")).error_class == ErrorClass::provider);
  CHECK(outcome(answer("200 OK", {"Content-Encoding: gzip"}, packed.substr(0, packed.size() - 1))).tag ==
        "bad_encoding");
  CHECK(outcome(answer("200 OK", {"Content-Encoding: gzip"}, packed + "x")).tag == "bad_encoding");
  std::string damaged = packed;
  damaged[damaged.size() / 2] ^= 0x55;
  CHECK(outcome(answer("200 OK", {"Content-Encoding: gzip"}, damaged)).tag == "bad_encoding");
  CHECK(outcome(answer("200 OK", {"Content-Encoding: br"}, "x")).tag == "bad_encoding");
  CHECK(outcome(answer("200 OK", {"Content-Encoding: gzip, gzip"}, packed)).tag == "bad_encoding");
  CHECK(outcome(answer("200 OK", {"Content-Encoding: identity"}, "x")).body == "x");
}

TEST_CASE("bad chunks, and two lengths at once") {
  const std::string chunked = std::string(ok_line) + "Transfer-Encoding: chunked\r\n";
  CHECK(outcome(chunked + "Content-Length: 5\r\n\r\n5\r\nhello\r\n0\r\n\r\n").tag == "bad_response");
  CHECK(outcome(chunked + "\r\n-5\r\nhello\r\n0\r\n\r\n").tag == "bad_response");
  CHECK(outcome(chunked + "\r\nffffffffffffffffff\r\nhello").tag == "bad_response");
  CHECK(outcome(chunked + "\r\n5\r\nhelloworld\r\n0\r\n\r\n").tag == "bad_response");
  CHECK(outcome(chunked + "\r\n5" + std::string(1'000'000, ' ')).tag == "bad_response");
}

TEST_CASE("floods of header lines") {
  std::string flood = ok_line;
  for (int i = 0; i < 20'000; ++i) flood += "X-" + std::to_string(i) + ": y\r\n";
  CHECK(outcome(flood + "\r\n").tag == "head_too_large");
  CHECK(outcome(flood + "\r\n").error_class == ErrorClass::provider);
  CHECK(outcome(flood + "\r\n", {.max_head = 1u << 20}).tag == "");
}

TEST_CASE("header lines with bytes that no header holds") {
  using std::string_literals::operator""s;
  CHECK(outcome(ok_line + "X: a\0b\r\n\r\n"s).tag == "bad_response");
  CHECK(outcome(std::string(ok_line) + "X\x80: y\r\n\r\n").tag == "bad_response");
  CHECK(outcome(std::string(ok_line) + "X: a\r\n folded\r\nContent-Length: 1\r\n\r\nx").body == "x");
}
