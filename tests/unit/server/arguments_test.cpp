// SPDX-License-Identifier: Apache-2.0
// What a request says about params: in its path, query, headers and body.
#include "host/server/arguments.hpp"

#include <doctest/doctest.h>

#include <map>

namespace {

using tento::Error;
using tento::Result;
using tento::host::Args;
using tento::host::Method;
using tento::host::Operation;
using tento::host::Param;
using tento::host::ParamType;
using tento::host::RawArgs;
using tento::host::server::arguments_of;
using tento::host::server::PathParams;
using tento::host::server::Peer;
using tento::host::server::preferred_wait_s;
using tento::host::server::Request;
using Fields = std::map<std::string, std::string, std::less<>>;
using Values = RawArgs::Texts;

struct Asked {
  std::string method = "GET";
  std::string target = "/t";
  std::string body = {};
  Fields fields = {};
  Peer peer = {};
  [[nodiscard]] Request request() const {
    return {method, target, body, peer, &fields, [](const void* all, std::string_view name) -> std::string_view {
              const auto& map = *static_cast<const Fields*>(all);
              const auto it = map.find(name);
              return it == map.end() ? std::string_view() : std::string_view(it->second);
            }};
  }
};

Operation operation_of(Method method, std::vector<Param> params) {
  Operation out;
  out.noun = "thing";
  out.verb = "do";
  out.params = std::move(params);
  out.http = {method, "/api/things/{key}"};
  return out;
}

Param param(std::string_view name, ParamType type = ParamType::text, std::string_view header = {}) {
  Param out;
  out.name = name;
  out.type = type;
  out.header = header;
  out.positional = out.required = name == "key";
  return out;
}

const Operation& reading() {
  static const auto made =
      operation_of(Method::get, {param("key"), param("limit", ParamType::integer), param("from", ParamType::time),
                                 param("all", ParamType::flag), param("tags", ParamType::list),
                                 param("match", ParamType::text, "If-Match")});
  return made;
}

const Operation& writing() {
  static const auto made = operation_of(
      Method::post, {param("key"), param("name"), param("count", ParamType::integer), param("force", ParamType::flag),
                     param("settings", ParamType::list), param("secret", ParamType::secret),
                     param("idempotency_key", ParamType::text, "Idempotency-Key")});
  return made;
}

const Operation& taking() {
  static const auto made =
      operation_of(Method::post, {param("key"), param("body", ParamType::input), param("date", ParamType::time)});
  return made;
}

Result<RawArgs> raw(const Operation& operation, const Asked& asked) {
  const auto request = asked.request();
  PathParams params;
  params.add("key", ":~a:b");
  return arguments_of(request, operation, params);
}

// As the server does: texts, then types.
Result<Args> args(const Operation& operation, const Asked& asked) {
  auto texts = raw(operation, asked);
  if (!texts) return tento::fail(texts.error());
  return parse_args(operation, *texts);
}

Error refused(const Operation& operation, const Asked& asked) {
  const auto out = args(operation, asked);
  REQUIRE(!out);
  CHECK(out.error().tag == "usage");
  CHECK(!out.error().remedy.empty());
  return out.error();
}

Error refused_body(std::string body) {
  return refused(writing(), {.method = "POST", .body = std::move(body)});
}

}  // namespace

TEST_CASE("params of the path, the query and the headers") {
  const auto got = raw(
      reading(), {.target = "/t?limit=3&from=ym-2026-04&all&tags=a&tags=b%26c&&", .fields = {{"If-Match", "\"7\""}}});
  REQUIRE(got);
  CHECK(got->at("key") == Values{":~a:b"});
  CHECK(got->at("limit") == Values{"3"});
  CHECK(got->at("all").empty());
  CHECK(got->at("tags") == Values{"a", "b&c"});
  CHECK(got->at("match") == Values{"\"7\""});  // what tags mean is for the operation
  CHECK(args(reading(), {.target = "/t?limit=3&all=true"})->integer("limit") == 3);
}

TEST_CASE("what says something of the form alone is no param") {
  using tento::host::server::wants_safe_csv;
  CHECK_FALSE(raw(reading(), {.target = "/t?csv_safe=true&limit=3"})->contains("csv_safe"));
  CHECK(wants_safe_csv("limit=3&csv_safe=true").value());
  CHECK(wants_safe_csv("csv_safe").value());
  CHECK(!wants_safe_csv("csv_safe=false&limit=3").value());
  CHECK(!wants_safe_csv("xcsv_safe=true").value());
  CHECK(wants_safe_csv("csv_safe=maybe").error().tag == "usage");
}

