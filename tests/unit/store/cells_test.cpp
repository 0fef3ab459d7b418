// SPDX-License-Identifier: Apache-2.0
// Cells in and out: identity, moves, tombstones, unchanged content, ranges, transactions.
#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <fstream>
#include <string>
#include <vector>

#include "host/model/version_text.hpp"
#include "host/store/cells_json.hpp"
#include "tests/unit/store/fixture.hpp"

using namespace tento;
using namespace tento::host;
using namespace tento::host::testing;

TEST_CASE("a batch is stored, read back in order, and an unchanged one writes nothing") {
  StoreFixture f;
  std::vector<CellInput> cells{cell("b", 200, "{\"x\":2}"), cell("a", 100, "{\"x\":1}")};
  const auto first = f.store->cells().persist(f.row, cells, {1, "1.0", 0});
  REQUIRE(first);
  CHECK(first->added == 2);
  CHECK(f.read() == "a@100={\"x\":1} b@200={\"x\":2}");
  const auto seq = f.last_seq();

  const auto again = f.store->cells().persist(f.row, cells, {1, "1.0", 0});
  REQUIRE(again);
  CHECK(again->unchanged == 2);
  CHECK(again->changed() == 0);
  CHECK(f.last_seq() == seq);

  cells[0].data = "{\"x\":3}";
  const auto changed = f.store->cells().persist(f.row, cells, {1, "1.0", 0});
  REQUIRE(changed);
  CHECK(changed->updated == 1);
  CHECK(changed->unchanged == 1);
  CHECK(f.read() == "a@100={\"x\":1} b@200={\"x\":3}");
  CHECK(f.last_seq() > seq);
}

TEST_CASE("a known id with a new date is one update, no ghost") {
  StoreFixture f;
  must(f.store->cells().persist(f.row, std::array{cell("a", 100, "1"), cell("b", 200, "2")}, {}));
  const auto moved = must(f.store->cells().persist(f.row, std::array{cell("a", 300, "1")}, {}));
  CHECK(moved.updated == 1);
  CHECK(moved.added == 0);
  CHECK(f.read() == "b@200=2 a@300=1");
  CHECK(must(f.store->cells().count(f.row)) == 2);
}

