// SPDX-License-Identifier: Apache-2.0
// The renderers: what each format looks like, and what foreign text cannot do to it.
#include "host/cli/render.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <unistd.h>

#include <csignal>

#include "host/cli/display_width.hpp"
#include "host/cli/exit.hpp"
#include "host/cli/progress_line.hpp"
#include "host/operations/context.hpp"

using namespace tento;
using namespace tento::cli;
using tento::host::Json;
using tento::host::Output;

namespace {

std::string rendered(const Output& output, Format format, std::size_t width = 0) {
  int pipe[2];
  REQUIRE(::pipe(pipe) == 0);
  {
    TextOut out(pipe[1]);
    const auto done = render(output, out, {.format = format, .color = false, .width = width});
    REQUIRE(done);
  }
  ::close(pipe[1]);
  std::string text;
  char buffer[4096];
  for (ssize_t n; (n = ::read(pipe[0], buffer, sizeof buffer)) > 0;) text.append(buffer, static_cast<std::size_t>(n));
  ::close(pipe[0]);
  return text;
}

Output sample() {
  Output out;
  out.columns = {{.name = "id"},
                 {.name = "n"},
                 {.name = "ok"},
                 {.name = "tags", .count_in_table = true},
                 {.name = "digest", .only_in_data = true}};
  out.records.push_back(
      {std::string("a\"b"), std::int64_t{-5}, true, std::vector<std::string>{"x", "y,z"}, std::string("ff")});
  out.records.push_back({std::string("line\nbreak"), {}, false, std::vector<std::string>{}, {}});
  return out;
}

Output cells() {
  Output out;
  out.columns = {{.name = "id"},
                 {.name = "data", .parts = {{"/title", "Title"}, {"/deep/0", "Deep"}, {"/o", "Object"}}}};
  out.list_name = "cells";
  out.stream = [](const host::RecordVisitor& visit) -> Result<void> {
    const host::FieldView one[] = {std::string_view("1"),
                                   host::JsonView{"{\"title\":\"t, \\u00fc\",\"deep\":[2.50],\"o\":{ \"a\": null }}"}};
    const host::FieldView two[] = {host::FieldView(), host::JsonView{"{\"deep\":3}"}};
    if (visit(one)) visit(two);
    return {};
  };
  out.extras = [] { return std::vector<std::pair<std::string, Json>>{{"coverage", Json{"[]"}}}; };
  return out;
}

}  // namespace

TEST_CASE("JSON: a list, values by type, absent as null") {
  CHECK(rendered(sample(), Format::json) ==
        "[\n{\"id\":\"a\\\"b\",\"n\":-5,\"ok\":true,\"tags\":[\"x\",\"y,z\"],\"digest\":\"ff\"},\n"
        "{\"id\":\"line\\nbreak\",\"n\":null,\"ok\":false,\"tags\":[],\"digest\":null}\n]\n");
  Output empty;
  empty.columns = {{.name = "id"}};
  CHECK(rendered(empty, Format::json) == "[]\n");
}

TEST_CASE("JSON: stored data is copied byte for byte, with the extras beside it") {
  CHECK(rendered(cells(), Format::json) ==
        "{\"cells\":[\n{\"id\":\"1\",\"data\":{\"title\":\"t, \\u00fc\",\"deep\":[2.50],\"o\":{ \"a\": null "
        "}}},\n{\"id\":null,\"data\":{\"deep\":3}}\n],\n"
        "\"coverage\":[]}\n");
}

TEST_CASE("JSON lines: one record a line, a single record as one object") {
  CHECK(rendered(cells(), Format::jsonl) ==
        "{\"id\":\"1\",\"data\":{\"title\":\"t, \\u00fc\",\"deep\":[2.50],\"o\":{ \"a\": null "
        "}}}\n{\"id\":null,\"data\":{\"deep\":3}}\n");
  auto one = sample();
  one.records.resize(1);
  one.single = true;
  const std::string object = "{\"id\":\"a\\\"b\",\"n\":-5,\"ok\":true,\"tags\":[\"x\",\"y,z\"],\"digest\":\"ff\"}\n";
  CHECK(rendered(one, Format::json) == object);
  CHECK(rendered(one, Format::jsonl) == object);
}