TEST_CASE("a plus in a query is a plus, since instants have them") {
  const auto got = raw(reading(), {.target = "/t?from=2026-04-01T10:00:00+02:00"});
  REQUIRE(got);
  CHECK(got->at("from") == Values{"2026-04-01T10:00:00+02:00"});
  CHECK(args(reading(), {.target = "/t?from=2026-04-01T10:00:00+02:00"}));
}

TEST_CASE("a flag is there, true or false") {
  for (const auto* yes : {"all", "all=", "all=true", "all=1"})
    CHECK(args(reading(), {.target = std::string("/t?") + yes})->flag("all"));
  for (const auto* no : {"all=false", "all=0", "limit=1"})
    CHECK(!args(reading(), {.target = std::string("/t?") + no})->flag("all"));
  CHECK(refused(reading(), {.target = "/t?all=maybe"}).message == "\"all\" is true or false, not `maybe`");
}

TEST_CASE("an unknown name is refused, with the nearest") {
  CHECK(refused(reading(), {.target = "/t?limt=3"}).message == "unknown parameter \"limt\"; did you mean \"limit\"?");
  CHECK(refused(reading(), {.target = "/t?=3"}).message == "unknown parameter \"\"");
  CHECK(refused(writing(), {.method = "POST", .body = R"({"nme":"x"})"}).message ==
        "unknown parameter \"nme\"; did you mean \"name\"?");
}

TEST_CASE("a name that is given twice is refused") {
  CHECK(refused(reading(), {.target = "/t?limit=3&limit=4"}).message == "{param:limit} is given more than once");
  CHECK(refused(reading(), {.target = "/t?key=x"}).message == "\"key\" stands in the path already");
  CHECK(refused(writing(), {.method = "POST", .target = "/t?name=a", .body = R"({"name":"b"})"}).message ==
        "the body says \"name\" again");
  CHECK(refused_body(R"({"name":"a","name":"b"})").message == "the body says \"name\" again");
  CHECK(refused_body(R"({"key":"x"})").message == "the body says \"key\" again");
  CHECK(refused_body(R"({"name":["a","b"]})").message == "{param:name} is given more than once");
}

TEST_CASE("broken escapes and values are refused") {
  CHECK(refused(reading(), {.target = "/t?tags=%4"}).message.find("without two hex digits") != std::string::npos);
  CHECK(refused(reading(), {.target = "/t?%FF=1"}).message.find("not valid UTF-8") != std::string::npos);
  CHECK(refused(reading(), {.target = "/t?tags=a%00"}).message.find("NUL") != std::string::npos);
  for (const auto* text : {"limit=", "limit=x", "limit=-1", "limit=99999999999999999999", "from=ym-2026-13",
                           "from=2026-02-30T00:00:00Z", "from=yesterday"}) {
    CAPTURE(text);
    refused(reading(), {.target = std::string("/t?") + text});
  }
}

TEST_CASE("a JSON body has the params as members") {
  const auto got =
      raw(writing(),
          {.method = "POST", .body = R"({"name":"x\u00e9","count":3,"force":true,"secret":"s","settings":null})"});
  REQUIRE(got);
  CHECK(got->at("name") == Values{"x\xC3\xA9"});
  CHECK(got->at("count") == Values{"3"});
  CHECK(got->contains("force"));
  CHECK(got->at("secret") == Values{"s"});
  CHECK_FALSE(got->contains("settings"));
  CHECK_FALSE(raw(writing(), {.method = "POST", .body = R"({"force":false})"})->contains("force"));
  CHECK(raw(writing(), {.method = "POST"}));
}

TEST_CASE("a list in a body is an array, or an object of name=value") {
  CHECK(raw(writing(), {.method = "POST", .body = R"({"settings":["a=1","b"]})"})->at("settings") ==
        Values{"a=1", "b"});
  CHECK(raw(writing(), {.method = "POST", .body = R"({"settings":{"a":1,"b":"x","c":true}})"})->at("settings") ==
        Values{"a=1", "b=x", "c=true"});
  CHECK(raw(writing(), {.method = "POST", .body = R"({"settings":"a=1"})"})->at("settings") == Values{"a=1"});
  refused_body(R"({"settings":[["a"]]})");
  refused_body(R"({"settings":{"a":{"b":1}}})");
}

