// SPDX-License-Identifier: Apache-2.0
// One function of a client over each transport there is: real connections, a host, a recording. Its regions are the
// blocks of sdk/docs/http-client.md.
#include <doctest/doctest.h>

#include <tento/http/client.hpp>
#include <tento/sdk/http_status.hpp>
#include <tento/sdk/testing/transports.hpp>

#include "raw_server.hpp"

using namespace tento;
using tento::test::answer;
using tento::test::answering;
using tento::test::header_of;
using tento::test::RawServer;

namespace {

// [function]
// What a service says of itself. It takes whatever transport its caller has.
Result<std::string> status_of(http::Transport& http, const std::string& base_url) {
  http::Request request;
  request.url = base_url + "/status";
  TENTO_TRY_ASSIGN(http::Response response, http.send(request));
  if (response.status != 200) return fail(ErrorCode::upstream, ErrorClass::provider, "the service is not well");
  return http::read_all(response);
}
// [/function]

// [standalone]
// In a program of its own. One client serves all its threads, and is made once.
Result<std::string> ask_alone(const std::string& base_url) {
  TENTO_TRY_ASSIGN(const auto client, http::Client::create({.user_agent = "my-program/1.0"}));
  return status_of(*client, base_url);
}
// [/standalone]

// [credential]
// A credential, a deadline and a stop for everything that is sent through it.
class Session final : public http::Transport {
 public:
  Session(http::Client& client, std::string origin, std::string token)
      : client_(client), origin_(std::move(origin)), token_(std::move(token)) {}

  Result<http::Response> send(const http::Request& request) override {
    http::SendOptions options;
    options.deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    options.on_hop = [this](http::Hop& hop) -> Result<void> {
      // A redirect may lead anywhere; the token goes to this origin alone.
      if (hop.origin == origin_) hop.secret_headers.push_back({"Authorization", "Bearer " + token_});
      return {};
    };
    return client_.send(request, options);
  }

 private:
  http::Client& client_;
  std::string origin_;
  std::string token_;
};
// [/credential]

// [record]
// Once, by hand: what the service says goes into a fixture.
Result<std::string> record(http::Transport& real, const std::string& base_url, const std::string& file) {
  TENTO_TRY_ASSIGN(const auto recorder, testing::RecordingTransport::create(real, file));
  return status_of(*recorder, base_url);
}

// In every test from then on, without a network.
Result<std::string> replay(const std::string& base_url, const std::string& file) {
  TENTO_TRY_ASSIGN(const auto recording, testing::ReplayingTransport::open(file));
  return status_of(*recording, base_url);
}
// [/record]

}  // namespace

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
