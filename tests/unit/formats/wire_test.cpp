// SPDX-License-Identifier: Apache-2.0
// Outputs over the wire and back: the same columns, values, texts, extras and errors; what breaks off is an error.
#include "host/formats/wire.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstring>

#include "host/formats/formats.hpp"

using namespace tento;
using namespace tento::host;

namespace {

std::string encoded(const Output& output) {
  std::string text;
  encode_output(output, [&](std::string_view piece) {
    text += piece;
    return true;
  });
  return text;
}

// Gives the text in steps of a size, then ends.
ByteSource source_of(std::string text, std::size_t step = 1 << 20) {
  return [text = std::move(text), at = std::size_t{0}, step](char* buffer, std::size_t size) mutable {
    const auto n = std::min({size, step, text.size() - at});
    std::memcpy(buffer, text.data() + at, n);
    at += n;
    return Result<std::size_t>(n);
  };
}

// The records with what they hold, so that they outlive the stream.
Result<std::vector<Record>> records_of(const Output& output, std::size_t most = SIZE_MAX) {
  std::vector<Record> all;
  struct Keep {
    Field operator()(std::monostate) const { return {}; }
    Field operator()(bool b) const { return b; }
    Field operator()(std::int64_t n) const { return n; }
    Field operator()(std::string_view s) const { return std::string(s); }
    Field operator()(JsonView j) const { return Json{std::string(j.text)}; }
    Field operator()(std::span<const std::string> l) const { return std::vector<std::string>(l.begin(), l.end()); }
  };
  auto done = for_each_record(output, [&](std::span<const FieldView> views) {
    Record record;
    for (const auto& view : views) record.push_back(std::visit(Keep{}, view));
    all.push_back(std::move(record));
    return all.size() < most;
  });
  if (!done) return fail(std::move(done).error());
  return all;
}

bool same(const Field& a, const Field& b) {
  if (a.index() != b.index()) return false;
  if (const auto* json = std::get_if<Json>(&a)) return json->text == std::get<Json>(b).text;
  return std::visit(
      [&](const auto& value) {
        using T = std::decay_t<decltype(value)>;
        if constexpr (std::is_same_v<T, Json>)
          return false;
        else
          return value == std::get<T>(b);
      },
      a);
}

Error full_error() {
  Error e;
  e.code = ErrorCode::rate_limited;
  e.error_class = ErrorClass::rate_limit;
  e.message = "too \"many\"\nrequests";
  e.tag = "slow_down";
  e.remedy = "wait";
  e.retry_after_ms = 1500;
  e.http_status = 429;
  e.stopped = true;
  return e;
}

Output full() {
  Output out;
  out.columns = {{.name = "te\"xt", .type = FieldType::time, .nullable = true},
                 {.name = "n", .type = FieldType::integer, .count_in_table = true},
                 {.name = "b", .type = FieldType::boolean, .only_in_data = true},
                 {.name = "j",
                  .type = FieldType::json,
                  .internal = true,
                  .parts = {{"/a", "A", PartRole::value, "s"}, {"/b/0", "", PartRole::none}}},
                 {.name = "l", .type = FieldType::list}};
  out.list_name = "cells";
  out.calendar = CalendarInfo{"id", "na\nme", 77};
  out.notes = {"one", "two \xc3\xbc"};
  out.then = full_error();
  out.records = {
      {std::string("a\"b\\\n\xc3\xbc\u2028"), INT64_MIN, true, Json{"{\"a\": 1.50,\n \"b\":[\"\\u00fc\"] }"},
       std::vector<std::string>{"x", "y,\"z"}},
      {std::string(), INT64_MAX, false, Json{"12345678901234567890123e400"}, std::vector<std::string>{}},
      {{}, {}, {}, {}, {}},
      {std::string("null"), std::int64_t{0}, true, Json{"null"}, std::vector<std::string>{""}},
      {std::string("{\"end\":1}"), std::int64_t{0}, true, Json{"\"text\""}, {}},
      {{}, {}, {}, Json{""}, {}},
      {{}, {}, {}, Json{"[true, false]"}, {}},
  };
  out.extras = [] {
    return std::vector<std::pair<std::string, Json>>{{"cover\"age", Json{"[{\"a\": 1.0}]"}}, {"none", Json{"null"}}};
  };
  return out;
}

}  // namespace

