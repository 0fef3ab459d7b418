// SPDX-License-Identifier: Apache-2.0
// Documents of stored rows that are kept ready: when one holds, when it does not, and how much of them is kept.
#include "host/services/row_documents.hpp"

#include "host/base/clock.hpp"
#include "host/store/cells_json.hpp"
#include "tests/unit/support/scripted.hpp"

using namespace tento;
using namespace tento::host;
using namespace tento::host::testing;

namespace {

struct DocumentWorld : HostOfOne {
  std::unique_ptr<Orchestrator> orchestrator;
  std::unique_ptr<RowService> rows;
  std::unique_ptr<RowDocuments> documents;
  Target row;

  DocumentWorld() {
    slots.sync = [](auto...) { return slot_ok; };
    OrchestratorOptions options;
    options.now_unix_us = unix_now_us;
    orchestrator = make_orchestrator(*store, *dispatcher, std::move(options));  // never started
    rows = std::make_unique<RowService>(*store, *dispatcher, *orchestrator);
    documents = std::make_unique<RowDocuments>(*store, *dispatcher, *rows);
    row = stored_target();
    CoverageInput all;
    all.span = {0, INT64_MAX};
    REQUIRE(store->rows().add_coverage(row.row.id, std::span(&all, 1)));
    put("a");
  }
  void put(const char* id) {
    CellInput cell;
    cell.id = id;
    cell.date = day(1);
    cell.start_us = cell.end_us = 1'777'000'000'000'000;
    cell.data = "{}";
    REQUIRE(store->cells().persist(row.row.id, std::span(&cell, 1), {}));
  }
  std::shared_ptr<const RowDocument> find(const std::string& key = ":~demo:me:items", RowQuery query = {},
                                          const Principal& principal = {}) {
    if (query.limit == 0) query.limit = 100;
    return documents->find(owner, principal, {}, key, query);
  }
};

}  // namespace

TEST_CASE("what is asked for again is kept, and holds until something is committed to its row") {
  DocumentWorld w;
  const auto first = w.find();
  REQUIRE(first);
  CHECK(first->json.find("\"a\"") != std::string::npos);
  CHECK(w.find() != first);  // asked for twice: now it is kept
  const auto kept = w.find();
  CHECK(w.find() == kept);
  CHECK(kept->tag == first->tag);
  // A commit to another row changes nothing.
  w.stored_target(":~demo:me:lists:a");
  CHECK(w.find() == kept);
  w.put("b");
  const auto after = w.find();
  REQUIRE(after);
  CHECK(after->json.find("\"b\"") != std::string::npos);
  CHECK(after->tag != kept->tag);
}

TEST_CASE("a document says what a reading of the same range says, byte by byte") {
  DocumentWorld w;
  w.put("b");
  RowQuery query;
  query.limit = 1;
  const auto reading = w.rows->read(w.target(), query, {});
  REQUIRE(reading);
  std::string document;
  RowDocumentWriter writer(document);
  writer.cells() += '[';
  REQUIRE((*reading)->cells([&document](const CellView& cell) {
    append_cell_json(document, cell);
    return true;
  }));
  document += ']';
  writer.close(*(*reading)->members());
  CHECK(w.find(":~demo:me:items", query)->json == document);
}

TEST_CASE("another range, limit, order or page is another document") {
  DocumentWorld w;
  w.put("b");
  RowQuery one, turned, ranged;
  one.limit = 1;
  turned.order = ReadOrder::descending;
  ranged.range.from = SemanticTime(*PartialDate::ymd(2026, 6, 1));
  for (int again = 0; again < 3; ++again) {
    CHECK(w.find()->json.find("\"next\":null") != std::string::npos);
    CHECK(w.find(":~demo:me:items", one)->json.find("\"next\":\"") != std::string::npos);
    CHECK(w.find(":~demo:me:items", turned)->json.find("\"b\"") <
          w.find(":~demo:me:items", turned)->json.find("\"a\""));
    CHECK(w.find(":~demo:me:items", ranged)->json.find("\"cells\":[]") != std::string::npos);
  }
}

TEST_CASE("what may have to wait, and what somebody may not see, is left to the read itself") {
  DocumentWorld w;
  REQUIRE(w.find());
  CHECK_FALSE(w.find(":~demo:me:computed"));
  CHECK_FALSE(w.find(":~demo:me:lists:a"));  // not stored
  CHECK_FALSE(w.find("nonsense"));
  Principal principal;
  principal.prefixes = {":~demo:other"};
  CHECK_FALSE(w.find(":~demo:me:items", {}, principal));
  CoverageInput stale;
  stale.span = {0, INT64_MAX};
  stale.state = TENTO_COVERAGE_STALE;
  REQUIRE(w.store->rows().add_coverage(w.row.row.id, std::span(&stale, 1)));
  CHECK_FALSE(w.find());
}

TEST_CASE("an account that is gone takes its documents along, without anybody saying so") {
  DocumentWorld w;
  for (int i = 0; i < 3; ++i) REQUIRE(w.find());
  REQUIRE(w.store->accounts().remove(w.owner.id, "demo", "me", false));
  CHECK_FALSE(w.find());
}

TEST_CASE("names weigh, too, and the least recently used goes first") {
  WeighedCache<int> cache(4096);
  const std::string longest(4000, 'x');
  cache.put(longest, 1, 0);
  CHECK(cache.size() <= 1);
  CHECK(cache.weight() <= 4096);
  for (int i = 0; i < 100; ++i) {
    cache.put("name " + std::to_string(i), i, 100);
    CHECK(cache.weight() <= 4096);
    cache.find("name 0");
  }
  CHECK(cache.find(longest) == nullptr);
  REQUIRE(cache.find("name 0"));
  CHECK(*cache.find("name 0") == 0);
  CHECK(cache.find("name 50") == nullptr);
  CHECK(cache.find("name 99"));
  cache.put("huge", 1, 5000);
  CHECK(cache.find("huge") == nullptr);
}

TEST_CASE("what nobody asks for any more is not kept") {
  DocumentWorld w;
  for (int i = 0; i < 3; ++i) REQUIRE(w.find());
  const auto kept = w.find();
  w.documents->forget_unused();
  CHECK(w.find() == kept);
  w.documents->forget_unused();
  w.documents->forget_unused();
  CHECK(w.documents->bytes() == 0);
  CHECK(w.find());
}
