// SPDX-License-Identifier: Apache-2.0
// From methods and paths to routes; escapes.
#include "host/server/router.hpp"

#include <doctest/doctest.h>

#include <set>

#include "host/server/uri.hpp"

namespace {

using tento::host::Media;
using tento::host::Method;
using tento::host::operations;
using tento::host::server::key_of_path;
using tento::host::server::Outcome;
using tento::host::server::PathParams;
using tento::host::server::percent_decoded;
using tento::host::server::RouteCall;
using tento::host::server::RouteMiss;
using tento::host::server::Router;
using tento::host::server::routes;

const Router& router() {
  static const Router made(routes());
  return made;
}

RouteMiss missed(std::string_view method, std::string_view path) {
  auto found = router().find(method, path);
  REQUIRE(!found);
  return found.error();
}

}  // namespace

TEST_CASE("every operation has a route with its name as the label") {
  std::set<const tento::host::Operation*> routed;
  for (const auto& route : routes()) {
    if (route.operation == nullptr) continue;
    CHECK(routed.insert(route.operation).second);
    CHECK(route.label == route.operation->name());
    CHECK(route.auth == tento::host::server::RouteAuth::caller);
    CHECK(route.scope == route.operation->scope);
  }
  for (const auto& operation : operations()) CHECK(routed.contains(&operation) == !operation.http.path.empty());
}

TEST_CASE("every route is found by its own method and path, and by HEAD where it allows that") {
  std::set<std::string> ways;
  for (const auto& route : routes()) {
    CAPTURE(route.pattern);
    REQUIRE(bool(route.handler != nullptr));
    CHECK(!route.label.empty());
    std::string path(route.pattern);
    std::size_t params = 0;
    for (auto open = path.find('{'); open != std::string::npos; open = path.find('{'), ++params)
      path.replace(open, path.find('}') - open + 1, "x");
    REQUIRE(params <= PathParams::max_size);
    CHECK(ways.insert(std::string(to_string(route.method)) + path).second);
    const auto found = router().find(to_string(route.method), path);
    REQUIRE(found);
    CHECK(found->route == &route);
    CHECK(found->params.size() == params);
    CHECK(!found->suffix);
    if (route.method != Method::get) continue;
    const auto head = router().find("HEAD", path);
    CHECK(head.has_value() == route.head);
    if (head) CHECK(head->route == &route);
  }
}

TEST_CASE("a literal is preferred to a parameter, and both are looked at") {
  const auto handler = [](RouteCall&) { return Outcome(); };
  const std::vector<tento::host::server::Route> few{
      {.pattern = "/a/{x}/c", .handler = handler, .label = "x"},
      {.pattern = "/a/b", .handler = handler, .label = "b"},
      {.method = Method::post, .pattern = "/a/{y}", .handler = handler, .label = "y"},
      {.pattern = "/a/{z}/c/{w}", .handler = handler, .label = "zw"}};
  const Router small(few);
  CHECK(small.find("GET", "/a/b")->route->label == "b");
  CHECK(small.find("POST", "/a/b")->route->label == "y");
  CHECK(small.find("GET", "/a/b/c")->route->label == "x");
  const auto deep = small.find("GET", "/a/b/c/d");
  REQUIRE(deep);
  CHECK(deep->params.value("z") == "b");
  CHECK(deep->params.value("w") == "d");
  CHECK(small.find("PUT", "/a/b").error().allow == "GET, HEAD, POST, OPTIONS");
  CHECK(small.methods() == "GET, HEAD, POST, OPTIONS");
}

TEST_CASE("a HEAD does not reach a route whose GET has effects") {
  const auto miss = missed("HEAD", "/oauth/callback");
  CHECK(miss.status == 405);
  CHECK(miss.allow == "GET, OPTIONS");
}

TEST_CASE("what stands in the path is a param, still escaped") {
  const auto found = router().find("GET", "/api/rows/:~a:b%3Ac/cells");
  REQUIRE(found);
  CHECK(found->route->label == "row get");
  REQUIRE(found->params.size() == 1);
  CHECK(found->params[0].first == "key");
  CHECK(found->params[0].second == ":~a:b%3Ac");
  CHECK(!router().find("GET", "/api/rows//cells"));
}

TEST_CASE("the last word of a path may name the form of the answer") {
  const std::pair<std::string_view, Media> suffixes[] = {
      {".json", Media::json}, {".jsonl", Media::jsonl}, {".csv", Media::csv}, {".ics", Media::calendar}};
  for (const auto& [suffix, media] : suffixes) {
    const auto found = router().find("GET", "/api/rows/:~a:b:c/cells" + std::string(suffix));
    REQUIRE(found);
    CHECK(found->suffix == media);
  }
  CHECK(!router().find("GET", "/api/rows/:~a:b:c/cells.xml"));
  CHECK(!router().find("GET", "/healthz.json"));  // what is not an operation has one form
  // A param is what it is, whatever it ends in.
  const auto found = router().find("GET", "/api/providers/a.json");
  REQUIRE(found);
  CHECK(!found->suffix);
  CHECK(found->params[0].second == "a.json");
}

