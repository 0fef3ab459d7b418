// SPDX-License-Identifier: Apache-2.0
// The documents of HTTP, and what every format does with internal columns, readers that leave, and errors.
#include <doctest/doctest.h>
#include <malloc.h>

#include <algorithm>
#include <array>
#include <string>

#include "host/formats/formats.hpp"
#include "host/formats/wire.hpp"

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
        "\"half of it\",\"code\":\"partial\",\"class\":\"transient\",\"retry_after\":null,\"remedy\":null}}\n");
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

TEST_CASE("CSV for spreadsheets: nothing is a formula, numbers stay numbers") {
  Output out;
  out.columns = {{.name = "text"}};
  for (const auto* text : {"=1+1", "+cmd", "-2+3", "@sum", "\tx", "\rx", "\nx", "\uFF1D1", "-5", "+1.5e3", "a=b", ""})
    out.records.push_back({std::string(text)});
  CHECK(
      written([&](const Sink& sink) { return write_csv(out, {.safe = true}, sink); }) ==
      "text\r\n'=1+1\r\n'+cmd\r\n'-2+3\r\n'@sum\r\n'\tx\r\n\"'\rx\"\r\n\"'\nx\"\r\n'\uFF1D1\r\n-5\r\n+1.5e3\r\na=b\r\n"
      "\"\"\r\n");
  CHECK(written([&](const Sink& sink) { return write_csv(out, sink); }).starts_with("text\r\n=1+1\r\n"));
}

namespace {

// Cells of a calendar as the operations give them.
std::string calendar_of(std::vector<std::string> data, std::string encoding = "event.v1") {
  Output out;
  out.columns = {{.name = "id", .nullable = true},
                 {.name = "date"},
                 {.name = "end_date", .nullable = true},
                 {.name = "data",
                  .type = FieldType::json,
                  .parts = {{"/title", "Title", PartRole::title},
                            {"/start", "Start", PartRole::start},
                            {"/end", "End", PartRole::end}}},
                 {.name = "version", .nullable = true},
                 {.name = "updated_us", .type = FieldType::integer, .internal = true}};
  out.calendar = CalendarInfo{"row", "Team", 900, std::move(encoding)};
  int n = 0;
  for (auto& each : data)
    out.records.push_back({"c" + std::to_string(n++),
                           std::string("ymd-2026-04-29"),
                           {},
                           Json{std::move(each)},
                           {},
                           std::int64_t{1'777'000'000'000'000}});
  auto text = written([&](const Sink& sink) { return write_calendar(out, sink); });
  for (std::size_t at = 0; (at = text.find("\r\n ")) != std::string::npos;) text.erase(at, 3);  // long lines are folded
  return text;
}

bool has(const std::string& text, std::string_view line) {
  return text.find("\r\n" + std::string(line) + "\r\n") != std::string::npos;
}
std::size_t count(const std::string& text, std::string_view what) {
  std::size_t n = 0;
  for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + 1)) ++n;
  return n;
}

}  // namespace

TEST_CASE("an entry of event.v1 is a calendar's with all that it says") {
  const auto text = calendar_of(
      {R"({"title":"Doctor","start":"2026-04-29T10:00:00+02:00","end":"2026-04-29T11:00:00+02:00","zone":"Europe/Berlin",
       "status":"tentative","busy":true,"visibility":"private","location":"Room 4; north, 2nd",
       "description":"line 1\nline 2","uid":"a@example.org","updated":"2026-04-01T08:00:00Z"})",
       R"({"title":"Free","start":"ymd-2026-05-01","end":"ymd-2026-05-02","status":"confirmed","busy":false,"uid":"b"})",
       R"({"title":"Off","start":"2026-04-30T10:00:00+02:00","end":"2026-04-30T11:00:00+02:00","status":"cancelled",
       "busy":true,"zone":"Europe/Berlin"})"});
  for (const auto* line :
       {"UID:a@example.org", "DTSTART;TZID=Europe/Berlin:20260429T100000", "DTEND;TZID=Europe/Berlin:20260429T110000",
        "STATUS:TENTATIVE", "TRANSP:OPAQUE", "CLASS:PRIVATE", "LOCATION:Room 4\\; north\\, 2nd",
        "DESCRIPTION:line 1\\nline 2", "LAST-MODIFIED:20260401T080000Z", "UID:b", "DTSTART;VALUE=DATE:20260501",
        "DTEND;VALUE=DATE:20260503", "STATUS:CONFIRMED", "TRANSP:TRANSPARENT", "UID:row/c2", "STATUS:CANCELLED",
        "TZID:Europe/Berlin"}) {
    CAPTURE(line);
    CHECK(has(text, line));
  }
  CHECK(count(text, "BEGIN:VTIMEZONE") == 1);
  CHECK(text.find("BEGIN:VTIMEZONE") < text.find("BEGIN:VEVENT"));
  // What does not happen takes no time, whatever a reader makes of its status.
  CHECK(count(text, "TRANSP:TRANSPARENT") == 2);
  CHECK(count(text, "CLASS:") == 1);
  // Another encoding means something else by such members.
  const auto other = calendar_of({R"({"title":"x","status":"cancelled","uid":"a","location":"y"})"}, "readings.v1");
  CHECK(count(other, "STATUS") + count(other, "LOCATION") == 0);
  CHECK(has(other, "UID:row/c0"));
}