TEST_CASE("a body that is none is refused in plain words") {
  const std::string begin = "the body ";
  CHECK(refused_body("{").message.starts_with(begin + "is not valid JSON: "));
  CHECK(refused_body("name=x").message.starts_with(begin + "is not valid JSON: "));
  CHECK(refused_body(R"({"name":"x"} x)").message.starts_with(begin + "is not valid JSON: "));
  CHECK(refused_body("{\"name\":\"\xFF\"}").message.starts_with(begin + "is not valid JSON: "));
  CHECK(refused_body(" ").message.starts_with(begin + "is not valid JSON"));
  for (const auto* text : {"[]", "null", "3", "\"x\"", "true"})
    CHECK(refused_body(text).message == begin + "is not a JSON object");
  for (const auto* text : {R"({"name":{}})", R"({"name":{"a":1}})"})
    CHECK(refused_body(text).message == begin + "has neither a text nor a number in \"name\"");
  CHECK(refused_body(R"({"force":"yes"})").message == begin + "has neither true nor false in \"force\"");
  const std::string deep(5000, '[');
  CHECK(refused_body("{\"name\":" + deep).message.starts_with(begin + "is not valid JSON: "));
  CHECK(refused_body("{\"name\":" + deep + std::string(5000, ']') + "}")
            .message.starts_with(begin + "is not valid JSON: "));
}

TEST_CASE("no error repeats a secret, and a URL has none") {
  const auto in_url = refused(writing(), {.method = "POST", .target = "/t?secret=hush-hush"});
  CHECK(in_url.message.find("hush-hush") == std::string::npos);
  CHECK(in_url.message == "\"secret\" is a secret, and what stands in a URL is written down on its way");
  CHECK(in_url.remedy == "put it into the body");
  for (const auto* body :
       {R"({"secret":"hush-hush")", R"({"secret":{"x":"hush-hush"}})", R"({"secret":"hush-hush","secret":"hush-hush"})",
        R"({"secret":["hush-hush","hush-hush"]})"}) {
    CAPTURE(body);
    const auto error = refused_body(body);
    CHECK(error.message.find("hush-hush") == std::string::npos);
    CHECK(error.remedy.find("hush-hush") == std::string::npos);
  }
}

TEST_CASE("an input takes the whole body as it is") {
  const auto got = raw(taking(), {.method = "POST", .target = "/t?date=ymd-2026-04-29", .body = "{no json"});
  REQUIRE(got);
  CHECK(got->at("body") == Values{"{no json"});
  CHECK(got->at("date") == Values{"ymd-2026-04-29"});
}

TEST_CASE("headers are params where the table says so") {
  CHECK(raw(writing(), {.method = "POST", .fields = {{"Idempotency-Key", "k1"}}})->at("idempotency_key") ==
        Values{"k1"});
  CHECK_FALSE(raw(writing(), {.method = "POST", .fields = {{"name", "x"}}})->contains("name"));
}

TEST_CASE("Prefer: wait is how long the client waits") {
  const auto wait = [](std::string prefer) {
    const Asked asked{.fields = {{"Prefer", std::move(prefer)}}};
    return preferred_wait_s(asked.request());
  };
  CHECK(wait("wait=5") == 5);
  CHECK(wait("respond-async, wait=10") == 10);
  CHECK(wait("respond-async;x=y, Wait=10 ") == 10);
  CHECK(wait("wait=0") == 0);
  CHECK(wait("wait=100000") == 3600);
  for (const auto* none : {"", "wait", "wait=", "wait=x", "wait=-1", "wait=5s", "wait=99999999999999999999", "await=5",
                           "handling=lenient"}) {
    CAPTURE(none);
    CHECK(!wait(none));
  }
}

TEST_CASE("a target in the absolute form is the path behind its authority, which names the server") {
  struct Form {
    const char* target;
    std::string_view path, query, host;
  };
  for (const auto& form : {Form{"/a/b?c", "/a/b", "c", "field"}, Form{"http://h:1/a/b?c", "/a/b", "c", "h:1"},
                           Form{"https://h/", "/", "", "h"}, Form{"http://h", "/", "", "h"},
                           Form{"http://h?c", "/", "c", "h"}, Form{"/http://h/a", "/http://h/a", "", "field"}}) {
    CAPTURE(form.target);
    Asked asked;
    asked.target = form.target;
    asked.fields = {{"Host", "field"}};
    const auto request = asked.request();
    CHECK(request.path() == form.path);
    CHECK(request.query() == form.query);
    CHECK(request.host() == form.host);
  }
}
