// SPDX-License-Identifier: Apache-2.0
// Settings of an account by name and type.
#include <doctest/doctest.h>

#include <string>
#include <utility>

#include <tento/sdk/settings.hpp>

using namespace tento;

namespace {

template <class T>
std::string error_of(const Result<T>& result) {
  return result ? "" : result.error().message;
}

}  // namespace

TEST_CASE("settings: each type is read by its getter, and absence is no error") {
  auto parsed = Settings::parse(
      R"({"name":"a \"b\"","count":-3,"ratio":0.5,"on":true,"tags":["x","y"],"none":null,"empty":"","no_tags":[]})");
  REQUIRE(parsed);
  const Settings settings = std::move(*parsed);  // it stays valid where it goes
  CHECK(*settings.string("name") == "a \"b\"");
  CHECK(*settings.integer("count") == -3);
  CHECK(*settings.number("ratio") == 0.5);
  CHECK(*settings.number("count") == -3.0);
  CHECK(*settings.boolean("on") == true);
  CHECK(*settings.list("tags") == std::vector<std::string>{"x", "y"});
  CHECK(settings.list("no_tags")->empty());
  for (const char* name : {"absent", "none"}) {
    CAPTURE(name);
    REQUIRE(settings.string(name));
    CHECK_FALSE(settings.string(name)->has_value());
    CHECK_FALSE(settings.integer(name)->has_value());
    CHECK_FALSE(settings.number(name)->has_value());
    CHECK_FALSE(settings.boolean(name)->has_value());
    CHECK(settings.list(name)->empty());
  }
  CHECK(*settings.required_string("name") == "a \"b\"");
  for (const char* name : {"absent", "none", "empty"})
    CHECK(error_of(settings.required_string(name)) ==
          "the setting '" + std::string(name) + "' is missing; set it on the account");
}

TEST_CASE("settings: another type is an error that names the setting and what it should be, never its value") {
  const auto settings = Settings::parse(R"({"a":"hunter2","b":1.5,"c":["x",1],"d":18446744073709551615})");
  REQUIRE(settings);
  CHECK(error_of(settings->string("b")) == "the setting 'b' is not a text; correct it on the account");
  CHECK(error_of(settings->required_string("b")) == "the setting 'b' is not a text; correct it on the account");
  CHECK(error_of(settings->integer("a")) == "the setting 'a' is not a whole number; correct it on the account");
  CHECK(error_of(settings->integer("b")) == "the setting 'b' is not a whole number; correct it on the account");
  CHECK(error_of(settings->integer("d")) == "the setting 'd' is not a whole number; correct it on the account");
  CHECK(error_of(settings->number("a")) == "the setting 'a' is not a number; correct it on the account");
  CHECK(error_of(settings->boolean("a")) == "the setting 'a' is not true or false; correct it on the account");
  CHECK(error_of(settings->list("a")) == "the setting 'a' is not a list of texts; correct it on the account");
  CHECK(error_of(settings->list("c")) == "the setting 'c' is not a list of texts; correct it on the account");
  CHECK(settings->list("c").error().error_class == ErrorClass::config);
}

TEST_CASE("settings: escapes, blanks, nested values that nobody reads, and the edges of numbers") {
  const auto settings = Settings::parse(
      " {\"a\" : \"\\u00e9\\ud83d\\ude00\\n\\/\" , "
      "\"o\":{\"x\":[1,{\"y\":null}]},\"most\":9223372036854775807,"
      "\"small\":-0.5e-3,\"a\":\"second\",\"\\u0062\":true,\"mixed\":[[],\"x\"]}\n");
  REQUIRE(settings);
  CHECK(*settings->string("a") == "\xc3\xa9\xf0\x9f\x98\x80\n/");
  CHECK(*settings->integer("most") == INT64_MAX);
  CHECK(*settings->number("small") == -0.0005);
  CHECK(*settings->boolean("b") == true);
  CHECK(error_of(settings->string("o")) == "the setting 'o' is not a text; correct it on the account");
  CHECK(error_of(settings->list("mixed")) == "the setting 'mixed' is not a list of texts; correct it on the account");
}

TEST_CASE("settings: what is not a JSON object is refused") {
  for (const char* text : {"",
                           "[]",
                           "\"a\"",
                           "{",
                           "{\"a\":}",
                           "nonsense",
                           "{} x",
                           "{\"a\":1,}",
                           "{\"a\":01}",
                           "{\"a\":1.}",
                           "{\"a\":+1}",
                           "{\"a\":\"\\x\"}",
                           "{\"a\":\"\\ud800\"}",
                           "{\"a\":\"\\udc00\"}",
                           "{\"a\":\"\n\"}",
                           "{\"a\":tru}",
                           "{a:1}",
                           "{'a':1}",
                           "{\"a\":[1,]}",
                           "{\"a\":NaN}",
                           "{\"a\":1e}",
                           "{\"a\":\"b}",
                           "{\"a\":1e400}",
                           "{\"a\" 1}"}) {
    CAPTURE(text);
    const auto settings = Settings::parse(text);
    REQUIRE_FALSE(settings);
    CHECK(settings.error().message == "the account's settings are not a JSON object");
    CHECK(settings.error().error_class == ErrorClass::config);
  }
}
