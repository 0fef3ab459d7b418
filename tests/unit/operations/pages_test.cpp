// SPDX-License-Identifier: Apache-2.0
// A range in pages, in both orders; single cells.
#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "host/services/made_page.hpp"
#include "host/store/cursors.hpp"
#include "tests/unit/store/fixture.hpp"

using namespace tento;
using namespace tento::host;
using namespace tento::host::testing;

namespace {

// Long ones that reach in, several at one moment, some without end.
void fill(StoreFixture& f) {
  std::vector<std::string> ids;
  for (int i = 0; i < 60; ++i) ids.push_back("c" + std::to_string(100 + i));
  std::vector<CellInput> cells;
  for (int i = 0; i < 60; ++i)
    cells.push_back(lasting(ids[static_cast<std::size_t>(i)], i / 4 * 10, i / 4 * 10 + (i * 37 % 50), "1"));
  must(f.store->cells().persist(f.row, cells, {}));
}

std::vector<std::string> whole(StoreFixture& f, Moments range) {
  std::vector<std::string> out;
  must(f.store->cells().read(f.row, range, [&out](const CellView& c) {
    out.emplace_back(c.id);
    return true;
  }));
  return out;
}

std::vector<std::string> in_pages(StoreFixture& f, Moments range, ReadOrder order, std::size_t limit) {
  std::vector<std::string> out;
  std::string cursor;
  do {
    const auto end = must(f.store->cells().read_page(f.row, range, {order, limit, cursor}, [&out](const CellView& c) {
      out.emplace_back(c.id);
      return true;
    }));
    CHECK(end.count <= limit);
    CHECK((end.next.empty() || end.count == limit));
    cursor = end.next;
  } while (!cursor.empty() && out.size() < 1000);
  return out;
}

}  // namespace

TEST_CASE("pages of every size give the range, forwards and backwards") {
  StoreFixture f;
  fill(f);
  for (const Moments range : {Moments{}, Moments{45, 100}, Moments{40, 41}, Moments{-5, 0}, Moments{0, 10}}) {
    CAPTURE(range.from_us);
    auto forwards = whole(f, range);
    auto backwards = forwards;
    std::reverse(backwards.begin(), backwards.end());
    for (const std::size_t limit : {1U, 2U, 3U, 5U, 59U, 60U, 61U}) {
      CAPTURE(limit);
      CHECK(in_pages(f, range, ReadOrder::ascending, limit) == forwards);
      CHECK(in_pages(f, range, ReadOrder::descending, limit) == backwards);
    }
    CHECK(must(f.store->cells().read_page(f.row, range, {ReadOrder::descending, 0, {}}, [](const CellView&) {
            return true;
          })).count == forwards.size());
  }
  CHECK(whole(f, {}).size() == 60);
  CHECK(whole(f, {45, 100}).size() > 24);  // some reach in
}

TEST_CASE("the same pages as JSON, and a page ends where the visitor has enough") {
  StoreFixture f;
  fill(f);
  std::string all, parts, cursor;
  CHECK(must(f.store->cells().append_json(all, f.row, {45, 100}, 0)) == whole(f, {45, 100}).size());
  do {
    std::string page;
    const auto end = must(f.store->cells().append_json(page, f.row, {45, 100}, {ReadOrder::ascending, 7, cursor}));
    CHECK(page.front() == '[');
    CHECK(page.back() == ']');
    parts += (parts.empty() ? "" : ",") + page.substr(1, page.size() - 2);
    cursor = end.next;
  } while (!cursor.empty());
  CHECK("[" + parts + "]" == all);

  std::vector<std::string> seen;
  const auto two = [&seen](const CellView& c) {
    seen.emplace_back(c.id);
    return seen.size() % 2 != 0;
  };
  auto end = must(f.store->cells().read_page(f.row, {}, {}, two));
  CHECK(end.count == 2);
  end = must(f.store->cells().read_page(f.row, {}, {ReadOrder::ascending, 0, end.next}, two));
  const auto all_ids = whole(f, {});
  CHECK(seen == std::vector<std::string>(all_ids.begin(), all_ids.begin() + 4));
}

TEST_CASE("a page goes on at its place, whatever was written meanwhile") {
  StoreFixture f;
  must(f.store->cells().persist(f.row, std::array{cell("b", 10, "1"), cell("d", 20, "1"), cell("f", 30, "1")}, {}));
  const auto first =
      must(f.store->cells().read_page(f.row, {}, {ReadOrder::ascending, 2, {}}, [](const CellView&) { return true; }));
  // The very cell the cursor stands at goes, and others come on both sides.
  must(f.store->cells().persist(f.row, std::array{gone("d"), cell("a", 5, "1"), cell("e", 25, "1")}, {}));
  f.open();
  std::string rest;
  must(f.store->cells().read_page(f.row, {}, {ReadOrder::ascending, 5, first.next}, [&rest](const CellView& c) {
    rest += c.id;
    return true;
  }));
  CHECK(rest == "ef");
}

