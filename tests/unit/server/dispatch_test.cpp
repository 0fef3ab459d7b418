// SPDX-License-Identifier: Apache-2.0
// What a route says holds before its handler is called: method, caller, body; and what is answered without any route.
#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>
#include <map>
#include <memory>

#include "host/app/app.hpp"
#include "host/server/api.hpp"
#include "host/server/html_page.hpp"
#include "tests/unit/server/answer_fields.hpp"

namespace {

using namespace tento::host;
using namespace tento::host::server;
using tento::host::server::testing::field_of;
using Fields = std::map<std::string, std::string, std::less<>>;

struct Sent {
  std::string method = "GET";
  std::string target = "/open";
  std::string body = {};
  Fields fields = {};
  Peer peer = {};
};

Outcome handler(RouteCall& call) {
  return {.now = plain_text(200, std::string(call.params.value("name")) + "|" + call.caller.actor.name)};
}

const std::vector<tento::host::server::Route>& table() {
  static const std::vector<tento::host::server::Route> made{
      {.pattern = "/open", .auth = RouteAuth::open, .handler = handler, .label = "open page"},
      {.pattern = "/things/{name}", .handler = handler, .label = "thing"},
      {.method = Method::post,
       .pattern = "/things/{name}",
       .body = BodyPolicy::raw,
       .handler = handler,
       .label = "put"}};
  return made;
}

// A host without providers.
class World {
 public:
  World() {
    std::string name = (std::filesystem::temp_directory_path() / "tento-dispatch-XXXXXX").string();
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    folder_ = name;
    Config config;
    config.data_dir = folder_ / "data";
    auto opened = App::open({.config = std::move(config)});
    REQUIRE(opened);
    app_ = std::move(*opened);
  }
  World(const World&) = delete;
  World& operator=(const World&) = delete;
  ~World() {
    app_.reset();
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }
  App& app() { return *app_; }

 private:
  std::filesystem::path folder_;
  std::unique_ptr<App> app_;
};

// The answer to a request. There is no token yet, so that only loopback is let in.
Outcome outcome_of(const Sent& sent, bool open_loopback = false) {
  static World world;
  RequestPolicy policy;
  policy.hosts = {"here"};
  policy.open_loopback = open_loopback;
  Api api(world.app(), world.app().host(), world.app().metrics(), std::move(policy), nullptr, table());
  auto fields = sent.fields;
  fields.emplace("Host", "here");
  const Request request{sent.method,
                        sent.target,
                        sent.body,
                        sent.peer,
                        &fields,
                        [](const void* all, std::string_view name) -> std::string_view {
                          const auto& map = *static_cast<const Fields*>(all);
                          const auto it = map.find(name);
                          return it == map.end() ? std::string_view() : std::string_view(it->second);
                        }};
  return api.handle(request);
}

Answer answer_to(const Sent& sent, bool open_loopback = false) {
  auto outcome = outcome_of(sent, open_loopback);
  REQUIRE(outcome.now);
  return std::move(*outcome.now);
}

bool says(const Answer& answer, std::string_view what) {
  return answer.body.find(what) != std::string::npos;
}

}  // namespace

TEST_CASE("an open route asks nobody who they are") {
  const auto outcome = outcome_of({});
  CHECK(outcome.label == "open page");
  CHECK(outcome.now->status == 200);
  CHECK(outcome.now->body == "|");
}

TEST_CASE("any other route needs a caller, and counts its refusals under its own label") {
  const auto outcome = outcome_of({.target = "/things/a"});
  CHECK(outcome.label == "thing");
  CHECK(outcome.now->status == 401);
  const Peer here{.address = "127.0.0.1"};
  CHECK(answer_to({.target = "/things/a", .peer = here}, true).body == "a|loopback");
  CHECK(answer_to({.target = "/things/a", .peer = here}, false).status == 401);
  CHECK(answer_to({.target = "/things/a", .peer = {.address = "10.0.0.1"}}, true).status == 401);
  CHECK(answer_to({.target = "/things/a", .fields = {{"Authorization", "Bearer x"}}, .peer = here}, true).status ==
        401);
}

TEST_CASE("a body where the route has none is refused") {
  const auto refused = answer_to({.body = "{}"});
  CHECK(refused.status == 400);
  CHECK(says(refused, "\"code\":\"usage\""));
  CHECK(answer_to({.method = "POST", .target = "/things/a", .body = "{}", .peer = {.address = "::1"}}, true).status ==
        200);
}

TEST_CASE("what no route takes is 404, 405 with the methods, or the answer to OPTIONS") {
  const auto lost = outcome_of({.target = "/opne"});
  CHECK(lost.label == "no route");
  CHECK(lost.now->status == 404);
  CHECK(says(*lost.now, "no_such_path"));
  CHECK(says(*lost.now, "/open"));
  const auto wrong = answer_to({.method = "DELETE", .target = "/things/a"});
  CHECK(wrong.status == 405);
  CHECK(field_of(wrong, "Allow") == "GET, HEAD, POST, OPTIONS");
  const auto options = answer_to({.method = "OPTIONS", .target = "/things/a"});
  CHECK(options.status == 204);
  CHECK(field_of(options, "Allow") == "GET, HEAD, POST, OPTIONS");
  CHECK(answer_to({.method = "OPTIONS", .target = "*"}).status == 204);
  CHECK(answer_to({.method = "OPTIONS", .target = "/nothing"}).status == 404);
}
