// SPDX-License-Identifier: Apache-2.0
// What marks in texts become, for each face.
#include "host/operations/wording.hpp"

#include <doctest/doctest.h>

namespace {

using namespace tento::host;

std::string for_command_line(std::string_view text, const Operation* operation = nullptr) {
  return in_words_of(Face::command_line, text, operation);
}
std::string for_http(std::string_view text, const Operation* operation = nullptr) {
  return in_words_of(Face::http, text, operation);
}

}  // namespace

TEST_CASE("an operation is a command or a request") {
  CHECK(for_command_line("see {op:run list}, then go on") == "see `tento run list`, then go on");
  CHECK(for_http("see {op:run list}, then go on") == "see `GET /api/runs`, then go on");
  CHECK(for_command_line("{op:row sync :~a:b:c}") == "`tento row sync :~a:b:c`");
  CHECK(for_http("{op:row sync :~a:b:c}") == "`POST /api/rows/:~a:b:c/sync`");
  CHECK(for_command_line("{op:row list provider=git}") == "`tento row list --provider git`");
  CHECK(for_http("{op:row list provider=git}") == "`GET /api/rows?provider=git`");
  CHECK(for_command_line("{op:doctor deep}") == "`tento doctor --deep`");
  CHECK(for_http("{op:doctor deep}") == "`GET /api/doctor?deep=true`");
  CHECK(for_command_line("{op:token create name=NAME}") == "`tento token create --name NAME`");
  CHECK(for_http("{op:token create name=NAME}") == "`POST /api/tokens {name: NAME}`");
  // What is about files of the caller has no way over HTTP.
  CHECK(for_http("{op:store restore FILE}") == "`tento store restore FILE`");
  CHECK(for_command_line("{op:store restore FILE}") == "`tento store restore FILE`");
}

TEST_CASE("a parameter is an option, a name or a header") {
  const auto* list = find_operation("row", "get");
  const auto* write = find_operation("row", "patch");
  REQUIRE(list != nullptr);
  REQUIRE(write != nullptr);
  CHECK(for_command_line("{param:limit} is 0", list) == "--limit is 0");
  CHECK(for_http("{param:limit} is 0", list) == "limit is 0");
  CHECK(for_command_line("{param:key} is missing", list) == "KEY is missing");
  CHECK(for_http("{param:key} is missing", list) == "key is missing");
  CHECK(for_command_line("{param:body} is missing", write) == "--body-file is missing");
  CHECK(for_http("{param:body} is missing", write) == "body is missing");
  CHECK(for_command_line("{param:if-version}", write) == "--if-version");
  CHECK(for_http("{param:if-version}", write) == "If-Match");
  CHECK(for_command_line("{param:anything}") == "--anything");
  CHECK(for_http("{param:anything}") == "anything");
}

TEST_CASE("help is where the parameters are described") {
  CHECK(for_command_line("see {help:row get}") == "see `tento row get --help`");
  CHECK(for_http("see {help:row get}") == "see /openapi.json");
}

TEST_CASE("what is no mark stays as it is") {
  for (const auto* text : {"", "{", "}", "{}", "{op}", "{op:", "{op:}", "{op:row fly}", "{x:row get}", "{authId}",
                           "a {b", ":~garmin:{authId}:sleep", "{op:run list one two}"}) {
    CAPTURE(text);
    CHECK(for_command_line(text) == text);
    CHECK(for_http(text) == text);
  }
  CHECK(for_command_line("{{op:run list}}") == "{`tento run list`}");
}

TEST_CASE("values may be any text") {
  const std::string odd = "a b{c}%41=d";
  CHECK(mark_value("me@example.org") == "me@example.org");
  CHECK(for_command_line("{op:row list account=" + mark_value(odd) + "}") == "`tento row list --account " + odd + "`");
}

TEST_CASE("errors and outputs are put in words as a whole") {
  tento::Error error;
  error.message = "no {param:limit}";
  error.remedy = "see {op:run list}";
  const auto said = in_words_of(Face::http, error);
  CHECK(said.message == "no limit");
  CHECK(said.remedy == "see `GET /api/runs`");
  Output output;
  output.notes = {"see {op:run list}"};
  output.then = error;
  put_in_words_of(Face::command_line, output);
  CHECK(output.notes.front() == "see `tento run list`");
  CHECK(output.then->message == "no --limit");
}
