// SPDX-License-Identifier: Apache-2.0
// What is told of a row beside its cells.
#include "host/services/row_service.hpp"

#include <simdjson.h>

#include <array>

#include "tests/unit/support/scripted.hpp"

using namespace tento;
using namespace tento::host;
using namespace tento::host::testing;

namespace {

struct RowWorld : HostOfOne {
  std::unique_ptr<Orchestrator> orchestrator;
  RowWorld() {
    slots.sync = [](auto...) { return slot_ok; };
    OrchestratorOptions options;
    options.now_unix_us = [] { return std::int64_t{1'777'000'000'000'000}; };
    orchestrator =
        make_orchestrator(*store, *dispatcher, std::move(options));  // never started: what is queued stays so
  }
  Result<std::shared_ptr<RowReading>> read(const std::string& key, RowQuery query = {}) {
    return RowService(*store, *dispatcher, *orchestrator).read(target(key), std::move(query), {});
  }
  // Part after part. Gives how many there were.
  static int visit(RowReading& reading, const CellVisitor& visit) {
    for (int parts = 1;; ++parts) {
      const auto more = reading.cells(visit);
      REQUIRE(more);
      if (!*more) return parts;
    }
  }
  static std::string ids(RowReading& reading) {
    std::string out;
    visit(reading, [&out](const CellView& cell) {
      (out += cell.id) += ' ';
      return true;
    });
    return out;
  }
  // Five cells of 200,000 bytes.
  std::array<CellInput, 5> put_large(const Target& target) {
    static const std::string large = "\"" + std::string(200'000, 'x') + "\"";
    static constexpr std::array<const char*, 5> names = {"a", "b", "c", "d", "e"};
    std::array<CellInput, 5> cells;
    for (unsigned i = 0; i < 5; ++i) {
      cells[i].id = names[i];
      cells[i].date = day(i + 1);
      cells[i].start_us = cells[i].end_us = 1'777'000'000'000'000 + i;
      cells[i].data = large;
    }
    REQUIRE(store->cells().persist(target.row.id, cells, {}));
    return cells;
  }
};

}  // namespace

TEST_CASE("the document of a row is one object, with its members in their order") {
  RowWorld w;
  const auto reading = w.read(":~demo:me:items");
  REQUIRE(reading);
  CHECK(RowWorld::ids(**reading).empty());
  const auto members = (*reading)->members();
  REQUIRE(members);
  std::string document;
  RowDocumentWriter writer(document);
  writer.cells() += "[]";
  writer.close(*members);
  simdjson::dom::parser parser;
  simdjson::dom::object object;
  REQUIRE(parser.parse(document).get(object) == simdjson::SUCCESS);
  std::string names;
  for (const auto& [name, value] : object) (names += name) += ' ';
  CHECK(names == "cells coverage freshness next row ");
  CHECK(std::string_view(object["freshness"]["state"]) == "missing");
  CHECK(bool(object["freshness"]["queued"]));
  CHECK(object["next"].is_null());
  CHECK(std::string_view(object["row"]["key"]) == ":~demo:me:items");
  CHECK(std::string_view(object["row"]["state"]) == "active");
  CHECK(object["row"]["attributes"].is_null());
}

TEST_CASE("a read that queues a sync stores the row; the next one sees its attributes") {
  RowWorld w;
  w.slots.attributes = [](const tento_row_ctx*, const tento_text_sink* sink, tento_error*) {
    return sink->put(sink, str(R"({"colour":"blue"})"));
  };
  const auto reading = w.read(":~demo:me:items");
  REQUIRE(reading);
  CHECK((*reading)->freshness()->queued.size() == 1);
  CHECK((*reading)->target().row.attributes_json == R"({"colour":"blue"})");
  CHECK(w.store->rows().of_user(w.owner.id)->size() == 1);
}

TEST_CASE("whoever reads slowly holds no read of the store: what comes later is as it is then") {
  RowWorld w;
  const Target target = w.stored_target();
  auto cells = w.put_large(target);
  const auto large = cells[0].data;
  const auto reading = w.read(":~demo:me:items");
  REQUIRE(reading);
  std::string seen;
  const int parts = RowWorld::visit(**reading, [&](const CellView& cell) {
    (seen += cell.id) += cell.data == large ? " " : "! ";
    if (cell.id != "a") return true;
    cells[4].data = "\"new\"";
    REQUIRE(w.store->cells().persist(target.row.id, {&cells[4], 1}, {}));
    return true;
  });
  CHECK(seen == "a b c d e! ");
  CHECK(parts == 5);  // a cell as large as a part is one
  RowQuery query;
  query.limit = 3;
  const auto page = w.read(":~demo:me:items", query);
  CHECK(RowWorld::ids(**page) == "a b c ");
  CHECK((*page)->members()->at(2).second != "null");
}

TEST_CASE("before each further part it is asked whether the reader still may") {
  RowWorld w;
  const Target target = w.stored_target();
  w.put_large(target);
  bool allowed = true;
  RowReadOptions options;
  options.still_readable = [&allowed]() -> Result<void> {
    if (allowed) return {};
    return fail(ErrorCode::not_found, ErrorClass::config, "no such row");
  };
  const auto reading = RowService(*w.store, *w.dispatcher, *w.orchestrator).read(target, {}, std::move(options));
  REQUIRE(reading);
  int seen = 0;
  const CellVisitor count = [&seen](const CellView&) { return ++seen > 0; };
  REQUIRE((*reading)->cells(count));
  REQUIRE((*reading)->cells(count));
  allowed = false;
  const auto refused = (*reading)->cells(count);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == ErrorCode::not_found);
  CHECK(seen == 2);
}

TEST_CASE("a page that has as many bytes as it may ends there, and its cursor leads on") {
  RowWorld w;
  w.put_large(w.stored_target());
  RowQuery query;
  query.most_bytes = 500'000;
  std::string seen;
  for (int pages = 1;; ++pages) {
    const auto page = w.read(":~demo:me:items", query);
    REQUIRE(page);
    seen += RowWorld::ids(**page) + "| ";
    const auto next = std::string((*page)->members()->at(2).second);
    if (next == "null") break;
    query.cursor = next.substr(1, next.size() - 2);
    REQUIRE(pages < 5);
  }
  CHECK(seen == "a b c | d e | ");
}

TEST_CASE("a page ends where it is full, and its cursor leads on") {
  RowWorld w;
  const Target target = w.stored_target();
  std::array<CellInput, 3> cells;
  const std::array<const char*, 3> names = {"a", "b", "c"};
  for (unsigned i = 0; i < 3; ++i) {
    cells[i].id = names[i];
    cells[i].date = day(i + 1);
    cells[i].start_us = cells[i].end_us = 1'777'000'000'000'000 + i;
    cells[i].data = "{}";
    cells[i].raw = i == 0 ? "as it came" : "";
  }
  REQUIRE(w.store->cells().persist(target.row.id, cells, {}));
  RowQuery query;
  query.limit = 2;
  const auto first = w.read(":~demo:me:items", query);
  CHECK(RowWorld::ids(**first) == "a b ");
  const auto next = std::string((*first)->members()->at(2).second);
  query.cursor = next.substr(1, next.size() - 2);
  const auto second = w.read(":~demo:me:items", query);
  CHECK(RowWorld::ids(**second) == "c ");
  CHECK((*second)->members()->at(2).second == "null");
  query = {};
  query.raw = true;
  const auto raw = w.read(":~demo:me:items", query);
  std::string bytes;
  RowWorld::visit(**raw, [&bytes](const CellView& cell) {
    (bytes += cell.raw) += '|';
    return true;
  });
  CHECK(bytes == "as it came|||");
}

TEST_CASE("a range that is empty, and an order that a row does not have, are refused") {
  RowWorld w;
  w.slots.list_cells = [](auto...) { return slot_ok; };
  RowQuery empty;
  empty.range = Span{SemanticTime(*PartialDate::ymd(2026, 2, 1)), SemanticTime(*PartialDate::ymd(2026, 1, 1))};
  CHECK(w.read(":~demo:me:items", empty).error().tag == "usage");
  RowQuery descending;
  descending.order = ReadOrder::descending;
  CHECK(w.read(":~demo:me:items", descending));
  CHECK(w.read(":~demo:me:computed", descending).error().tag == "usage");
}

TEST_CASE(
    "a read that may add no rows makes none of a made-up key, and still queues what is known or the account's own") {
  RowWorld w;
  RowService rows(*w.store, *w.dispatcher, *w.orchestrator);
  RowReadOptions options;
  options.may_add_rows = false;
  const auto made_up = w.target(":~demo:me:lists:made-up");
  const auto reading = rows.read(made_up, {}, options);
  REQUIRE(reading);
  CHECK((*reading)->freshness()->freshness.state == Freshness::missing);
  REQUIRE((*reading)->not_queued());
  CHECK((*reading)->not_queued()->message.find(":~demo:me:lists:made-up") != std::string::npos);
  CHECK_FALSE(w.store->rows().find(made_up.row.id).value());
  CHECK(w.store->jobs().queued({}, 100)->empty());
  // The same key, once it is a row.
  w.stored_target(":~demo:me:lists:made-up");
  CHECK_FALSE((*rows.read(w.target(":~demo:me:lists:made-up"), {}, options))->freshness()->queued.empty());
  // There are as many of these as there are patterns.
  CHECK_FALSE((*rows.read(w.target(":~demo:me:items"), {}, options))->freshness()->queued.empty());
}

TEST_CASE("a token with prefixes learns nothing of rows and accounts that it may not see") {
  RowWorld w;
  RowService rows(*w.store, *w.dispatcher, *w.orchestrator);
  Viewer viewer{w.owner, {}, {}};
  viewer.principal.token = "t";
  viewer.principal.prefixes = {":~demo:mine"};
  w.stored_target(":~demo:me:items");
  const auto refusal = [&](std::string_view key) {
    const auto found = rows.find(viewer, key, TENTO_VERB_GET);
    REQUIRE_FALSE(found);
    return found.error().tag + ": " + found.error().message;
  };
  const auto usual = refusal(":~demo:me:items");
  CHECK(usual.starts_with("key_prefix: "));
  CHECK(refusal(":~demo:items") == usual);  // the only account
  AccountRecord second;
  second.owner = w.owner.id;
  second.provider = "demo";
  second.integration = "Main";
  second.auth_id = "somebody";
  REQUIRE(w.store->accounts().put(second, {}));
  CHECK(refusal(":~demo:items") == usual);  // one of several
  CHECK(refusal(":~demo:nobody:items") == usual);
  CHECK(refusal(":~other:x:items") == usual);
  CHECK(refusal("r_" + std::string(32, '0')) == usual);
  // Of its own it is told all.
  CHECK(refusal(":~demo:mine:items").starts_with("no_account: "));
  viewer.principal.prefixes = {":~demo"};
  CHECK(refusal(":~demo:items").find("somebody") != std::string::npos);
  CHECK_FALSE(refusal("items").starts_with("key_prefix: "));
}