TEST_CASE("JSON: bytes that are no UTF-8 cannot make it invalid") {
  Output out;
  out.columns = {{.name = "path"}};
  out.records.push_back({std::string("/x\xff\xfe")});
  CHECK(rendered(out, Format::json).find('\xff') == std::string::npos);
}

TEST_CASE("CSV: quotes where RFC 4180 wants them, CRLF, parts as columns") {
  CHECK(rendered(sample(), Format::csv) ==
        "id,n,ok,tags,digest\r\n\"a\"\"b\",-5,true,\"x, y,z\",ff\r\n\"line\nbreak\",,false,,\r\n");
  CHECK(rendered(cells(), Format::csv) == "id,title,deep/0,o\r\n1,\"t, \xc3\xbc\",2.5,\"{\"\"a\"\":null}\"\r\n,,,\r\n");
  Output one;
  one.columns = {{.name = "id"}};
  one.records.push_back({std::string()});
  CHECK(rendered(one, Format::csv) == "id\r\n\"\"\r\n");
}

TEST_CASE("a table is aligned, counts lists, and leaves details out") {
  CHECK(rendered(sample(), Format::table) ==
        "ID          N   OK     TAGS\n"
        "a\"b         -5  true   2\n"
        "line break      false  0\n");
  CHECK(rendered(cells(), Format::table) ==
        "ID  TITLE  DEEP  OBJECT\n"
        "1   t, \xc3\xbc   2.5   {\"a\":null}\n"
        "\n");
}

TEST_CASE("in a table a cell's lists are counted and its long texts cut; CSV has them whole") {
  Output out;
  out.columns = {{.name = "data", .parts = {{"/list", "List"}, {"/text", "Text"}}}};
  const std::string data = "{\"list\":[1,2,3],\"text\":\"" + std::string(59, 'x') + "\u00fcyz\"}";
  out.records.push_back({Json{data}});
  CHECK(rendered(out, Format::table) == "LIST  TEXT\n3     " + std::string(59, 'x') + "\u2026\n");
  CHECK(rendered(out, Format::csv) == "list,text\r\n\"[1,2,3]\"," + std::string(59, 'x') + "\u00fcyz\r\n");
}

TEST_CASE("a table gives a terminal no control characters") {
  Output out;
  out.columns = {{.name = "text"}};
  out.records.push_back({std::string("\033[2Jx\x07\x7f\xc2\x9b")});
  CHECK(rendered(out, Format::table) == "TEXT\n?[2Jx???\n");
}

TEST_CASE("no form gives a terminal a control or a text that runs the other way; a pipe has what there is") {
  Output out;
  out.columns = {{.name = "id"}, {.name = "data"}};
  const std::string foreign =
      "a\xc2\x9b\x33\x31mb\xe2\x80\xae"
      "c\xe2\x81\xa9\xe2\x80\x8d";
  out.records.push_back({foreign, Json{"{\"t\":\"" + foreign + "\"}"}});
  const std::string letters = "a\\u009b31mb\\u202ec\\u2069\xe2\x80\x8d";
  for (const auto format : {Format::table, Format::json, Format::jsonl, Format::csv}) {
    const auto shown = rendered(out, format, 200);
    CAPTURE(shown);
    CHECK(shown.find("\xc2\x9b") == std::string::npos);
    CHECK(shown.find("\xe2\x80\xae") == std::string::npos);
    CHECK(shown.find("\xe2\x81\xa9") == std::string::npos);
    const bool whole = rendered(out, format).find(foreign) != std::string::npos;
    CHECK(whole == (format != Format::table));
  }
  CHECK(rendered(out, Format::jsonl, 200) == "{\"id\":\"" + letters + "\",\"data\":{\"t\":\"" + letters + "\"}}\n");
}

