// SPDX-License-Identifier: Apache-2.0
// What the server does with requests, well-formed and not: limits, framing, versions, order.
#include <doctest/doctest.h>

#include <thread>

#include "rig.hpp"

namespace {

using rig::Answer;
using rig::Client;
using rig::Limits;
using rig::Outcome;
using rig::PullBody;
using rig::Request;
using rig::Rig;
using rig::text;

Limits small_limits() {
  Limits limits;
  limits.header_bytes = 1024;
  limits.body_bytes = 1000;
  return limits;
}

// Nothing that follows a refused request is taken for another one.
constexpr std::string_view smuggled = "GET /smuggled HTTP/1.1\r\nHost: t\r\n\r\n";

}  // namespace

TEST_CASE("a request is answered, and the connection stays for the next") {
  Rig rig;
  Client client(rig.server->address());
  client.send("GET /a?b=c HTTP/1.1\r\nHost: t\r\n\r\n");
  auto got = client.read();
  CHECK(got.status == 200);
  CHECK(got.body == "GET /a ");
  CHECK(got.headers["content-length"] == "7");
  CHECK(got.headers["date"].ends_with(" GMT"));
  CHECK(got.headers.count("server") == 0);
  client.send("POST /b HTTP/1.1\r\nHost: t\r\nContent-Length: 4\r\n\r\nbody");
  CHECK(client.read().body == "POST /b body");
  client.send(
      "POST /c HTTP/1.1\r\nhOsT: t\r\nTransfer-Encoding: chunked\r\n\r\n3;x=y\r\nabc\r\n2\r\nde\r\n0\r\nT: r\r\n\r\n");
  CHECK(client.read().body == "POST /c abcde");
  client.send("GET /d HTTP/1.1\r\nHost: t\r\nConnection: close\r\n\r\n");
  got = client.read();
  CHECK(got.body == "GET /d ");
  CHECK(got.headers["connection"] == "close");
  CHECK(client.ended());
  CHECK(rig.handler.statuses() == std::vector<unsigned>{200, 200, 200, 200});
}

TEST_CASE("a header that is too large is refused with 431") {
  Rig rig(small_limits());
  SUBCASE("by its fields") {
    Client client(rig.server->address());
    client.send("GET / HTTP/1.1\r\nHost: t\r\nX: " + std::string(2000, 'x') + "\r\n\r\n" + std::string(smuggled));
    const auto got = client.read();
    CHECK(got.status == 431);
    CHECK(got.body == "the request line and the header fields are larger than 1024 bytes");
    CHECK(client.ended());
  }
  SUBCASE("by its target, though it never ends") {
    Client client(rig.server->address());
    client.send("GET /" + std::string(5000, 'x'));
    CHECK(client.read().status == 431);
    CHECK(client.ended());
  }
  SUBCASE("by many small fields") {
    Client client(rig.server->address());
    std::string all = "GET / HTTP/1.1\r\nHost: t\r\n";
    for (int i = 0; i < 1000; ++i) all += "A: b\r\n";
    client.send(all + "\r\n");
    CHECK(client.read().status == 431);
    CHECK(client.ended());
  }
  CHECK(rig.handler.asked().empty());
  CHECK(rig.handler.statuses().empty());
}

TEST_CASE("a body that is too large is refused with 413") {
  Rig rig(small_limits());
  SUBCASE("by its length, whatever of it is sent") {
    Client client(rig.server->address());
    client.send("POST / HTTP/1.1\r\nHost: t\r\nContent-Length: 1001\r\n\r\n" + std::string(1001, 'x'));
    const auto got = client.read();
    CHECK(got.status == 413);
    CHECK(got.body == "the body is larger than 1000 bytes");
    CHECK(client.ended());
  }
  SUBCASE("before any of it is sent, where the client asks first") {
    Client client(rig.server->address());
    client.send("POST / HTTP/1.1\r\nHost: t\r\nContent-Length: 1001\r\nExpect: 100-continue\r\n\r\n");
    CHECK(client.read().status == 413);  // and no 100 before it
    CHECK(client.ended());
  }
  SUBCASE("by its chunks") {
    Client client(rig.server->address());
    client.send("POST / HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n");
    for (int i = 0; i < 11; ++i) client.send("64\r\n" + std::string(100, 'x') + "\r\n");
    CHECK(client.read().status == 413);
    CHECK(client.ended());
  }
  CHECK(rig.handler.asked().empty());
}

TEST_CASE("a body of just the limit is taken, and who asks first is told to go on") {
  Rig rig(small_limits());
  Client client(rig.server->address());
  client.send("POST /a HTTP/1.1\r\nHost: t\r\nContent-Length: 1000\r\nExpect: 100-continue\r\n\r\n");
  CHECK(client.read().status == 100);
  client.send(std::string(1000, 'x'));
  const auto got = client.read();
  CHECK(got.status == 200);
  CHECK(got.body.size() == 8 + 1000);
}

