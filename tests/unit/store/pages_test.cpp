// SPDX-License-Identifier: Apache-2.0
// A range in pages, in both orders; single cells.
#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <string>
#include <vector>

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
  must(f.store->persist(f.row, cells, {}));
}

std::vector<std::string> whole(StoreFixture& f, Moments range) {
  std::vector<std::string> out;
  must(f.store->read_cells(f.row, range, [&out](const CellView& c) {
    out.emplace_back(c.id);
    return true;
  }));
  return out;
}

std::vector<std::string> in_pages(StoreFixture& f, Moments range, ReadOrder order, std::size_t limit) {
  std::vector<std::string> out;
  std::string cursor;
  do {
    const auto end = must(f.store->read_page(f.row, range, {order, limit, cursor}, [&out](const CellView& c) {
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
    CHECK(must(f.store->read_page(f.row, range, {ReadOrder::descending, 0, {}}, [](const CellView&) {
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
  CHECK(must(f.store->append_json(all, f.row, {45, 100}, 0)) == whole(f, {45, 100}).size());
  do {
    std::string page;
    const auto end = must(f.store->append_json(page, f.row, {45, 100}, {ReadOrder::ascending, 7, cursor}));
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
  auto end = must(f.store->read_page(f.row, {}, {}, two));
  CHECK(end.count == 2);
  end = must(f.store->read_page(f.row, {}, {ReadOrder::ascending, 0, end.next}, two));
  const auto all_ids = whole(f, {});
  CHECK(seen == std::vector<std::string>(all_ids.begin(), all_ids.begin() + 4));
}

TEST_CASE("a page goes on at its place, whatever was written meanwhile") {
  StoreFixture f;
  must(f.store->persist(f.row, std::array{cell("b", 10, "1"), cell("d", 20, "1"), cell("f", 30, "1")}, {}));
  const auto first =
      must(f.store->read_page(f.row, {}, {ReadOrder::ascending, 2, {}}, [](const CellView&) { return true; }));
  // The very cell the cursor stands at goes, and others come on both sides.
  must(f.store->persist(f.row, std::array{gone("d"), cell("a", 5, "1"), cell("e", 25, "1")}, {}));
  f.open();
  std::string rest;
  must(f.store->read_page(f.row, {}, {ReadOrder::ascending, 5, first.next}, [&rest](const CellView& c) {
    rest += c.id;
    return true;
  }));
  CHECK(rest == "ef");
}

TEST_CASE("a page's cursor is taken exactly as it was given") {
  StoreFixture f;
  must(f.store->persist(f.row, std::array{cell("b", 10, "1"), cell("d", 20, "1")}, {}));
  const auto next =
      must(f.store->read_page(f.row, {}, {ReadOrder::ascending, 1, {}}, [](const CellView&) { return true; })).next;
  REQUIRE(next.starts_with("p1"));
  std::string out;
  for (const auto& text : {next + "+", next + "=", " " + next, std::string("p1AAAAAAAAAAo"), "p2" + next.substr(2),
                           std::string("p1"), std::string("x"), must(f.store->newest_cursor()),
                           cursor_text(PageCursor{5, 4, "a"}), cursor_text(PageCursor{1, 2, std::string(513, 'a')})}) {
    CAPTURE(text);
    const auto got = f.store->append_json(out, f.row, {}, {ReadOrder::ascending, 1, text});
    REQUIRE_FALSE(got);
    CHECK(got.error().tag == "bad_cursor");
    CHECK(got.error().code == ErrorCode::invalid_argument);
  }
  const auto longest = cursor_text(PageCursor{1, 2, std::string(512, 'a')});
  CHECK(f.store->append_json(out, f.row, {}, {ReadOrder::ascending, 1, longest}));
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
  must(f.store->persist(f.row, std::array{c, dated}, {}));
  const auto by_id = must(f.store->cell(f.row, {"a", {}}));
  REQUIRE(by_id);
  CHECK(by_id->data == "{\"x\":1}");
  CHECK(by_id->version == "v1");
  CHECK(by_id->change_seq == 1);
  CHECK(by_id->updated_us == f.now);
  CHECK(by_id->end_date.unix_us == 9);
  const auto by_date = must(f.store->cell(f.row, {"", day(2026, 4, 29)}));
  REQUIRE(by_date);
  CHECK(by_date->data == "2");
  CHECK(by_date->id.empty());
  CHECK_FALSE(must(f.store->cell(f.row, {"b", {}})));
  CHECK_FALSE(must(f.store->cell(f.row, {"", day(2026, 4, 30)})));
  Uuid unknown;
  CHECK_FALSE(must(f.store->cell(unknown, {"a", {}})));
}
