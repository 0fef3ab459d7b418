// SPDX-License-Identifier: Apache-2.0
// The documents of HTTP, and what every format does with internal columns, readers that leave, and errors.
#include <doctest/doctest.h>

#include <algorithm>

#include "host/formats/formats.hpp"

using namespace tento;
using namespace tento::host;

namespace {

template <class Write>
std::string written(const Write& write) {
  std::string text;
  REQUIRE(write([&](std::string_view piece) {
    text += piece;
    return true;
  }));
  return text;
}

Output runs() {
  Output out;
  out.columns = {{.name = "id", .type = FieldType::integer}, {.name = "secret_us", .internal = true}, {.name = "x"}};
  out.records = {{std::int64_t{1}, std::int64_t{7}, std::string("a")}, {std::int64_t{2}, std::int64_t{8}, {}}};
  return out;
}

Output endless(std::size_t& visits, std::size_t error_at = SIZE_MAX) {
  Output out;
  out.columns = {{.name = "text"}};
  out.stream = [&visits, error_at](const RecordVisitor& visit) -> Result<void> {
    const std::string line(1000, 'x');
    const FieldView fields[] = {std::string_view(line)};
    for (; visits < 100'000; ++visits) {
      if (visits == error_at) return fail(ErrorCode::io, ErrorClass::transient, "disk gone");
      if (!visit(fields)) break;
    }
    return {};
  };
  return out;
}

}  // namespace

TEST_CASE("a list is an object with its name, the extras and what is wrong") {
  auto out = runs();
  out.extras = [] { return std::vector<std::pair<std::string, Json>>{{"next", Json{"\"c\""}}}; };
  const Shape shape{.list = "runs"};
  CHECK(written([&](const Sink& sink) { return write_json_document(out, shape, sink); }) ==
        "{\"runs\":[\n{\"id\":1,\"x\":\"a\"},\n{\"id\":2,\"x\":null}\n],\n\"next\":\"c\"}\n");
  out.extras = nullptr;
  out.records.clear();
  out.then = fail(ErrorCode::unspecified, ErrorClass::transient, "half of it", "partial").value();
  CHECK(written([&](const Sink& sink) { return write_json_document(out, shape, sink); }) ==
        "{\"runs\":[],\n\"problem\":{\"type\":\"/errors/partial\",\"title\":\"the result is not complete\",\"detail\":"
        "\"half of it\",\"code\":\"partial\",\"class\":\"transient\",\"retry_after\":null,\"action\":null}}\n");
}

TEST_CASE("a single record is its object, in a document with a list's name too") {
  auto out = runs();
  out.single = true;
  out.records.resize(1);
  const Shape shape{.list = "runs"};
  CHECK(written([&](const Sink& sink) { return write_json_document(out, shape, sink); }) == "{\"id\":1,\"x\":\"a\"}\n");
  out.then = fail(ErrorCode::unspecified, ErrorClass::transient, "half of it").value();
  CHECK(written([&](const Sink& sink) {
          return write_json_document(out, shape, sink);
        }).starts_with("{\"id\":1,\"x\":\"a\",\n\"problem\":{"));
}

TEST_CASE("no document shows an internal column") {
  const auto out = runs();
  CHECK(written([&](const Sink& sink) { return write_jsonl(out, sink); }) ==
        "{\"id\":1,\"x\":\"a\"}\n{\"id\":2,\"x\":null}\n");
  CHECK(written([&](const Sink& sink) { return write_csv(out, sink); }) == "id,x\r\n1,a\r\n2,\r\n");
  Output only;
  only.columns = {{.name = "n", .internal = true}};
  only.records = {{std::int64_t{1}}};
  CHECK(written([&](const Sink& sink) { return write_jsonl(only, sink); }) == "{}\n");
}

TEST_CASE("JSON lines stay lines, whatever white space stored JSON has") {
  Output out;
  out.columns = {{.name = "data", .type = FieldType::json}};
  out.records = {{Json{"{\n  \"a\": \"x\\ny\",\r\n  \"n\": 1.50\n}"}}};
  CHECK(written([&](const Sink& sink) { return write_jsonl(out, sink); }) ==
        "{\"data\":{   \"a\": \"x\\ny\",    \"n\": 1.50 }}\n");
  CHECK(written([&](const Sink& sink) { return write_json(out, {}, sink); }) ==
        "[\n{\"data\":{\n  \"a\": \"x\\ny\",\r\n  \"n\": 1.50\n}}\n]\n");
}

TEST_CASE("pieces are large and bounded, and a reader that left ends it") {
  for (int format = 0; format < 3; ++format) {
    std::size_t visits = 0, pieces = 0, largest = 0;
    const auto out = endless(visits);
    const Sink sink = [&](std::string_view piece) {
      largest = std::max(largest, piece.size());
      return ++pieces < 3;
    };
    const auto done = format == 0   ? write_json(out, {}, sink)
                      : format == 1 ? write_jsonl(out, sink)
                                    : write_csv(out, sink);
    CHECK(done);
    CHECK(pieces == 3);
    CHECK(visits < 300);
    CHECK(largest < 68'000);
    CHECK(largest > 60'000);
  }
}

TEST_CASE("an early error leaves nothing written; after a late one the reader has all there was") {
  for (const std::size_t at : {std::size_t{10}, std::size_t{100}}) {
    std::size_t visits = 0;
    std::string text;
    const auto out = endless(visits, at);
    const auto done = write_jsonl(out, [&](std::string_view piece) {
      text += piece;
      return true;
    });
    REQUIRE_FALSE(done);
    CHECK(done.error().message == "disk gone");
    CHECK(std::count(text.begin(), text.end(), '\n') == (at == 10 ? 0 : 100));
  }
}

TEST_CASE("only dated cells can be a calendar") {
  const auto done = write_calendar(runs(), [](std::string_view) { return true; });
  REQUIRE_FALSE(done);
  CHECK(done.error().code == ErrorCode::unsupported);
}
