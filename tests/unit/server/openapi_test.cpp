// SPDX-License-Identifier: Apache-2.0
// The OpenAPI document against the tables that it is made from.
#include "host/server/openapi.hpp"

#include <doctest/doctest.h>
#include <simdjson.h>

#include <set>

using namespace tento::host;
using namespace tento::host::server;

namespace {

std::string lower(std::string_view text) {
  std::string out;
  for (const char c : text) out += static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c);
  return out;
}

}  // namespace

TEST_CASE("every route is in the OpenAPI document, with each param of an operation in its place") {
  const auto text = openapi_json(routes(), "https://example.org");
  CHECK(text == openapi_json(routes(), "https://example.org"));
  simdjson::dom::parser parser;
  simdjson::dom::element document;
  REQUIRE(parser.parse(text).get(document) == simdjson::SUCCESS);
  CHECK(std::string_view(document.at_pointer("/servers/0/url")) == "https://example.org");
  const simdjson::dom::object paths = document["paths"];
  std::set<std::string> ids;
  for (const auto& o : operations()) {
    CAPTURE(o.name());
    if (o.http.path.empty()) continue;
    simdjson::dom::object found;
    REQUIRE(paths[o.http.path][lower(to_string(o.http.method))].get(found) == simdjson::SUCCESS);
    CHECK(std::string_view(found["x-tento-command"]) == "tento " + o.name());
    CHECK(ids.insert(std::string(std::string_view(found["operationId"]))).second);
    CHECK(std::string_view(found.at_pointer("/security/0/token/0")) == to_string(o.scope));
    std::set<std::string> there;
    simdjson::dom::array parameters;
    if (found["parameters"].get(parameters) == simdjson::SUCCESS)
      for (const simdjson::dom::object p : parameters)
        there.insert(std::string(std::string_view(p["in"])) + " " + std::string(std::string_view(p["name"])));
    simdjson::dom::object members;
    if (found.at_pointer("/requestBody/content/application~1json/schema/properties").get(members) == simdjson::SUCCESS)
      for (const auto& [name, schema] : members) there.insert("member " + std::string(name));
    for (const auto& param : o.params) {
      CAPTURE(param.name);
      const std::string name(param.name);
      switch (http_place(o, param)) {
        case HttpPlace::path:
          CHECK(there.contains("path " + name));
          break;
        case HttpPlace::query:
          CHECK(there.contains("query " + name));
          break;
        case HttpPlace::header:
          CHECK(there.contains("header " + std::string(param.header)));
          break;
        case HttpPlace::body:
          CHECK(found.at_pointer("/requestBody/content/application~1json").error() == simdjson::SUCCESS);
          break;
        case HttpPlace::member:
          CHECK(there.contains("member " + name));
          break;
      }
    }
    const auto type = o.shape.text.empty() ? std::string_view("application/json") : o.shape.text;
    CHECK(found.at_pointer("/responses/200/content")[type].error() == simdjson::SUCCESS);
  }
  for (const auto& route : routes()) {
    CAPTURE(route.pattern);
    simdjson::dom::object found;
    const bool there = paths[route.pattern][lower(to_string(route.method))].get(found) == simdjson::SUCCESS;
    CHECK(there == (route.operation != nullptr || !route.document.id.empty()));
    if (!there) continue;
    simdjson::dom::array security;
    REQUIRE(found["security"].get(security) == simdjson::SUCCESS);
    CHECK((security.size() == 0) == (route.auth == RouteAuth::open));
  }
  for (const auto* page : {"/", "/healthz", "/readyz", "/metrics", "/openapi.json", "/errors/{code}", "/api/events"})
    CHECK(paths[page]["get"].error() == simdjson::SUCCESS);
  CHECK(paths["/oauth/callback"].error() != simdjson::SUCCESS);
}