TEST_CASE("an output comes back as it was, however its bytes are cut") {
  const auto before = full();
  const auto text = encoded(before);
  for (const std::size_t step : {std::size_t{1}, std::size_t{7}, std::size_t{1} << 20}) {
    auto after = decode_output(source_of(text, step), nullptr);
    REQUIRE(after);
    REQUIRE(after->columns.size() == before.columns.size());
    for (std::size_t i = 0; i < before.columns.size(); ++i) {
      const auto &a = before.columns[i], &b = after->columns[i];
      CHECK(a.name == b.name);
      CHECK(a.type == b.type);
      CHECK(a.nullable == b.nullable);
      CHECK(a.count_in_table == b.count_in_table);
      CHECK(a.only_in_data == b.only_in_data);
      CHECK(a.internal == b.internal);
      REQUIRE(a.parts.size() == b.parts.size());
      for (std::size_t p = 0; p < a.parts.size(); ++p) {
        CHECK(a.parts[p].pointer == b.parts[p].pointer);
        CHECK(a.parts[p].title == b.parts[p].title);
        CHECK(a.parts[p].role == b.parts[p].role);
        CHECK(a.parts[p].unit == b.parts[p].unit);
      }
    }
    CHECK(after->list_name == "cells");
    CHECK_FALSE(after->single);
    CHECK_FALSE(after->text);
    CHECK(after->notes == before.notes);
    CHECK(after->then == before.then);
    REQUIRE(after->calendar);
    CHECK(after->calendar->id == "id");
    CHECK(after->calendar->name == "na\nme");
    CHECK(after->calendar->refresh_s == 77);
    const auto records = records_of(*after);
    REQUIRE(records);
    REQUIRE(records->size() == before.records.size());
    for (std::size_t r = 0; r < records->size(); ++r)
      for (std::size_t f = 0; f < before.columns.size(); ++f) {
        CAPTURE(r);
        CAPTURE(f);
        auto expected = before.records[r][f];
        // It travels on one line.
        if (auto* json = std::get_if<Json>(&expected)) std::replace(json->text.begin(), json->text.end(), '\n', ' ');
        CHECK(same((*records)[r][f], expected));
      }
    const auto extras = after->extras();
    REQUIRE(extras);
    REQUIRE(extras->size() == 2);
    CHECK((*extras)[0].first == "cover\"age");
    CHECK((*extras)[0].second.text == "[{\"a\": 1.0}]");
    CHECK((*extras)[1].second.text == "null");
  }
}

TEST_CASE("every format is the same on both sides") {
  auto before = full();
  before.records.erase(before.records.begin());  // its JSON has a line end
  const auto text = encoded(before);
  const auto both = [&](const auto& write) {
    std::string here, there;
    REQUIRE(write(before, [&](std::string_view piece) { return here += piece, true; }));
    auto after = decode_output(source_of(text), nullptr);
    REQUIRE(after);
    REQUIRE(write(*after, [&](std::string_view piece) { return there += piece, true; }));
    CHECK(here == there);
  };
  both([](const Output& o, const Sink& sink) { return write_json(o, o.list_name, sink); });
  both([](const Output& o, const Sink& sink) { return write_jsonl(o, sink); });
  both([](const Output& o, const Sink& sink) { return write_csv(o, sink); });
  both([](const Output& o, const Sink& sink) { return write_calendar(o, sink); });
}

TEST_CASE("a single record, and an output without anything") {
  Output one;
  one.single = true;
  one.columns = {{.name = "x"}};
  one.records = {{std::string("y")}};
  auto after = decode_output(source_of(encoded(one)), nullptr);
  REQUIRE(after);
  CHECK(after->single);
  CHECK(records_of(*after)->size() == 1);
  auto nothing = decode_output(source_of(encoded(Output{})), nullptr);
  REQUIRE(nothing);
  CHECK(nothing->columns.empty());
  CHECK(records_of(*nothing)->empty());
  CHECK(nothing->extras()->empty());
  CHECK_FALSE(nothing->then);
  CHECK_FALSE(nothing->calendar);
}

TEST_CASE("a text of its own comes back byte for byte") {
  Output out;
  const std::string text = "{\"a\":1}\n\xc3\xbc\t\"\\\n";
  out.text = [&](const TextVisitor& visit) -> Result<void> {
    if (visit(text)) visit("last");
    return {};
  };
  auto after = decode_output(source_of(encoded(out)), nullptr);
  REQUIRE(after);
  REQUIRE((after->text != nullptr));
  std::string got;
  REQUIRE(after->text([&](std::string_view piece) { return got += piece, true; }));
  CHECK(got == text + "last");
}

TEST_CASE("progress comes before the header, and an error may stand in its place") {
  std::string text;
  const Sink sink = [&](std::string_view piece) { return text += piece, true; };
  encode_progress({"stage\n1", 3, 10, "reading", false}, sink);
  encode_progress({"stage2", 4, 0, "", true}, sink);
  encode_error(full_error(), sink);
  CHECK(std::count(text.begin(), text.end(), '\n') == 3);
  std::vector<Progress> seen;
  const auto after = decode_output(source_of(text), [&](const Progress& p) { seen.push_back(p); });
  REQUIRE_FALSE(after);
  CHECK(after.error() == full_error());
  REQUIRE(seen.size() == 2);
  CHECK(seen[0].stage == "stage\n1");
  CHECK(seen[0].done == 3);
  CHECK(seen[0].total == 10);
  CHECK(seen[0].text == "reading");
  CHECK_FALSE(seen[0].ended);
  CHECK(seen[1].ended);
}

