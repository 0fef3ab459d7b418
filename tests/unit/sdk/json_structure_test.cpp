// SPDX-License-Identifier: Apache-2.0
// The structure of JSON by itself: what holds, and what breaks.
#include <doctest/doctest.h>

#include <string>
#include <tento/sdk/json_structure.hpp>

using tento::is_structured_json;

TEST_CASE("structure: one value, with spaces around it, holds, whatever its strings and numbers are") {
  for (const std::string json :
       {"{}", "[]", " [ ] ", "1", "\"\"", "null", R"({"a":1})", R"([1,"x",{"b":[true,false,null]},[]])",
        "\t{\r\n\"a\" : [ ] }\n", R"({"a":1e999,"b":tru,"c":-})", R"(["\ud800","a\"b","\\"])",
        R"({"a":{"b":{"c":[[[]]]}},"a":1})"}) {
    CAPTURE(json);
    CHECK(is_structured_json(json));
  }
}

TEST_CASE("structure: everything else breaks") {
  for (const std::string json : {"",
                                 " ",
                                 "{",
                                 "}",
                                 "[",
                                 "]",
                                 "{]",
                                 "[}",
                                 "[1",
                                 "[1,]",
                                 "[,1]",
                                 "[1 2]",
                                 "[1,,2]",
                                 R"({"a"})",
                                 R"({"a":})",
                                 R"({"a":1,})",
                                 R"({"a" 1})",
                                 R"({a:1})",
                                 R"({"a":1 "b":2})",
                                 R"({1:2})",
                                 R"(["a)",
                                 R"(["a\)",
                                 R"("a"])",
                                 "1 2",
                                 "{}{}",
                                 "[]x",
                                 ":",
                                 ",",
                                 R"({"a":[1}])",
                                 R"({"records":[{"a":1]],"next":"x"})"}) {
    CAPTURE(json);
    CHECK_FALSE(is_structured_json(json));
  }
}

TEST_CASE("structure: every beginning of a text is broken, and the text is not") {
  const std::string json = R"({"records":[{"id":"a","score":{"x":[1,2]}},5],"next_token":"b"})";
  for (std::size_t size = 0; size < json.size(); ++size) CHECK_FALSE(is_structured_json(json.substr(0, size)));
  CHECK(is_structured_json(json));
}