TEST_CASE("without an id the date is the identity, whatever offset it was told with") {
  StoreFixture f;
  CellInput c;
  c.date = day(2026, 4, 29);
  c.start_us = 1'000;
  c.end_us = 2'000;
  c.data = "1";
  must(f.store->cells().persist(f.row, std::array{c}, {}));
  c.data = "2";
  CHECK(must(f.store->cells().persist(f.row, std::array{c}, {})).updated == 1);
  c.start_us = 900;  // another zone
  CHECK(must(f.store->cells().persist(f.row, std::array{c}, {})).updated == 1);
  CHECK(f.read() == "@900=2");

  auto at = cell("", 5'000, "3");
  must(f.store->cells().persist(f.row, std::array{at}, {}));
  at.date.offset_minutes = 120;
  CHECK(must(f.store->cells().persist(f.row, std::array{at}, {})).updated == 1);
  CHECK(must(f.store->cells().count(f.row)) == 2);
}

TEST_CASE("every part of a date survives, and a bucket's loose offset is nothing") {
  StoreFixture f;
  auto c = lasting("a", 5'000'000, 9'000'000, "1");
  c.date.offset_minutes = -90;
  c.version = std::string_view("v\0x", 3);
  auto week = cell("w", 1, "2");
  week.date = {};
  week.date.kind = TENTO_TIME_WEEK;
  week.date.year = 9999;
  week.date.week = 52;
  must(f.store->cells().persist(f.row, std::array{week, c}, {}));
  std::vector<CellView> seen;
  std::string version;
  must(f.store->cells().read(f.row, {}, [&](const CellView& v) {
    seen.push_back(v);
    version = v.version;
    return true;
  }));
  REQUIRE(seen.size() == 2);
  CHECK(seen[0].date.kind == TENTO_TIME_WEEK);
  CHECK(seen[0].date.year == 9999);
  CHECK(seen[0].date.week == 52);
  CHECK(seen[0].date.offset_minutes == TENTO_OFFSET_UNKNOWN);
  CHECK(seen[0].end_date.kind == TENTO_TIME_NONE);
  CHECK(seen[1].date.unix_us == 5'000'000);
  CHECK(seen[1].date.offset_minutes == -90);
  CHECK(seen[1].end_date.unix_us == 9'000'000);
  CHECK(seen[1].updated_us == f.now);
  CHECK(version == std::string_view("v\0x", 3));
  week.date.offset_minutes = TENTO_OFFSET_UNKNOWN;
  CHECK(must(f.store->cells().persist(f.row, std::array{week}, {})).unchanged == 1);
}

TEST_CASE("a tombstone deletes, keeps nothing visible, and a later put brings the cell back") {
  StoreFixture f;
  auto with_raw = cell("a", 100, "1");
  with_raw.raw = "<raw>";
  must(f.store->cells().persist(f.row, std::array{with_raw, cell("b", 200, "2")}, {}));
  CHECK(must(f.store->cells().raw(f.row, "a")) == "<raw>");
  const auto counts = must(f.store->cells().persist(f.row, std::array{gone("a"), gone("never")}, {}));
  CHECK(counts.deleted == 1);
  CHECK(counts.changed() == 1);
  CHECK(f.read() == "b@200=2");
  CHECK(must(f.store->cells().raw(f.row, "a")) == std::nullopt);
  CHECK(must(f.store->cells().persist(f.row, std::array{gone("a")}, {})).changed() == 0);
  CHECK(must(f.store->cells().persist(f.row, std::array{cell("a", 150, "3")}, {})).added == 1);
  CHECK(f.read() == "a@150=3 b@200=2");
}

TEST_CASE("raw bytes follow their cell") {
  StoreFixture f;
  auto c = cell("a", 100, "1");
  c.raw = "one";
  must(f.store->cells().persist(f.row, std::array{c}, {}));
  c.raw = "two";
  CHECK(must(f.store->cells().persist(f.row, std::array{c}, {})).updated == 1);
  CHECK(must(f.store->cells().raw(f.row, "a")) == "two");
  c.raw = {};
  CHECK(must(f.store->cells().persist(f.row, std::array{c}, {})).updated == 1);
  CHECK(must(f.store->cells().raw(f.row, "a")) == std::nullopt);
}

TEST_CASE("the same identity twice: the last put wins, in every order") {
  StoreFixture f;
  SUBCASE("sorted") {
    const auto c = must(f.store->cells().persist(f.row, std::array{cell("a", 100, "1"), cell("a", 200, "2")}, {}));
    CHECK(c.added == 1);
    CHECK(c.updated == 0);
    CHECK(f.read() == "a@200=2");
  }
  SUBCASE("backwards") {
    const auto c = must(f.store->cells().persist(f.row, std::array{cell("a", 200, "2"), cell("a", 100, "1")}, {}));
    CHECK(c.added == 1);
    CHECK(f.read() == "a@100=1");
  }
  SUBCASE("back to what it was") {
    must(f.store->cells().persist(f.row, std::array{cell("a", 200, "2")}, {}));
    const auto c = must(f.store->cells().persist(f.row, std::array{cell("a", 100, "1"), cell("a", 200, "2")}, {}));
    CHECK(f.read() == "a@200=2");
    CHECK(c.added == 0);
  }
  SUBCASE("unsorted, back to what it was") {
    must(f.store->cells().persist(f.row, std::array{cell("a", 200, "2")}, {}));
    const auto c = must(
        f.store->cells().persist(f.row, std::array{cell("a", 300, "1"), cell("z", 250, "0"), cell("a", 200, "2")}, {}));
    CHECK(f.read() == "a@200=2 z@250=0");
    CHECK(c.unchanged == 1);
  }
  SUBCASE("put, then deleted") {
    must(f.store->cells().persist(f.row, std::array{cell("a", 200, "2"), gone("a")}, {}));
    CHECK(f.read().empty());
  }
  SUBCASE("deleted, then put") {
    must(f.store->cells().persist(f.row, std::array{gone("a"), cell("a", 200, "2")}, {}));
    CHECK(f.read() == "a@200=2");
  }
}

TEST_CASE("known and new cells mixed are counted exactly, whichever is expected") {
  StoreFixture f;
  std::vector<std::string> ids;
  for (int i = 0; i < 100; ++i) ids.push_back("id" + std::to_string(100 + i));
  const auto some = [&](int from, int to, std::string_view data) {
    std::vector<CellInput> out;
    for (int i = from; i < to; ++i) out.push_back(cell(ids[static_cast<std::size_t>(i)], i * 10, data));
    return out;
  };
  auto txn = open_txn(f.store->cells(), f.row, std::nullopt, {});
  must(txn->put(some(0, 40, "1")));
  CHECK(must(txn->commit({}, {})).added == 40);
  const auto mixed = must(f.store->cells().persist(f.row, some(30, 60, "1"), {}));
  CHECK(mixed.added == 20);
  CHECK(mixed.unchanged == 10);
  auto again = open_txn(f.store->cells(), f.row, std::nullopt, {});
  must(again->put(some(0, 40, "1")));
  must(again->put(some(40, 100, "2")));
  const auto counts = must(again->commit({}, {}));
  CHECK(counts.unchanged == 40);
  CHECK(counts.updated == 20);
  CHECK(counts.added == 40);
  CHECK(must(f.store->cells().count(f.row)) == 100);
}

TEST_CASE("what cannot be stored is refused by name and lands nothing") {
  StoreFixture f;
  auto ends_early = lasting("late", 200, 100, "1");
  auto nul = cell(std::string_view("\0x", 2), 1, "1");
  CellInput undated;
  undated.id = "undated";
  auto elsewhere = cell("elsewhere", 5, "1");
  elsewhere.start_us = 6;
  for (const auto& bad : {ends_early, nul, undated, elsewhere}) {
    const auto refused = f.store->cells().persist(f.row, std::array{cell("good", 1, "1"), bad}, {});
    REQUIRE(!refused);
    CHECK(refused.error().code == ErrorCode::invalid_data);
    CHECK(refused.error().tag == "bad_cell");
  }
  CHECK(f.read().empty());
  Uuid unknown;
  unknown.bytes.fill(99);
  const auto no_row = f.store->cells().persist(unknown, std::array{cell("a", 1, "1")}, {});
  REQUIRE(!no_row);
  CHECK(no_row.error().code == ErrorCode::not_found);
}

TEST_CASE("a range gives what overlaps it, longer first") {
  StoreFixture f;
  must(f.store->cells().persist(
      f.row,
      std::array{lasting("long", 0, 1000, "1"), lasting("short", 0, 10, "2"), cell("point", 500, "3"),
                 cell("edge", 600, "4"), lasting("later", 599, 700, "5")},
      {}));
  CHECK(f.read({500, 600}) == "long@0=1 point@500=3 later@599=5");
  CHECK(f.read({10, 20}) == "long@0=1");
  CHECK(f.read({0, 1}) == "long@0=1 short@0=2");
  CHECK(f.read({1000, 2000}).empty());
  CHECK(f.read({INT64_MIN, 0}).empty());
  CHECK(f.read({600, INT64_MAX}) == "long@0=1 later@599=5 edge@600=4");
  CHECK(f.read() == "long@0=1 short@0=2 point@500=3 later@599=5 edge@600=4");
  int seen = 0;
  must(f.store->cells().read(f.row, {}, [&seen](const CellView&) { return ++seen < 2; }));
  CHECK(seen == 2);
}

TEST_CASE("nothing of a transaction is seen before its commit, and one that is dropped leaves nothing") {
  StoreFixture f;
  {
    auto txn = open_txn(f.store->cells(), f.row, std::nullopt, {});
    must(txn->put(std::array{cell("a", 1, "1")}));
    CHECK(f.read().empty());
  }
  CHECK(f.read().empty());
  auto txn = open_txn(f.store->cells(), f.row, std::nullopt, {});
  must(txn->put(std::array{cell("a", 1, "1")}));
  must(txn->commit(std::array{CoverageInput{{0, 10}, TENTO_COVERAGE_HAVE, 0, "", INT64_MIN}},
                   std::array{CursorInput{"next", "page2"}}));
  CHECK(f.read() == "a@1=1");
  CHECK(must(f.store->rows().cursor(f.row, "next")) == "page2");
  CHECK(must(f.store->rows().coverage(f.row)).size() == 1);
}

TEST_CASE("a commit that is refused lands nothing: no cell, no coverage, no cursor") {
  StoreFixture f;
  auto txn = open_txn(f.store->cells(), f.row, std::nullopt, {});
  must(txn->put(std::array{cell("a", 1, "1")}));
  CHECK(!txn->commit(std::array{CoverageInput{{10, 10}, TENTO_COVERAGE_HAVE, 0, "", INT64_MIN}},
                     std::array{CursorInput{"next", "page2"}}));
  CHECK(f.read().empty());
  CHECK(must(f.store->rows().cursor(f.row, "next")) == std::nullopt);
}

TEST_CASE("a replacing transaction deletes what its window holds and was not put") {
  StoreFixture f;
  auto raw = cell("stale", 150, "1");
  raw.raw = "raw";
  must(f.store->cells().persist(
      f.row,
      std::array{cell("before", 50, "1"), lasting("reaching", 80, 120, "1"), cell("kept", 110, "1"), raw,
                 cell("changed", 160, "1"), cell("after", 200, "1")},
      {}));
  auto txn = open_txn(f.store->cells(), f.row, Moments{100, 200}, {});
  must(txn->put(std::array{cell("kept", 110, "1"), cell("changed", 160, "2"), cell("new", 170, "1")}));
  const auto counts = must(txn->commit({}, {}));
  CHECK(counts.unchanged == 1);
  CHECK(counts.updated == 1);
  CHECK(counts.added == 1);
  CHECK(counts.deleted == 2);
  CHECK(f.read() == "before@50=1 kept@110=1 changed@160=2 new@170=1 after@200=1");
  CHECK(must(f.store->cells().raw(f.row, "stale")) == std::nullopt);
  auto empty = open_txn(f.store->cells(), f.row, Moments{}, {});
  CHECK(must(empty->commit({}, {})).deleted == 5);
  CHECK(f.read().empty());
}

TEST_CASE("a transaction larger than memory is kept for it lands whole, in the order it was put") {
  StoreFixture f;
  const std::string filler(2000, 'x');
  std::vector<std::string> texts;
  auto txn = open_txn(f.store->cells(), f.row, Moments{}, {});
  for (int i = 0; i < 3000; ++i) {
    const auto id = "id" + std::to_string(i % 2000);
    const auto data = "\"" + std::to_string(i) + filler + "\"";
    must(txn->put(std::array{cell(id, i % 2000, data)}));
  }
  CHECK(f.read().empty());
  const auto counts = must(txn->commit({}, {}));
  CHECK(counts.added == 2000);
  CHECK(counts.updated == 0);
  std::size_t right = 0, at = 0;
  must(f.store->cells().read(f.row, {}, [&](const CellView& c) {
    const auto last = at < 1000 ? at + 2000 : at;
    right += c.data.starts_with("\"" + std::to_string(last) + "x") ? 1 : 0;
    ++at;
    return true;
  }));
  CHECK(right == 2000);
}

TEST_CASE("tombstones go after their retention, change numbers never come again") {
  StoreFixture f;
  must(f.store->cells().persist(f.row, std::array{cell("a", 1, "1"), cell("b", 2, "1")}, {}));
  must(f.store->cells().persist(f.row, std::array{gone("a")}, {}));
  CHECK(must(f.store->maintenance().drop_changes(f.now)) == 0);
  CHECK(must(f.store->maintenance().drop_changes(f.now + 1)) == 1);
  const auto seq = f.last_seq();
  f.now += 91LL * 86'400'000'000;
  must(f.store->cells().persist(f.row, std::array{gone("b")}, {}));
  f.open();
  must(f.store->cells().persist(f.row, std::array{cell("c", 2, "1")}, {}));
  CHECK(f.last_seq() > seq + 2);
}

TEST_CASE("a version is text that stands as it is in JSON, CSV and an entity tag, and comes back byte by byte") {
  std::string every;
  for (int i = 0; i < 256; ++i) every += static_cast<char>(i);
  const auto text = version_text(every);
  CHECK(std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c < 0x7F; }));
  CHECK(text.find_first_of("\",*\\") == std::string::npos);
  CHECK(must(version_of_text(text)) == every);
  CHECK(version_text("2026-04-29T10:00:00Z/a+b=~") == "2026-04-29T10:00:00Z/a+b=~");
  CHECK(must(version_of_text("%e2%82%AC ok")) == "\xE2\x82\xAC ok");
  for (const auto* bad : {"%", "a%4", "%zz", "%%"}) {
    CAPTURE(bad);
    const auto refused = version_of_text(bad);
    REQUIRE(!refused);
    CHECK(refused.error().code == ErrorCode::invalid_argument);
  }
}