TEST_CASE("a stream that fails in the middle fails in the middle") {
  Output out;
  out.columns = {{.name = "x"}};
  out.stream = [](const RecordVisitor& visit) -> Result<void> {
    const FieldView fields[] = {std::string_view("y")};
    visit(fields);
    return fail(full_error());
  };
  auto after = decode_output(source_of(encoded(out)), nullptr);
  REQUIRE(after);
  std::size_t seen = 0;
  const auto done = after->stream([&](std::span<const FieldView>) { return ++seen, true; });
  CHECK(seen == 1);
  REQUIRE_FALSE(done);
  CHECK(done.error() == full_error());
  out.stream = nullptr;
  out.extras = []() -> Result<std::vector<std::pair<std::string, Json>>> { return fail(full_error()); };
  after = decode_output(source_of(encoded(out)), nullptr);
  REQUIRE(after);
  // Whoever asks for what comes after the records is told.
  CHECK_FALSE(records_of(*after));
}

TEST_CASE("an answer that breaks off anywhere is an error that says so") {
  const auto text = encoded(full());
  for (std::size_t n = 0; n < text.size(); ++n) {
    CAPTURE(n);
    auto after = decode_output(source_of(text.substr(0, n)), nullptr);
    if (!after) {
      CHECK(after.error().tag == "host_gone");
      continue;
    }
    const auto records = records_of(*after);
    REQUIRE_FALSE(records);
    CHECK(records.error().tag == "host_gone");
    CHECK(records.error().error_class == ErrorClass::transient);
  }
}

TEST_CASE("a source that fails, and what is no answer") {
  const auto broken = decode_output(
      [](char*, std::size_t) -> Result<std::size_t> { return fail(ErrorCode::io, ErrorClass::transient, "reset"); },
      nullptr);
  REQUIRE_FALSE(broken);
  CHECK(broken.error().message == "reset");
  for (const auto* text : {"HTTP/1.1 400\r\n", "\n", "[]\n", "{}\n", "{\"end\":{}}\n", "{\"output\":1}\n", "\xff\n"}) {
    const auto after = decode_output(source_of(text), nullptr);
    REQUIRE_FALSE(after);
    CHECK(after.error().message.find("cannot be read") != std::string::npos);
  }
  const std::string head = encoded(Output{}).substr(0, encoded(Output{}).find('\n') + 1);
  for (const auto* line :
       {"[1.5]\n", "[[1]]\n", "[\n", "{}\n", "nothing\n", "[tru]\n", "{\"end\":{\"extras\":{\"a\":1}}}\n"}) {
    CAPTURE(line);
    auto after = decode_output(source_of(head + line), nullptr);
    REQUIRE(after);
    const auto records = records_of(*after);
    REQUIRE_FALSE(records);
    CHECK(records.error().code == ErrorCode::invalid_data);
  }
}

TEST_CASE("records that are no JSON are an error, wherever they go astray") {
  const std::string head = R"({"output":{"columns":[{"name":"a","type":"text"}]}})"
                           "\n";
  for (const std::string record : {"[nope]", "[n]", R"(["a"})", R"(["a"] ["b"])", R"([{"j":{"x":[1,2},"y"]])",
                                   R"([{"j":[}])", R"(["\x"])", R"([[1]])", "[tru]", "\"", "]"}) {
    CAPTURE(record);
    const auto output = decode_output(source_of(head + record + "\n{\"end\":{}}\n"), nullptr);
    REQUIRE(output);
    const auto read = records_of(*output);
    REQUIRE(!read);
    CHECK(read.error().message.find("the host's answer cannot be read: ") == 0);
  }
  for (const std::string end :
       {R"({"end":{"extras":{"next":{"j":[}}}})", R"({"end":{"extras":{"n":{"j":1}}} x})", "{"}) {
    CAPTURE(end);
    const auto output = decode_output(source_of(head + end + "\n"), nullptr);
    REQUIRE(output);
    CHECK(!records_of(*output));
  }
}

TEST_CASE("who has enough reads no more; the extras are there nevertheless") {
  auto out = full();
  out.records.resize(1, Record(5));
  for (int i = 0; i < 50'000; ++i) out.records.push_back(out.records.front());
  auto text = encoded(out);
  std::size_t given = 0;
  auto inner = source_of(std::move(text));
  auto after = decode_output(
      [&](char* buffer, std::size_t size) {
        auto n = inner(buffer, size);
        given += n.value_or(0);
        return n;
      },
      nullptr);
  REQUIRE(after);
  CHECK(records_of(*after, 3)->size() == 3);
  CHECK(given < 200'000);
  CHECK(after->extras()->size() == 2);
}

TEST_CASE("one cell may be large") {
  Output out;
  out.columns = {{.name = "data", .type = FieldType::json}};
  const std::string large = "\"" + std::string(5'000'000, 'x') + "\"";
  out.records = {{Json{large}}, {Json{large}}};
  auto after = decode_output(source_of(encoded(out), 100'000), nullptr);
  REQUIRE(after);
  const auto records = records_of(*after);
  REQUIRE(records);
  CHECK(std::get<Json>(records->at(1).at(0)).text == large);
}
