// SPDX-License-Identifier: Apache-2.0
// JSON that is written value by value.
#include <doctest/doctest.h>

#include <string>

#include "host/base/json.hpp"

using namespace tento::host;

TEST_CASE("objects and arrays have commas between their values and nowhere else") {
  std::string out = "x";
  JsonWriter json(out);
  json.begin_object().member("a", 1).member("b", true).key("c").begin_array();
  json.number(-2).null().begin_object().end_object().text("t").end_array();
  json.key("d").begin_object().end_object().member("e", "f").end_object();
  CHECK(out == R"(x{"a":1,"b":true,"c":[-2,null,{},"t"],"d":{},"e":"f"})");
}

TEST_CASE("texts are escaped as RFC 8259 wants it, names too") {
  std::string out;
  JsonWriter(out).begin_object().member("a\"b", "line\nend\\ \x01 \xc3\xa9").end_object();
  CHECK(out == "{\"a\\\"b\":\"line\\nend\\\\ \\u0001 \xc3\xa9\"}");
}

TEST_CASE("an empty text is null where that is asked for, and JSON goes in as it is") {
  std::string out;
  JsonWriter json(out);
  json.begin_object().member_or_null("a", "").member_or_null("b", "x").key("c").raw("[1, 2]").key("d").value() += "3";
  json.end_object();
  CHECK(out == R"({"a":null,"b":"x","c":[1, 2],"d":3})");
}
