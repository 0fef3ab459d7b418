// SPDX-License-Identifier: Apache-2.0
// Writes calendars that calendar_check.mjs reads back: calendar_sample FOLDER.
#include <cstdio>
#include <fstream>
#include <string>

#include "host/formats/formats.hpp"

using namespace tento;
using namespace tento::host;

namespace {

constexpr std::int64_t updated_us = 1'777'000'000'000'000;  // 2026-04-24T03:06:40Z

Output dated_cells(std::vector<ColumnPart> parts) {
  Output out;
  out.columns = {{.name = "id", .nullable = true},
                 {.name = "date"},
                 {.name = "end_date", .nullable = true},
                 {.name = "data", .type = FieldType::json, .parts = std::move(parts)},
                 {.name = "updated_us", .type = FieldType::integer, .internal = true}};
  out.calendar = CalendarInfo{"0d9f3b0c-1111-5222-8333-444455556666", "Nights, days; and \\ more \xc3\xbc", 900};
  return out;
}

void add(Output& out, Field id, std::string date, Field end, std::string data, std::int64_t updated = updated_us) {
  out.records.push_back({std::move(id), std::move(date), std::move(end), Json{std::move(data)}, updated});
}

bool write(const Output& output, const std::string& path) {
  std::ofstream file(path, std::ios::binary);
  return write_calendar(output, [&](std::string_view piece) { return static_cast<bool>(file << piece); }) &&
         file.flush();
}

// Entries with every role.
Output events() {
  auto out = dated_cells({{"/title", "Title", PartRole::title},
                          {"/labels", "Labels", PartRole::category},
                          {"/start", "Start", PartRole::start},
                          {"/end", "End", PartRole::end},
                          {"/link", "Link", PartRole::url}});
  add(out, std::string("e1"), "2026-04-29T10:00:00.250+00:00", std::string("2026-04-29T11:30:00+00:00"),
      R"({"title":"Plan, review; \"talk\" \\ more\nsecond line","labels":["work, deep","b;c","\u00e4"],"link":"https://example.org/a,b;c?d=1"})");
  add(out, std::string("e2"), "ymd-2026-04-29", {},
      R"({"title":"roles win","start":"2026-12-31T23:30:00-05:00","end":"2027-01-01T01:00:00-05:00","labels":"one"})");
  std::string longest = R"({"title":")";
  for (int i = 0; i < 60; ++i) longest += "\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80";
  add(out, std::string("e3"), "ymd-2026-02-28", {}, longest + "\"}");
  add(out, std::string("e4"), "ymd-2026-05-01", std::string("ymd-2026-05-03"),
      R"({"title":"bell \u0007 nul \u0000 tab \t end\r\n.","link":"not a link"})");
  add(out, std::string("e5"), "2026-06-01T00:00:00+00:00", std::string("2026-05-01T00:00:00+00:00"), R"({"title":7})");
  add(out, std::string("e6"), "ymd-2026-07-01", {}, R"({"title":"","start":"soon","end":17})");
  add(out, std::string("e7"), "ymd-2026-07-01", std::string("2026-07-02T12:00:00+00:00"), "[]");
  return out;
}

// Entries that have a number and no title, in rows without ids.
Output values() {
  auto out = dated_cells({{"/score", "Sleep score", PartRole::value, "%"}});
  add(out, {}, "ymd-2026-04-29", {}, R"({"score":87.5})");
  add(out, {}, "ym-2026-02", {}, R"({"score":80})");
  add(out, {}, "yw-2026-53", {}, R"({"score":null})");
  add(out, {}, "y-2024", {}, R"({})", 0);
  add(out, {}, "y-3000", std::string("y-9999"), R"({})", 0);
  add(out, {}, "y-9999", {}, R"({})", 0);
  add(out, {}, "y-0001", {}, R"({})", 0);
  return out;
}

Output many() {
  auto out = dated_cells({{"/title", "Title", PartRole::title}});
  out.stream = [](const RecordVisitor& visit) -> Result<void> {
    for (int i = 0; i < 5000; ++i) {
      const std::string id = std::to_string(i);
      const FieldView fields[] = {std::string_view(id), std::string_view("ymd-2026-04-29"), FieldView(),
                                  JsonView{"{\"title\":\"t\"}"}, FieldView(updated_us)};
      if (!visit(fields)) break;
    }
    return {};
  };
  return out;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string folder = argc > 1 ? argv[1] : ".";
  const bool well = write(events(), folder + "/events.ics") && write(values(), folder + "/values.ics") &&
                    write(many(), folder + "/many.ics") && write(dated_cells({}), folder + "/empty.ics");
  if (!well) std::fputs("a calendar could not be written\n", stderr);
  return well ? 0 : 1;
}
