// SPDX-License-Identifier: Apache-2.0
// The head of a request is judged before its body is taken, and bodies have budgets.
#include <doctest/doctest.h>

#include <vector>

#include "host/server/byte_budget.hpp"
#include "rig.hpp"

namespace {

using rig::Answer;
using rig::Client;
using rig::comes_true;
using rig::Outcome;
using rig::Request;
using rig::Rig;
using rig::text;
using tento::host::server::Admission;
using tento::host::server::ByteBudget;

constexpr std::size_t mib = std::size_t{1} << 20;

std::string head_with(std::size_t length) {
  return "POST / HTTP/1.1\r\nHost: t\r\nContent-Length: " + std::to_string(length) + "\r\n\r\n";
}

}  // namespace

TEST_CASE("what the head is refused for is answered before any of the body has come") {
  Rig rig;
  rig.handler.on_admit = [](const Request& request) -> Admission {
    auto answer = text("no " + std::string(request.header("Authorization")));
    answer.status = 401;
    return {.refusal = std::move(answer)};
  };
  Client client(rig.server->address());
  client.send("POST / HTTP/1.1\r\nHost: t\r\nAuthorization: x\r\nContent-Length: 1000000\r\n\r\n");
  const auto got = client.read();
  CHECK(got.status == 401);
  CHECK(got.body == "no x");
  CHECK(rig.handler.asked().empty());
  client.end_sending();
  CHECK(client.ended());
}

TEST_CASE("a body has as many bytes as its head is allowed, declared or in chunks") {
  Rig rig;
  rig.handler.on_admit = [](const Request&) -> Admission { return {.body_bytes = 10}; };
  Client declared(rig.server->address());
  declared.send(head_with(11));
  CHECK(declared.read().status == 413);
  Client chunked(rig.server->address());
  chunked.send("POST / HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n8\r\n12345678\r\n8\r\n12345678\r\n");
  CHECK(chunked.read().status == 413);
  CHECK(rig.handler.asked().empty());
  Client small(rig.server->address());
  small.send(head_with(10) + "1234567890");
  CHECK(small.read().body == "POST / 1234567890");
}

TEST_CASE("the bodies of one caller hold so much at once, those of another are taken, and what ended is free again") {
  Rig rig;
  rig.handler.on_admit = [](const Request& request) -> Admission {
    return {.caller = std::string(request.header("Authorization"))};
  };
  const auto begin = [&rig](const std::string& whose) {
    Client client(rig.server->address());
    client.send("POST / HTTP/1.1\r\nHost: t\r\nAuthorization: " + whose +
                "\r\nExpect: 100-continue\r\nContent-Length: " + std::to_string(16 * mib) + "\r\n\r\n");
    return client;
  };
  std::vector<Client> held;
  for (std::size_t i = 0; i < ByteBudget::bodies.of_a_caller / (16 * mib); ++i) {
    held.push_back(begin("a"));
    CHECK(held.back().read(true).status == 100);
  }
  auto refused = begin("a").read();
  CHECK(refused.status == 503);
  CHECK(refused.headers["retry-after"] == "1");
  CHECK(begin("b").read(true).status == 100);
  held.pop_back();
  CHECK(comes_true([&] { return begin("a").read(true).status == 100; }));
}

TEST_CASE(
    "answers that a caller does not take hold so much at once, those of another are sent, and what ended is free "
    "again") {
  Rig rig;
  const auto large = std::make_shared<const std::string>(16 * mib, 'x');
  rig.handler.on = [&large](const Request& request) {
    Outcome out{.now = Answer{.shared = large}};
    out.caller = request.header("Authorization");
    return out;
  };
  const auto begin = [&rig](const std::string& whose) {
    Client client(rig.server->address());
    client.send("GET / HTTP/1.1\r\nHost: t\r\nAuthorization: " + whose + "\r\n\r\n");
    return client;
  };
  // The system takes some of each, and by far not all.
  std::vector<Client> held;
  for (std::size_t i = 0; i < 3 * ByteBudget::answers.of_a_caller / (16 * mib); ++i) held.push_back(begin("a"));
  REQUIRE(comes_true([&] { return rig.handler.asked().size() == held.size(); }));
  CHECK_FALSE(begin("a").read().whole);
  CHECK(begin("b").read().whole);
  held.clear();
  CHECK(comes_true([&] { return begin("a").read().whole; }));
}

TEST_CASE("a field behind the body is no field of the head") {
  Rig rig;
  rig.handler.on = [](const Request& request) {
    return Outcome{.now = text(std::string(request.header("Authorization")) + "|" +
                               std::string(request.header("If-Match")) + "|" + std::string(request.body()))};
  };
  Client client(rig.server->address());
  client.send(
      "POST / HTTP/1.1\r\nHost: t\r\nIf-Match: \"one\"\r\nTransfer-Encoding: chunked\r\nTrailer: Authorization\r\n\r\n"
      "3\r\nabc\r\n0\r\nAuthorization: Bearer stolen\r\nIf-Match: \"two\"\r\n\r\n");
  CHECK(client.read().body == "|\"one\"|abc");
  client.send("GET / HTTP/1.1\r\nHost: t\r\nAuthorization: own\r\n\r\n");
  CHECK(client.read().body == "own||");
}
