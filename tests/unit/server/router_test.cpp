// SPDX-License-Identifier: Apache-2.0
// From methods and paths to operations; escapes.
#include "host/server/router.hpp"

#include <doctest/doctest.h>

namespace {

using tento::host::Media;
using tento::host::operations;
using tento::host::server::key_of_path;
using tento::host::server::percent_decoded;
using tento::host::server::Router;
using tento::host::server::Unrouted;

const Router& router() {
  static const Router made(operations());
  return made;
}

Unrouted missed(std::string_view method, std::string_view path) {
  auto found = router().find(method, path);
  REQUIRE(!found);
  return found.error();
}

}  // namespace

TEST_CASE("every operation is found by its own method and path, and by HEAD where it is a GET") {
  for (const auto& operation : operations()) {
    CAPTURE(operation.name());
    if (operation.http.path.empty()) continue;  // at the command line alone
    std::string path(operation.http.path);
    for (auto open = path.find('{'); open != std::string::npos; open = path.find('{'))
      path.replace(open, path.find('}') - open + 1, "x");
    const auto found = router().find(to_string(operation.http.method), path);
    REQUIRE(found);
    CHECK(found->operation == &operation);
    CHECK(!found->suffix);
    const auto head = router().find("HEAD", path);
    if (operation.http.method == tento::host::Method::get) {
      REQUIRE(head);
      CHECK(head->operation == &operation);
    }
  }
}

TEST_CASE("what stands in the path is a param, still escaped") {
  const auto found = router().find("GET", "/api/rows/:~a:b%3Ac/cells");
  REQUIRE(found);
  CHECK(found->operation->name() == "row get");
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
  // A param is what it is, whatever it ends in.
  const auto found = router().find("GET", "/api/providers/a.json");
  REQUIRE(found);
  CHECK(!found->suffix);
  CHECK(found->params.at(0).second == "a.json");
}

TEST_CASE("a path without that method says which it has") {
  const auto put = missed("PUT", "/api/rows/:~a:b:c/cells");
  CHECK(put.status == 405);
  CHECK(put.allow == "GET, HEAD, POST, PATCH, DELETE");
  CHECK(put.text.find("PUT") != std::string::npos);
  CHECK(missed("POST", "/api/providers").allow == "GET, HEAD");
  CHECK(missed("HEAD", "/api/rows/x/sync").allow == "POST");
  CHECK(missed("get", "/api/providers").status == 405);  // methods have their case (RFC 9110, 9.1)
}

TEST_CASE("a path that is not there names the nearest") {
  const auto near = missed("GET", "/api/provider");
  CHECK(near.status == 404);
  CHECK(near.allow.empty());
  CHECK(near.text == "there is no `/api/provider`; did you mean \"/api/providers\"?");
  for (const auto* path : {"", "/", "api/rows", "/api", "/api/", "/api/rows/", "/api/rows/a/b/cells", "/API/rows", "*",
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

TEST_CASE("broken escapes, bytes that are no UTF-8 and NUL are refused") {
  const auto refused = [](std::string_view text, std::string_view why) {
    CAPTURE(text);
    const auto out = percent_decoded(text);
    REQUIRE(!out);
    CHECK(out.error().tag == "usage");
    CHECK(out.error().message.find(why) != std::string::npos);
    CHECK(out.error().action == "escape it once: % and two hex digits a byte of UTF-8");
  };
  for (const auto* text : {"%", "%4", "a%", "a%4", "%zz", "%4z", "%z4", "%%41", "%-1", "%+1", "% 1"})
    refused(text, "has a % without two hex digits");
  for (const auto* text : {"%FF", "%C3", "%C3%28", "%C0%AF", "%E0%80%AF", "%ED%A0%80", "%F4%90%80%80", "\xFF"})
    refused(text, "is no UTF-8");
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