TEST_CASE("a path without that method says which it has") {
  const auto put = missed("PUT", "/api/rows/:~a:b:c/cells");
  CHECK(put.status == 405);
  CHECK(put.allow == "GET, HEAD, POST, PATCH, DELETE, OPTIONS");
  CHECK(put.text.find("PUT") != std::string::npos);
  CHECK(missed("POST", "/api/providers").allow == "GET, HEAD, OPTIONS");
  CHECK(missed("HEAD", "/api/rows/x/sync").allow == "POST, OPTIONS");
  CHECK(missed("get", "/api/providers").status == 405);  // methods have their case (RFC 9110, 9.1)
}

TEST_CASE("a path that is not there names the nearest") {
  const auto near = missed("GET", "/api/provider");
  CHECK(near.status == 404);
  CHECK(near.allow.empty());
  CHECK(near.text == "there is no `/api/provider`; did you mean \"/api/providers\"?");
  for (const auto* path : {"", "api/rows", "/api", "/api/", "/api/rows/", "/api/rows/a/b/cells", "/API/rows", "*",
                           "//api/rows", "/api/rows%2Fa/cells", "/api/../api/rows", "http://t/api/rows"}) {
    CAPTURE(path);
    CHECK(missed("GET", path).status == 404);
  }
}

TEST_CASE("escapes are taken once") {
  CHECK(percent_decoded("a%41%2f%25").value() == "aA/%");
  CHECK(percent_decoded("%2541").value() == "%41");
  CHECK(percent_decoded("a+b").value() == "a+b");
  CHECK(percent_decoded("").value().empty());
  CHECK(percent_decoded("%C3%A9").value() == "\xC3\xA9");
  CHECK(percent_decoded("%F0%9F%8C%8D").value() == "\xF0\x9F\x8C\x8D");
}

TEST_CASE("broken escapes, bytes that are not UTF-8 and NUL are refused") {
  const auto refused = [](std::string_view text, std::string_view why) {
    CAPTURE(text);
    const auto out = percent_decoded(text);
    REQUIRE(!out);
    CHECK(out.error().tag == "usage");
    CHECK(out.error().message.find(why) != std::string::npos);
    CHECK(out.error().remedy == "escape it once: % and two hex digits a byte of UTF-8");
  };
  for (const auto* text : {"%", "%4", "a%", "a%4", "%zz", "%4z", "%z4", "%%41", "%-1", "%+1", "% 1"})
    refused(text, "has a % without two hex digits");
  for (const auto* text : {"%FF", "%C3", "%C3%28", "%C0%AF", "%E0%80%AF", "%ED%A0%80", "%F4%90%80%80", "\xFF"})
    refused(text, "is not valid UTF-8");
  refused("a%00b", "has a NUL in it");
  // What is refused is shown so that a terminal and a log stand it.
  CHECK(percent_decoded("\x1b[2J\xFF").error().message.find('\x1b') == std::string::npos);
}

TEST_CASE("a key in a path is left as it is, unless all of it was escaped") {
  CHECK(key_of_path(":~a:b%3Ac:d").value() == ":~a:b%3Ac:d");
  CHECK(key_of_path("%3A~a%3Ab%253Ac%3Ad").value() == ":~a:b%3Ac:d");
  CHECK(key_of_path("%3a%7Ea%3ab").value() == ":~a:b");
  CHECK(key_of_path("[u@h]:~a:b").value() == "[u@h]:~a:b");
  CHECK(key_of_path("%5Bu%40h%5D%3A~a%3Ab").value() == "[u@h]:~a:b");
  CHECK(key_of_path("r_00112233445566778899aabbccddeeff").value() == "r_00112233445566778899aabbccddeeff");
  // Some of it escaped, by somebody on the way: what means the same either way is what it is.
  CHECK(key_of_path(":%7Ea:b").value() == ":~a:b");
  CHECK(key_of_path("%3A%7ea:b:c%2Dd%40e").value() == ":~a:b:c-d@e");
  CHECK(key_of_path("%5Bu%40h%5D:~a:b").value() == "[u@h]:~a:b");
  CHECK(key_of_path(":~a:b%3Ac%2Fd%25%20%C3%A9").value() == ":~a:b%3Ac%2Fd%25%20%C3%A9");
  CHECK(key_of_path(":~a:%4").value() == ":~a:%4");
  CHECK(!key_of_path("%3A~a%3A%FF"));
  CHECK(!key_of_path("%3A~a%3A%00"));
  CHECK(!key_of_path("%3A~a%3A%4"));
}