TEST_CASE("a page's cursor is taken exactly as it was given") {
  StoreFixture f;
  must(f.store->cells().persist(f.row, std::array{cell("b", 10, "1"), cell("d", 20, "1")}, {}));
  const auto next = must(f.store->cells().read_page(f.row, {}, {ReadOrder::ascending, 1, {}}, [](const CellView&) {
                      return true;
                    })).next;
  REQUIRE(next.starts_with("p1"));
  std::string out;
  for (const auto& text : {next + "+", next + "=", " " + next, std::string("p1AAAAAAAAAAo"), "p2" + next.substr(2),
                           std::string("p1"), std::string("x"), must(f.store->changes().newest(f.owner.id)),
                           cursor_text(PageCursor{5, 4, "a"}), cursor_text(PageCursor{1, 2, std::string(513, 'a')})}) {
    CAPTURE(text);
    const auto got = f.store->cells().append_json(out, f.row, {}, {ReadOrder::ascending, 1, text});
    REQUIRE_FALSE(got);
    CHECK(got.error().tag == "bad_cursor");
    CHECK(got.error().code == ErrorCode::invalid_argument);
  }
  const auto longest = cursor_text(PageCursor{1, 2, std::string(512, 'a')});
  CHECK(f.store->cells().append_json(out, f.row, {}, {ReadOrder::ascending, 1, longest}));
}

TEST_CASE("one cell by its id or its date, with what a condition needs") {
  StoreFixture f;
  auto c = lasting("a", 5, 9, "{\"x\":1}");
  c.version = "v1";
  CellInput dated;
  dated.date = day(2026, 4, 29);
  dated.start_us = 1;
  dated.end_us = 2;
  dated.data = "2";
  must(f.store->cells().persist(f.row, std::array{c, dated}, {}));
  const auto by_id = must(f.store->cells().find(f.row, {"a", {}}));
  REQUIRE(by_id);
  CHECK(by_id->data == "{\"x\":1}");
  CHECK(by_id->version == "v1");
  CHECK(by_id->change_seq == 1);
  CHECK(by_id->updated_us == f.now);
  CHECK(by_id->end_date.unix_us == 9);
  const auto by_date = must(f.store->cells().find(f.row, {"", day(2026, 4, 29)}));
  REQUIRE(by_date);
  CHECK(by_date->data == "2");
  CHECK(by_date->id.empty());
  CHECK_FALSE(must(f.store->cells().find(f.row, {"b", {}})));
  CHECK_FALSE(must(f.store->cells().find(f.row, {"", day(2026, 4, 30)})));
  Uuid unknown;
  CHECK_FALSE(must(f.store->cells().find(unknown, {"a", {}})));
}

TEST_CASE("a row that is made when it is read has pages, whatever order cells of one moment come in") {
  struct Made {
    std::int64_t start_us;
    std::string id;
  };
  std::vector<Made> row;
  for (int i = 0; i < 50; ++i) row.push_back({i / 7 * 10, "c" + std::to_string((i * 31) % 50)});
  const auto page_of = [&](std::string& cursor, std::size_t limit) {
    auto page = must(MadePage::begin(limit, cursor));
    std::vector<std::string> ids;
    for (const auto& each : row) {
      CellView cell;
      cell.id = each.id;
      cell.start_us = each.start_us;
      if (page.from_us() && cell.start_us < *page.from_us() - 5) continue;  // need not come again
      const auto place = page(cell);
      if (place == MadePage::Place::behind) break;
      if (place == MadePage::Place::inside) ids.push_back(each.id);
    }
    cursor = page.next();
    return ids;
  };
  std::vector<std::string> all;
  for (const auto& each : row) all.push_back(each.id);
  for (const std::size_t limit : {1U, 2U, 7U, 8U, 49U, 50U, 51U}) {
    CAPTURE(limit);
    std::vector<std::string> walked;
    std::string cursor;
    do {
      const auto part = page_of(cursor, limit);
      CHECK(part.size() <= limit);
      walked.insert(walked.end(), part.begin(), part.end());
    } while (!cursor.empty());
    CHECK(walked == all);
  }
  std::string cursor;
  CHECK(page_of(cursor, 0) == all);
  CHECK(cursor.empty());
  // What is no longer there is missed by nobody, what came between is told.
  CHECK(page_of(cursor, 10).size() == 10);
  row.erase(row.begin() + 8);
  const auto rest = page_of(cursor, 0);
  CHECK(std::equal(all.begin() + 10, all.end(), rest.begin(), rest.end()));
  for (const auto* none : {"m1", "m1AAAA", "p1AAAA", "hello"}) {
    CAPTURE(none);
    const auto refused = MadePage::begin(1, none);
    REQUIRE(!refused);
    CHECK(refused.error().tag == "bad_cursor");
  }
}
