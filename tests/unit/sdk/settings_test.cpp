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

TEST_CASE("settings: what is no JSON object is refused") {
  for (const char* text : {"", "[]", "\"a\"", "{", "{\"a\":}", "nonsense"}) {
    CAPTURE(text);
    const auto settings = Settings::parse(text);
    REQUIRE_FALSE(settings);
    CHECK(settings.error().message == "the account's settings are no JSON object");
    CHECK(settings.error().error_class == ErrorClass::config);
  }
}