TEST_CASE("a deletion without a date is told without one") {
  CellView gone;
  gone.id = "a";
  gone.tombstone = true;
  std::string out;
  append_cell_json(out, gone);
  CHECK(out == "{\"id\":\"a\",\"date\":null,\"end_date\":null,\"data\":null,\"version\":null}");
}

TEST_CASE("a range as JSON copies data, escapes ids and tells dates as people read them") {
  StoreFixture f;
  auto bucket = cell("q\"\n", 5, "{\"x\": [1,\n2]}");
  bucket.date = day(2026, 4, 9);
  bucket.version = "v1";
  auto dated = cell("", 1'776'981'600'123'000, "3");
  dated.version = std::string_view("\"\0\xFF,\" *", 7);
  must(f.store->cells().persist(
      f.row, std::array{bucket, dated, lasting("l", 1'776'981'600'123'456, 1'776'981'601'000'000, "null")}, {}));
  std::string out = "x";
  CHECK(must(f.store->cells().append_json(out, f.row, {}, 0)) == 3);
  CHECK(out ==
        "x[{\"id\":\"q\\\"\\n\",\"date\":\"ymd-2026-04-09\",\"end_date\":null,\"data\":{\"x\": "
        "[1,\n2]},\"version\":\"v1\"},"
        "{\"id\":null,\"date\":\"2026-04-23T22:00:00.123+00:00\",\"end_date\":null,\"data\":3,"
        "\"version\":\"%22%00%FF%2C%22%20%2A\"},"
        "{\"id\":\"l\",\"date\":\"2026-04-23T22:00:00.123456+00:00\",\"end_date\":\"2026-04-23T22:00:01+00:00\","
        "\"data\":null,\"version\":null}]");
  out.clear();
  CHECK(must(f.store->cells().append_json(out, f.row, {1'000'000'000, INT64_MAX}, 1)) == 1);
  CHECK(out.ends_with("\"data\":3,\"version\":\"%22%00%FF%2C%22%20%2A\"}]"));
  Uuid unknown;
  out.clear();
  CHECK(must(f.store->cells().append_json(out, unknown, {}, 0)) == 0);
  CHECK(out == "[]");
}

TEST_CASE("a page costs what it has, not what is before it, in either order") {
  StoreFixture f;
  constexpr std::int64_t count = 10'000;
  const std::string data = "\"" + std::string(1000, 'x') + "\"";
  std::vector<std::string> ids;
  std::vector<CellInput> cells;
  for (std::int64_t i = 0; i < count; ++i) ids.push_back(std::to_string(i));
  for (std::int64_t i = 0; i < count; ++i) cells.push_back(cell(ids[static_cast<std::size_t>(i)], i, data));
  must(f.store->cells().persist(f.row, cells, {}));
  const auto bytes_read = [] {
    std::ifstream io("/proc/self/io");
    std::string name;
    std::uint64_t bytes = 0;
    io >> name >> bytes;
    return bytes;
  };
  for (const auto order : {ReadOrder::ascending, ReadOrder::descending}) {
    const auto before = bytes_read();
    std::int64_t seen = 0;
    std::string cursor;
    do {
      const auto end = must(f.store->cells().read_page(f.row, {}, PageRequest{order, 100, cursor},
                                                       [&seen](const CellView&) { return ++seen > 0; }));
      cursor = end.next;
    } while (!cursor.empty());
    CHECK(seen == count);
    CHECK(bytes_read() - before < 10 * count * data.size());  // all that is before each page: 50 times
  }
}