TEST_CASE("a table fits the terminal and cuts at characters") {
  Output out;
  out.columns = {{.name = "a"}, {.name = "b"}};
  out.records.push_back(
      {std::string(40, 'x'),
       std::string("\xc3\xbc\xc3\xbc\xc3\xbc\xc3\xbc\xc3\xbc\xc3\xbc\xc3\xbc\xc3\xbc\xc3\xbc\xc3\xbc")});
  const auto text = rendered(out, Format::table, 18);
  CHECK(text.find("xxxxxxx\u2026") != std::string::npos);
  CHECK(text.find("\xc3\xbc\u2026") != std::string::npos);
}

TEST_CASE("a long list streams with the widths of its beginning") {
  Output out;
  out.columns = {{.name = "id"}, {.name = "x"}};
  for (int i = 0; i < 500; ++i) out.records.push_back({std::to_string(i), std::string("v")});
  const auto text = rendered(out, Format::table);
  CHECK(text.starts_with("ID   X\n0    v\n"));
  CHECK(text.ends_with("499  v\n"));
}

TEST_CASE("a reader that went away ends the stream without an error; a full disk is one") {
  ::signal(SIGPIPE, SIG_IGN);
  Output endless;
  endless.columns = {{.name = "text"}};
  std::size_t visits = 0;
  endless.stream = [&](const host::RecordVisitor& visit) -> Result<void> {
    const std::string line(1000, 'x');
    const host::FieldView fields[] = {std::string_view(line)};
    while (visits < 100'000 && visit(fields)) ++visits;
    return {};
  };
  int pipe[2];
  REQUIRE(::pipe(pipe) == 0);
  ::close(pipe[0]);
  TextOut closed(pipe[1]);
  CHECK(render(endless, closed, {.format = Format::jsonl}));
  CHECK(closed.closed());
  CHECK(visits < 1000);
  ::close(pipe[1]);
  const int full = ::open("/dev/full", O_WRONLY);
  REQUIRE(full >= 0);
  TextOut disk(full);
  const auto done = render(sample(), disk, {.format = Format::json});
  REQUIRE_FALSE(done);
  CHECK(done.error().message.find("No space left") != std::string::npos);
  ::close(full);
}

TEST_CASE("an error of the stream is handed on") {
  Output out;
  out.columns = {{.name = "x"}};
  out.stream = [](const host::RecordVisitor&) -> Result<void> {
    return fail(ErrorCode::io, ErrorClass::transient, "disk gone");
  };
  TextOut null(::open("/dev/null", O_WRONLY));
  for (const auto format : {Format::table, Format::json, Format::jsonl, Format::csv})
    CHECK_FALSE(render(out, null, {.format = format}));
}

TEST_CASE("a progress bar stays within its width and shows no control characters") {
  CHECK(progress_bar({"viewport", 50, 100, "reading", false}, 80) ==
        "viewport [===============               ] 50/100 reading");
  CHECK(progress_bar({"viewport", 7, 0, "", false}, 80) == "viewport 7");
  CHECK(progress_bar({"viewport", 200, 100, "a\nb\033c", false}, 80).find('\033') == std::string::npos);
  CHECK(progress_bar({"viewport", 1, 2, std::string(200, 'x'), false}, 60).size() == 60);
}

namespace {

Output agenda() {
  Output out;
  using host::PartRole;
  out.columns = {{.name = "id"},
                 {.name = "data",
                  .parts = {{"/note", "Note"},
                            {"/url", "Page", PartRole::url},
                            {"/title", "Title", PartRole::title},
                            {"/zone", "Zone"}}}};
  out.records.push_back({std::string("1"), Json{R"({"title":"t","note":"n","zone":"z","url":"u"})"}});
  return out;
}

}  // namespace

TEST_CASE("on a terminal cells show what their row says that matters; a pipe has everything") {
  CHECK(rendered(agenda(), Format::table, 80) ==
        "ID  TITLE  PAGE\n"
        "1   t      u\n"
        "not shown: Note, Zone; --all shows every column\n");
  CHECK(rendered(agenda(), Format::table) ==
        "ID  NOTE  PAGE  TITLE  ZONE\n"
        "1   n     u     t      z\n");
  CHECK(rendered(cells(), Format::table, 80) == rendered(cells(), Format::table));  // no role: all
}

TEST_CASE("a table of cells is no wider than the terminal") {
  auto out = agenda();
  for (auto& part : out.columns[1].parts) part.role = host::PartRole::category;
  out.records.push_back({std::string("a long id"), Json{R"({"title":"long, long, long","note":"longer than that",
                         "zone":"Europe/Berlin","url":"https://example.org/"})"}});
  const auto text = rendered(out, Format::table, 30);
  CHECK(text.ends_with("not shown: Zone; --all shows every column\n") == false);
  CHECK(text.find("not shown: Title, Zone; --all") != std::string::npos);
  for (std::size_t at = 0, end = 0; (end = text.find('\n', at)) != std::string::npos; at = end + 1) {
    const auto line = text.substr(at, end - at);
    if (!line.starts_with("not shown")) CHECK(DisplayWidth().of(line) <= 30);
  }
}

TEST_CASE("widths are what a terminal shows: wide characters, what combines, what is no UTF-8") {
  const DisplayWidth display;
  CHECK(display.of("abc") == 3);
  CHECK(display.of("\u65e5\u672c\u8a9e") == 6);
  CHECK(display.of("e\u0301") == 1);
  CHECK(display.of("\U0001F600") == 2);
  CHECK(display.of("\xff\xfe") == 2);
  CHECK(display.cut("\u65e5\u672c\u8a9e", 5) == "\u65e5\u672c\u2026");
  CHECK(display.cut("\u65e5\u672c\u8a9e", 4) == "\u65e5\u2026");
  CHECK(display.cut("abc", 3) == "abc");
  CHECK(display.cut("ae\u0301bc", 3) == "ae\u0301\u2026");
}

TEST_CASE("cells as a calendar; nothing else is one") {
  Output out;
  out.columns = {{.name = "id"}, {.name = "date"}};
  out.calendar = host::CalendarInfo{"row", "Team", 900};
  out.records.push_back({std::string("1"), std::string("ymd-2026-04-29")});
  const auto text = rendered(out, Format::ics);
  CHECK(text.starts_with("BEGIN:VCALENDAR\r\n"));
  CHECK(text.find("DTSTART;VALUE=DATE:20260429\r\n") != std::string::npos);
  TextOut nowhere(-1);
  const auto refused = render(sample(), nowhere, {.format = Format::ics});
  REQUIRE(!refused);
  CHECK(refused.error().code == ErrorCode::unsupported);
}

TEST_CASE("errors as text and as a problem document") {
  Error e;
  e.code = ErrorCode::not_found;
  e.error_class = ErrorClass::config;
  e.message = "no \"x\"";
  e.remedy = "look";
  CHECK(error_text(e, "row get", false) == "tento: row get: no \"x\"\n  remedy: look\n");
  CHECK(error_text(e, "row get", true) ==
        "{\"type\":\"/errors/not_found\",\"title\":\"row get\",\"detail\":\"no "
        "\\\"x\\\"\",\"code\":\"not_found\",\"class\":\"config\",\"retry_after\":null,\"remedy\":\"look\"}\n");
  e.error_class = ErrorClass::rate_limit;
  e.retry_after_ms = 1500;
  CHECK(error_text(e, "", false).find("retry after 2 s") != std::string::npos);
  CHECK(error_text(e, "", true).find("\"retry_after\":2") != std::string::npos);
}