TEST_CASE("instances of a series have its UID and the moment the series has for them; no two entries one name") {
  const auto text = calendar_of(
      {R"({"title":"a","start":"2026-04-29T12:00:00+02:00","end":"2026-04-29T13:00:00+02:00","zone":"Europe/Berlin",
       "uid":"s","series":"x","original_start":"2026-04-29T10:00:00+02:00"})",
       R"({"title":"b","start":"2026-04-30T10:00:00+02:00","uid":"s","series":"x",
       "original_start":"2026-04-30T10:00:00+02:00"})",
       R"({"title":"c","start":"ymd-2026-05-01","uid":"s","series":"x","original_start":"soon"})",
       R"({"title":"d","start":"ymd-2026-05-02","uid":"t"})", R"({"title":"e","start":"ymd-2026-05-03","uid":"t"})"});
  CHECK(count(text, "\r\nUID:s\r\n") == 2);
  CHECK(has(text, "RECURRENCE-ID;TZID=Europe/Berlin:20260429T100000"));
  CHECK(has(text, "RECURRENCE-ID:20260430T080000Z"));
  CHECK(has(text, "UID:row/c2"));
  CHECK(count(text, "\r\nUID:t\r\n") == 1);
  CHECK(has(text, "UID:row/c4"));
}

TEST_CASE("an entry ends after it starts, or has no end of its own") {
  const auto text = calendar_of({R"({"title":"a","start":"2026-04-29T10:00:00.200Z","end":"2026-04-29T10:00:00.900Z"})",
                                 R"({"title":"b","start":"2026-04-29T10:00:00Z","end":"2026-04-29T09:00:00Z"})",
                                 R"({"title":"c","start":"2026-04-29T10:00:00Z","end":"2026-04-29T10:00:00Z"})",
                                 R"({"title":"d","start":"ymd-3000-12-31","end":"ymd-9999-12-31"})"});
  CHECK(count(text, "BEGIN:VEVENT") == 4);
  CHECK(count(text, "DTEND") == 0);
}

TEST_CASE("a moment that the clock shows twice is told in UTC, and so is one in a zone that nobody knows") {
  const auto text = calendar_of({R"({"title":"first","start":"2026-10-25T02:30:00+02:00","zone":"Europe/Berlin"})",
                                 R"({"title":"second","start":"2026-10-25T02:30:00+01:00","zone":"Europe/Berlin"})",
                                 R"({"title":"odd","start":"2026-04-29T10:00:00+02:00","zone":"../../etc/passwd"})",
                                 R"({"title":"utc","start":"2026-04-29T10:00:00+00:00","zone":"UTC"})"});
  CHECK(has(text, "DTSTART:20261025T003000Z"));
  CHECK(has(text, "DTSTART:20261025T013000Z"));
  CHECK(has(text, "DTSTART:20260429T080000Z"));
  CHECK(has(text, "DTSTART:20260429T100000Z"));
}

TEST_CASE("between two parts a writer holds nothing of the records before") {
  constexpr std::size_t large = 4'000'000;
  for (int format = 0; format < 4; ++format) {
    CAPTURE(format);
    Output out;
    out.columns = {{.name = "id"}, {.name = "x", .type = FieldType::json}};
    int parts = 0;
    out.parts = [&parts](const RecordVisitor& visit) -> Result<bool> {
      const std::string json = "\"" + std::string(large, 'x') + "\"";
      const std::array<FieldView, 2> record{std::string_view("a"), JsonView{json}};
      visit(record);
      return ++parts < 3;
    };
    std::size_t written = 0;
    const Sink sink = [&written](std::string_view piece) {
      written += piece.size();
      return true;
    };
    const auto writer = format == 0   ? json_writer(out, "list", sink)
                        : format == 1 ? jsonl_writer(out, sink)
                        : format == 2 ? csv_writer(out, {}, sink)
                                      : wire_writer(out, sink);
    const auto held = [] {
      const auto now = ::mallinfo2();
      return now.uordblks + now.hblkhd;
    };
    const auto before = held();
    const auto more = writer->next();
    REQUIRE(more);
    CHECK(*more);
    CHECK(written >= large);
    CHECK(held() < before + large / 4);
    REQUIRE(writer->write_all());
    CHECK(parts == 3);
  }
}