TEST_CASE("what is no HTTP/1.1 is refused with 400, and nothing behind it is believed") {
  struct Case {
    std::string_view name, bytes;
  };
  using namespace std::string_view_literals;
  const Case cases[] = {
      {"a chunk size that is no number",
       "POST / HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nab\r\n0\r\n\r\n"},
      {"a chunk size beyond 64 bits",
       "POST / HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n10000000000000003\r\nabc\r\n0\r\n\r\n"},
      {"a negative chunk size", "POST / HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\n\r\n0\r\n\r\n"},
      {"a chunk longer than it says",
       "POST / HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nabcd\r\n0\r\n\r\n"},
      {"a bare line end behind a chunk size",
       "POST / HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n2\nab\r\n0\r\n\r\n"},
      {"a length and chunks",
       "POST / HTTP/1.1\r\nHost: t\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"},
      {"chunks and a length",
       "POST / HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n"},
      {"two different lengths", "POST / HTTP/1.1\r\nHost: t\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab"},
      {"two lengths in one", "POST / HTTP/1.1\r\nHost: t\r\nContent-Length: 1, 2\r\n\r\nab"},
      {"a length with a sign", "POST / HTTP/1.1\r\nHost: t\r\nContent-Length: +2\r\n\r\nab"},
      {"a negative length", "POST / HTTP/1.1\r\nHost: t\r\nContent-Length: -1\r\n\r\n"},
      {"a length beyond 64 bits", "POST / HTTP/1.1\r\nHost: t\r\nContent-Length: 18446744073709551617\r\n\r\na"},
      {"a coding that is not the last",
       "POST / HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n"},
      {"a coding that nobody knows", "POST / HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n"},
      {"two codings", "POST / HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n"},
      {"chunks twice",
       "POST / HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"},
      {"chunks in HTTP/1.0", "POST / HTTP/1.0\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"},
      {"a NUL in a field", "GET / HTTP/1.1\r\nHost: t\r\nX: a\0b\r\n\r\n"sv},
      {"a NUL in the target", "GET /a\0b HTTP/1.1\r\nHost: t\r\n\r\n"sv},
      {"a bare carriage return in a field", "GET / HTTP/1.1\r\nHost: t\r\nX: a\rb\r\n\r\n"},
      {"a space before the colon", "GET / HTTP/1.1\r\nHost: t\r\nContent-Length : 3\r\n\r\nabc"},
      {"a field without a name", "GET / HTTP/1.1\r\nHost: t\r\n: x\r\n\r\n"},
      {"a line without a colon", "GET / HTTP/1.1\r\nHost: t\r\nhello\r\n\r\n"},
      {"HTTP/0.9", "GET /\r\n\r\n"},
      {"HTTP/2 without an agreement", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"},
      {"a version that is to come", "GET / HTTP/3.0\r\nHost: t\r\n\r\n"},
      {"a method with a slash", "GE/T / HTTP/1.1\r\nHost: t\r\n\r\n"},
      {"a TLS greeting", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 hello\r\n\r\n"sv},
      {"no Host", "GET / HTTP/1.1\r\n\r\n"},
      {"two Hosts", "GET / HTTP/1.1\r\nHost: t\r\nHost: u\r\n\r\n"},
  };
  Rig rig;
  for (const auto& each : cases) {
    CAPTURE(each.name);
    Client client(rig.server->address());
    client.send(std::string(each.bytes) + std::string(smuggled));
    const auto got = client.read();
    CHECK(got.status == 400);
    CHECK(!got.body.empty());
    CHECK(client.ended());
  }
  CHECK(rig.handler.asked().empty());
}

TEST_CASE("a folded field is one line with a space") {
  Rig rig;
  std::string seen;
  rig.handler.on = [&](const Request& request) {
    return Outcome{.now = text(std::string(request.header("X-Folded")))};
  };
  Client client(rig.server->address());
  client.send("GET / HTTP/1.1\r\nHost: t\r\nX-Folded: one\r\n  two\r\n\r\n");
  const auto got = client.read();
  // RFC 9112, 5.2 leaves a choice: refused, or read as one line.
  CHECK(got.status == 200);
  CHECK(got.body == "one two");
}

TEST_CASE("chunks that talk without an end do not fill the memory") {
  Rig rig(small_limits());
  Client client(rig.server->address());
  client.send("POST / HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n5;");
  for (int i = 0; i < 64; ++i)
    if (!client.send(std::string(16 * 1024, 'x'))) break;
  const auto got = client.read();
  CHECK(got.status == 400);
  CHECK(got.body == "a chunk of the body says more about itself than its size");
  CHECK(client.ended());
  CHECK(rig.handler.asked().empty());
}

TEST_CASE("pipelined requests are answered in order, though the first takes longer") {
  Rig rig;
  rig::Event go;
  rig.handler.on = [&](const Request& request) {
    const std::string path(request.path());
    if (path == "/slow")
      return Outcome{.later = [&](const rig::Reply& reply) {
        CHECK(go.wait());
        reply(text("slow"));
      }};
    return Outcome{.now = text(path + std::string(request.body()))};
  };
  Client client(rig.server->address());
  client.send(
      "GET /slow HTTP/1.1\r\nHost: t\r\n\r\nPOST /a HTTP/1.1\r\nHost: t\r\nContent-Length: 1\r\n\r\nx"
      "GET /b HTTP/1.1\r\nHost: t\r\n\r\n");
  go.set();
  CHECK(client.read().body == "slow");
  CHECK(client.read().body == "/ax");
  CHECK(client.read().body == "/b");
  // More of them than a buffer holds.
  std::string many;
  for (int i = 0; i < 5000; ++i) many += "GET /" + std::to_string(i) + " HTTP/1.1\r\nHost: t\r\n\r\n";
  std::thread writer([&] { client.send(many); });
  int in_order = 0;
  for (int i = 0; i < 5000; ++i) in_order += client.read().body == "/" + std::to_string(i) ? 1 : 0;
  writer.join();
  CHECK(in_order == 5000);
}

TEST_CASE("HEAD has the length of the body, and no body") {
  Rig rig;
  Client client(rig.server->address());
  client.send("HEAD /a HTTP/1.1\r\nHost: t\r\n\r\n");
  const auto got = client.read(true);
  CHECK(got.status == 200);
  CHECK(got.headers.at("content-length") == "8");
  client.send("GET /b HTTP/1.1\r\nHost: t\r\n\r\n");
  CHECK(client.read().body == "GET /b ");
}

TEST_CASE("HEAD of a body that comes piece by piece") {
  Rig rig;
  auto pieces = std::make_shared<rig::Pieces>();
  pieces->pieces = {"one", "two"};
  rig.handler.on = [&](const Request& request) {
    if (request.path() == "/next") return Outcome{.now = text("next")};
    Answer answer = text({});
    answer.pull = pieces;
    return Outcome{.now = std::move(answer)};
  };
  Client client(rig.server->address());
  client.send("HEAD /a HTTP/1.1\r\nHost: t\r\n\r\nGET /next HTTP/1.1\r\nHost: t\r\n\r\n");
  CHECK(client.read(true).headers.at("transfer-encoding") == "chunked");
  CHECK(client.read().body == "next");
  CHECK(pieces->stopped);
}

TEST_CASE("204 and 304 have neither body nor length") {
  Rig rig;
  rig.handler.on = [&](const Request& request) {
    Answer answer;
    answer.status = request.path() == "/204" ? 204 : 304;
    return Outcome{.now = std::move(answer)};
  };
  Client client(rig.server->address());
  for (const unsigned status : {204u, 304u}) {
    client.send("GET /" + std::to_string(status) + " HTTP/1.1\r\nHost: t\r\n\r\n");
    const auto got = client.read();
    CHECK(got.status == status);
    CHECK(got.headers.count("content-length") == 0);
    CHECK(got.headers.count("content-type") == 0);
  }
}

TEST_CASE("HTTP/1.0 closes, unless it asks not to") {
  Rig rig;
  Client closing(rig.server->address());
  closing.send("GET /a HTTP/1.0\r\n\r\n");
  auto got = closing.read();
  CHECK(got.status == 200);
  CHECK(got.version == "HTTP/1.0");
  CHECK(got.body == "GET /a ");
  CHECK(closing.ended());
  Client staying(rig.server->address());
  staying.send("GET /a HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  got = staying.read();
  CHECK(got.headers["connection"] == "keep-alive");
  staying.send("GET /b HTTP/1.0\r\n\r\n");
  CHECK(staying.read().body == "GET /b ");
  CHECK(staying.ended());
}

TEST_CASE("a body that comes piece by piece") {
  Rig rig;
  PullBody::State after = PullBody::State::end;
  rig.handler.on = [&](const Request&) {
    auto pieces = std::make_shared<rig::Pieces>();
    pieces->pieces = {"one ", "two ", std::string(100'000, 'x')};
    pieces->after = after;
    Answer answer = text({});
    answer.pull = std::move(pieces);
    return Outcome{.now = std::move(answer)};
  };
  const std::string all = "one two " + std::string(100'000, 'x');
  Client client(rig.server->address());
  SUBCASE("goes in chunks, and another request follows") {
    for (int i = 0; i < 2; ++i) {
      client.send("GET / HTTP/1.1\r\nHost: t\r\n\r\n");
      const auto got = client.read();
      CHECK(got.headers.at("transfer-encoding") == "chunked");
      CHECK(got.whole);
      CHECK(got.body == all);
    }
  }
  SUBCASE("goes until the connection ends in HTTP/1.0") {
    client.send("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    const auto got = client.read();
    CHECK(got.headers.count("transfer-encoding") == 0);
    CHECK(got.headers.count("connection") == 0);  // it closes, since it was not said to stay
    CHECK(got.body == all);
  }
  SUBCASE("is seen to have broken off") {
    after = PullBody::State::broken;
    client.send("GET / HTTP/1.1\r\nHost: t\r\n\r\n");
    CHECK(!client.read().whole);
  }
}
