// SPDX-License-Identifier: Apache-2.0
// Accept and suffixes: what a reader gets.
#include "host/formats/negotiate.hpp"

#include <doctest/doctest.h>

using namespace tento;
using namespace tento::host;

namespace {

const Shape list{.list = "runs"};
const Shape cells{.list = "cells", .dated = true};
const Shape dump{.text = "application/jsonl"};

std::string chosen(const Shape& shape, std::string_view accept, std::optional<Media> suffix = std::nullopt) {
  const auto format = choose_format(shape, accept, suffix);
  if (!format) {
    CHECK(format.error().tag == not_acceptable_tag);
    return "none";
  }
  return std::string(format->content_type.substr(0, format->content_type.find(';')));
}

}  // namespace

TEST_CASE("without a wish it is JSON") {
  CHECK(chosen(list, "") == "application/json");
  CHECK(chosen(list, " ") == "application/json");
  CHECK(chosen(list, "*/*") == "application/json");
  CHECK(chosen(list, "application/*") == "application/json");
  CHECK(chosen(list, "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8") == "application/json");
}

TEST_CASE("what is named is given") {
  CHECK(chosen(list, "application/json") == "application/json");
  CHECK(chosen(list, "application/jsonl") == "application/jsonl");
  CHECK(chosen(list, "application/x-ndjson") == "application/x-ndjson");
  CHECK(choose_format(list, "application/x-ndjson")->media == Media::jsonl);
  CHECK(chosen(list, "Text/CSV") == "text/csv");
  CHECK(chosen(list, "text/csv;header=present") == "text/csv");
  CHECK(chosen(cells, "text/calendar") == "text/calendar");
  CHECK(chosen(list, "text/calendar") == "none");
  CHECK(chosen(cells, "text/*") == "text/csv");
  CHECK(chosen(list, "application/vnd.tento.output+jsonl") == wire_media_type);
  CHECK(choose_format(list, "text/csv")->content_type == "text/csv; charset=utf-8");
}

TEST_CASE("weights decide, then what is named, then what is preferred") {
  CHECK(chosen(list, "application/json;q=0.5, text/csv") == "text/csv");
  CHECK(chosen(list, "application/json;q=0.5, text/csv;q=0.4") == "application/json");
  CHECK(chosen(list, "application/json;q=0.001,text/csv;q=0.002") == "text/csv");
  CHECK(chosen(list, "text/csv, application/json") == "application/json");
  CHECK(chosen(list, "*/*, text/csv") == "text/csv");
  CHECK(chosen(list, "*/*;q=0.1, application/json;q=0") == "application/jsonl");
  CHECK(chosen(list, "text/*;q=0.9, text/csv;q=0.1, application/json;q=0.5") == "application/json");
  CHECK(chosen(list, "application/json ; Q=0") == "none");
  CHECK(chosen(list, "text/csv;q=1.000, */*;q=0") == "text/csv");
}

TEST_CASE("the wire is not for wildcards") {
  CHECK(chosen(list, "*/*;q=0.1, application/json;q=0, application/jsonl;q=0, application/x-ndjson;q=0, text/*;q=0") ==
        "none");
}

TEST_CASE("an answer that is a text of its own has that one type") {
  CHECK(chosen(dump, "") == "application/jsonl");
  CHECK(choose_format(dump, "*/*")->media == Media::text);
  CHECK(chosen(dump, "application/json") == "none");
  CHECK(chosen(dump, wire_media_type) == wire_media_type);
}

TEST_CASE("nonsense accepts nothing, and does not spoil the rest") {
  for (const std::string_view accept :
       {"json", "/", "*/json", "application/", "application/json;q=2", "application/json;q=0.1234",
        "application/json;q=x", "application/json;q=1.5", "application/json;q=", ",", ";q=1", "\"", "a/b;c=\"\\"}) {
    CAPTURE(accept);
    CHECK(chosen(list, accept) == "none");
    CHECK(chosen(list, "text/csv, " + std::string(accept)) == "text/csv");
  }
  CHECK(chosen(list, "x/y;a=\"text/csv,b\", application/jsonl") == "application/jsonl");
  CHECK(chosen(list, "x/y;a=\"\\\",text/csv\", application/jsonl") == "application/jsonl");
}

TEST_CASE("the error says what there is") {
  const auto none = choose_format(cells, "image/png");
  REQUIRE_FALSE(none);
  CHECK(none.error().message ==
        "none of the formats asked for; there is application/json, application/jsonl, text/csv; charset=utf-8, "
        "text/calendar; charset=utf-8");
}

TEST_CASE("a suffix wins over the header") {
  CHECK(split_suffix("/api/runs.csv").path == "/api/runs");
  CHECK(split_suffix("/api/runs.csv").media == Media::csv);
  CHECK(split_suffix("/x/cells.ics").media == Media::calendar);
  CHECK(split_suffix("/x/cells.json").media == Media::json);
  CHECK(split_suffix("/x/cells.jsonl").media == Media::jsonl);
  CHECK(split_suffix("/x/cells.jsonl").path == "/x/cells");
  CHECK_FALSE(split_suffix("/x/cells").media);
  CHECK_FALSE(split_suffix("/x/.csv").media);
  CHECK_FALSE(split_suffix(".csv").media);
  CHECK_FALSE(split_suffix("/x.csv/cells").media);
  CHECK(chosen(list, "application/json", Media::csv) == "text/csv");
  CHECK(chosen(list, "", Media::calendar) == "none");
  CHECK(chosen(dump, "", Media::csv) == "none");
}
