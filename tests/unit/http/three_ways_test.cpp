// SPDX-License-Identifier: Apache-2.0
// One function of a client over each transport there is: real connections, a host, a recording. It is the code of the
// page on the HTTP client, as printed there.
#include <doctest/doctest.h>

#include "http_client_page.hpp"
#include "raw_server.hpp"

using tento::test::answer;
using tento::test::answering;
using tento::test::header_of;
using tento::test::RawServer;

TEST_CASE("alone, with a credential, and replayed: the same function gives the same") {
  std::string gone, authorization;
  const std::string file = std::string(FOLDER) + "/three_ways.jsonl";
  {
    RawServer server = answering([&](const std::string& request) {
      authorization = header_of(request, "Authorization");
      return answer("200 OK", {"Content-Type: text/plain"}, "well");
    });
    gone = server.origin();
    CHECK(ask_alone(server.origin()).value() == "well");
    CHECK(authorization.empty());

    const auto client = http::Client::create({.proxy = {.from_environment = false}});
    Session session(**client, server.origin(), "hush");
    CHECK(record(session, server.origin(), file).value() == "well");
    CHECK(authorization == "Bearer hush");
  }
  CHECK(replay(gone, file).value() == "well");
  const auto missing = replay("http://elsewhere.example", file);
  CHECK_FALSE(missing.has_value());
}
