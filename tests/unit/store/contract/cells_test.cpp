// SPDX-License-Identifier: Apache-2.0
// The contract of cells: identity, transactions, ranges, pages, JSON.
#include <doctest/doctest.h>

#include <array>

#include "tests/unit/store/contract/openings.hpp"

using namespace tento;
using namespace tento::host;
using namespace tento::host::testing;

namespace {

std::string page_text(Store& store, const Uuid& row, PageRequest page, std::string& next, Moments range = {}) {
  std::string out;
  page.cursor = next;
  const auto end = must(store.cells().read_page(row, range, page, [&out](const CellView& c) {
    out.append(out.empty() ? "" : " ").append(c.id);
    return true;
  }));
  next = end.next;
  return out;
}

CellInput dated(tento_semantic_time date, std::int64_t from, std::int64_t to, std::string_view data) {
  CellInput c;
  c.date = date;
  c.start_us = from;
  c.end_us = to;
  c.data = data;
  return c;
}

}  // namespace

TEST_CASE_TEMPLATE("cells: added, updated, unchanged and deleted are told apart; unchanged ones write nothing", Backend,
                   TENTO_STORE_BACKENDS) {
  Contract f{Backend{}};
  CHECK(text_of(f.put({cell("a", 1, "1"), cell("b", 2, "1")})) == "2 0 0 0");
  const auto seq = must(f.b().rows().find(f.row))->change_seq;
  CHECK(text_of(f.put({cell("a", 1, "1"), cell("b", 2, "1")})) == "0 0 0 2");
  CHECK(must(f.b().rows().find(f.row))->change_seq == seq);
  CHECK(text_of(f.put({cell("a", 1, "2"), cell("b", 3, "1"), cell("c", 4, "1")})) == "1 2 0 0");
  CHECK(text_of(f.put({gone("a"), gone("none")})) == "0 0 1 0");
  CHECK(text_of(f.put({gone("a")})) == "0 0 0 0");
  CHECK(text_of(f.put({cell("a", 1, "2")})) == "1 0 0 0");
  auto c = cell("c", 4, "1");
  c.version = "v";
  CHECK(text_of(f.put({c})) == "0 1 0 0");
  c.raw = "raw";
  CHECK(text_of(f.put({c})) == "0 1 0 0");
  CHECK(must(f.b().cells().raw(f.row, "c")) == "raw");
  c.raw = "";
  CHECK(text_of(f.put({c})) == "0 1 0 0");
  CHECK_FALSE(must(f.b().cells().raw(f.row, "c")));
  CHECK(must(f.b().cells().count(f.row)) == 3);
}

TEST_CASE_TEMPLATE("cells: of one identity the last that is put wins", Backend, TENTO_STORE_BACKENDS) {
  Contract f{Backend{}};
  CHECK(text_of(f.put({cell("b", 2, "1"), cell("a", 1, "1"), cell("b", 1, "2")})) == "2 0 0 0");
  CHECK(read_text(f.b(), f.row) == "a@1=1 b@1=2");
  CHECK(text_of(f.put({gone("a"), cell("a", 1, "1")})) == "0 0 0 1");
  CHECK(text_of(f.put({cell("a", 1, "9"), gone("a")})) == "0 0 1 0");
  CHECK(text_of(f.put({cell("n", 1, "9"), gone("n")})) == "0 0 0 0");
  auto txn = open_txn(f.a().cells(), f.row, std::nullopt, {});
  must(txn->put(std::array{cell("z", 9, "1")}));
  must(txn->put(std::array{cell("z", 8, "2")}));
  CHECK(text_of(must(txn->commit({}, {}))) == "1 0 0 0");
  CHECK(read_text(f.b(), f.row) == "b@1=2 z@8=2");
}

TEST_CASE_TEMPLATE("cells: one without id is named by its date, whatever its offset", Backend, TENTO_STORE_BACKENDS) {
  Contract f{Backend{}};
  CHECK(text_of(f.put({dated(day(2026, 4, 29), 10, 20, "1"), dated(instant(15), 15, 15, "2")})) == "2 0 0 0");
  auto elsewhere = instant(15);
  elsewhere.offset_minutes = 60;
  CHECK(text_of(f.put({dated(elsewhere, 15, 15, "2")})) == "0 1 0 0");
  CHECK(must(f.b().cells().find(f.row, {{}, instant(15)}))->date.offset_minutes == 60);
  const auto found = must(f.b().cells().find(f.row, {{}, day(2026, 4, 29)})).value();
  CHECK(found.id.empty());
  CHECK(found.start_us == 10);
  CHECK(found.date.day == 29);
  CHECK(found.end_date.kind == TENTO_TIME_NONE);
  CHECK(found.updated_us == f.now);
  CHECK_FALSE(must(f.b().cells().find(f.row, {{}, day(2026, 4, 30)})));
  auto deletion = dated(day(2026, 4, 29), 10, 20, "");
  deletion.tombstone = true;
  CHECK(text_of(f.put({deletion})) == "0 0 1 0");
}

TEST_CASE_TEMPLATE("cells: what columns cannot hold is refused, and nothing of its batch lands", Backend,
                   TENTO_STORE_BACKENDS) {
  Contract f{Backend{}};
  const auto refused = [&](const CellInput& bad) {
    return tag_of(f.a().cells().persist(f.row, std::array{cell("good", 1, "1"), bad}, {}));
  };
  CHECK(refused(cell(std::string_view("\0x", 2), 1, "1")) == "bad_cell");
  CHECK(refused(lasting("x", 5, 4, "1")) == "bad_cell");
  auto moved = cell("x", 5, "1");
  moved.start_us = 4;
  CHECK(refused(moved) == "bad_cell");
  CellInput undated;
  undated.id = "x";
  CHECK(refused(undated) == "bad_cell");
  CHECK(must(f.b().cells().count(f.row)) == 0);
  Uuid none;
  CHECK(tag_of(f.a().cells().persist(none, std::array{cell("x", 1, "1")}, {})) == "no_such_row");
}

TEST_CASE_TEMPLATE("transactions: nothing is seen before the commit, nothing of one that is given up", Backend,
                   TENTO_STORE_BACKENDS) {
  Contract f{Backend{}};
  auto txn = open_txn(f.a().cells(), f.row, std::nullopt, {});
  must(txn->put(std::array{cell("a", 1, "1")}));
  CHECK(read_text(f.b(), f.row) == "");
  must(txn->commit({}, {}));
  CHECK(read_text(f.b(), f.row) == "a@1=1");
  txn = open_txn(f.a().cells(), f.row, std::nullopt, {});
  must(txn->put(std::array{cell("b", 1, "1")}));
  txn.reset();
  CHECK(read_text(f.b(), f.row) == "a@1=1");
  txn = open_txn(f.a().cells(), f.row, Moments{}, {});
  must(txn->put(std::array{cell("c", 1, "1")}));
  CHECK(tag_of(txn->commit(std::array{CoverageInput{{5, 5}, TENTO_COVERAGE_HAVE, 0, "", INT64_MIN}},
                           std::array{CursorInput{"n", "v"}})) == "bad_coverage");
  CHECK(read_text(f.b(), f.row) == "a@1=1");
  CHECK_FALSE(must(f.b().rows().cursor(f.row, "n")));
  txn = open_txn(f.a().cells(), f.row, std::nullopt, {});
  must(txn->put(std::array{cell("d", 1, "1")}));
  must(f.b().accounts().remove(f.user.id, "x", "a", true));
  CHECK(tag_of(txn->commit({}, {})) == "no_such_row");
}

TEST_CASE_TEMPLATE("transactions: replacing deletes what it covers and was not put, and nothing beside it", Backend,
                   TENTO_STORE_BACKENDS) {
  Contract f{Backend{}};
  f.put({cell("before", 9, "1"), lasting("into", 5, 11, "1"), lasting("up to", 5, 10, "1"), cell("first", 10, "1"),
         cell("same", 12, "1"), cell("last", 19, "1"), cell("after", 20, "1")});
  auto txn = open_txn(f.a().cells(), f.row, Moments{10, 20}, {});
  must(txn->put(std::array{cell("same", 12, "1"), cell("new", 15, "1"), cell("after", 20, "1")}));
  CHECK(text_of(must(txn->commit({}, {}))) == "1 0 3 2");
  CHECK(read_text(f.b(), f.row) == "up to@5=1 before@9=1 same@12=1 new@15=1 after@20=1");
  // The same write sent again changes nothing.
  txn = open_txn(f.b().cells(), f.row, Moments{10, 20}, {});
  must(txn->put(std::array{cell("same", 12, "1"), cell("new", 15, "1"), cell("after", 20, "1")}));
  CHECK(text_of(must(txn->commit({}, {}))) == "0 0 0 3");
}

TEST_CASE_TEMPLATE("ranges: what overlaps, by start, the longer first, then id", Backend, TENTO_STORE_BACKENDS) {
  Contract f{Backend{}};
  f.put({lasting("s", 10, 12, "1"), lasting("l", 10, 90, "1"), cell("p", 10, "1"), lasting("b", 10, 12, "1"),
         lasting("early", 0, 11, "1"), cell("z", 50, "1")});
  CHECK(read_text(f.b(), f.row) == "early@0=1 l@10=1 b@10=1 s@10=1 p@10=1 z@50=1");
  CHECK(read_text(f.b(), f.row, {11, 50}) == "l@10=1 b@10=1 s@10=1");
  CHECK(read_text(f.b(), f.row, {50, 51}) == "l@10=1 z@50=1");
  CHECK(read_text(f.b(), f.row, {90, 99}) == "");
  Uuid none;
  CHECK(read_text(f.b(), none) == "");
  CHECK(must(f.b().cells().count(none)) == 0);
  CHECK_FALSE(must(f.b().cells().find(none, {"a", {}})));
}

TEST_CASE_TEMPLATE("pages: in either order they are the range, also while somebody writes", Backend,
                   TENTO_STORE_BACKENDS) {
  Contract f{Backend{}};
  f.put({lasting("s", 10, 12, "1"), lasting("l", 10, 90, "1"), cell("p", 10, "1"), lasting("b", 10, 12, "1"),
         lasting("early", 0, 11, "1"), cell("z", 50, "1")});
  std::string next;
  CHECK(page_text(f.b(), f.row, {ReadOrder::ascending, 2, {}}, next) == "early l");
  f.put({gone("l"), cell("a", 5, "1"), cell("y", 40, "1")});  // the place of the cursor stays good
  CHECK(page_text(f.a(), f.row, {ReadOrder::ascending, 2, {}}, next) == "b s");
  CHECK(page_text(f.b(), f.row, {ReadOrder::ascending, 3, {}}, next) == "p y z");
  CHECK(next.empty());
  CHECK(page_text(f.b(), f.row, {ReadOrder::descending, 4, {}}, next, {9, 100}) == "z y p s");
  CHECK(page_text(f.a(), f.row, {ReadOrder::descending, 0, {}}, next, {9, 100}) == "b early");
  CHECK(next.empty());
  next = "p1nonsense";
  CHECK(tag_of(f.a().cells().read_page(f.row, {}, {ReadOrder::ascending, 0, next},
                                       [](const CellView&) { return true; })) == "bad_cursor");
  // A visitor that has enough ends the page behind its cell.
  std::size_t seen = 0;
  const auto end = must(f.a().cells().read_page(f.row, {}, {}, [&seen](const CellView&) { return ++seen < 2; }));
  CHECK(end.count == 2);
  next = end.next;
  CHECK(page_text(f.b(), f.row, {}, next) == "b s p y z");
}

TEST_CASE_TEMPLATE("pages: raw bytes come with the cells where they are asked for", Backend, TENTO_STORE_BACKENDS) {
  Contract f{Backend{}};
  auto with_raw = cell("b", 2, "1");
  with_raw.raw = std::string_view("r\0w", 3);
  f.put({cell("a", 1, "1"), with_raw, cell("c", 3, "1")});
  const auto raws = [&f](bool wanted) {
    PageRequest page;
    page.raw = wanted;
    std::string out;
    must(f.b().cells().read_page(f.row, {}, page, [&out](const CellView& c) {
      out.append(c.id).append("=").append(c.raw).append(" ");
      return true;
    }));
    return out;
  };
  CHECK(raws(true) == std::string("a= b=r\0w c= ", 12));
  CHECK(raws(false) == "a= b= c= ");
}

TEST_CASE_TEMPLATE("cells: a visitor may call the store, and is shown what was there when its page began", Backend,
                   TENTO_STORE_BACKENDS) {
  Contract f{Backend{}};
  f.put({cell("a", 1, "1"), cell("b", 2, "1")});
  std::string seen;
  const auto visit = [&](const CellView& c) {
    seen += must(f.b().cells().find(f.row, {c.id, {}}))->id;
    const auto beside = std::string(c.id) + seen;
    must(f.a().cells().persist(f.row, std::array{cell(beside, 9, "1")}, {}));
    return true;
  };
  must(f.a().cells().read(f.row, {}, visit));
  CHECK(seen == "ab");
  seen.clear();
  CHECK(must(f.a().cells().read_page(f.row, {0, 5}, {ReadOrder::descending, 2}, visit)).count == 2);
  CHECK(seen == "ba");
  CHECK(must(f.b().cells().count(f.row)) == 6);
}

TEST_CASE_TEMPLATE("pages: however much is asked for, one is bounded in cells and in bytes", Backend,
                   TENTO_STORE_BACKENDS) {
  Contract f{Backend{}};
  std::vector<std::string> ids;
  for (std::size_t i = 0; i <= most_cells_in_page; ++i) ids.push_back(std::to_string(i));
  std::vector<CellInput> cells;
  for (std::size_t i = 0; i < ids.size(); ++i) cells.push_back(cell(ids[i], static_cast<std::int64_t>(i), "1"));
  f.put(cells);
  const auto count = [&](Store& store, PageRequest page, const Uuid& row) {
    const auto end = must(store.cells().read_page(row, {}, page, [](const CellView&) { return true; }));
    std::string json;
    const auto as_json = must(store.cells().append_json(json, row, {}, page));
    if (!page.raw) CHECK(as_json.next == end.next);
    return std::pair(end.count, end.next);
  };
  for (const std::size_t limit : {std::size_t{0}, most_cells_in_page + 5, SIZE_MAX}) {
    auto [first, next] = count(f.b(), {ReadOrder::ascending, limit}, f.row);
    CHECK(first == most_cells_in_page);
    CHECK(count(f.a(), {ReadOrder::ascending, limit, next}, f.row) == std::pair(std::size_t{1}, std::string()));
  }
  const auto large = f.make_row(2, ":~x:a:large");
  const std::string data = "\"" + std::string(most_bytes_in_page / 3, 'x') + "\"";
  auto with_raw = cell("c", 3, data);
  const std::string raw(most_bytes_in_page, 'r');
  with_raw.raw = raw;
  for (const auto& one : {cell("a", 1, data), cell("b", 2, data), with_raw, cell("d", 4, data)})
    must(f.a().cells().persist(large, std::array{one}, {}));
  auto [first, next] = count(f.b(), {}, large);
  CHECK(first == 3);
  CHECK(count(f.b(), {ReadOrder::ascending, 0, next}, large).first == 1);
  PageRequest from_the_end{ReadOrder::descending};
  from_the_end.raw = true;
  CHECK(count(f.b(), from_the_end, large).first == 2);
  // A visitor of a whole range is given all of it.
  std::size_t seen = 0;
  must(f.b().cells().read(f.row, {}, [&seen](const CellView&) { return ++seen != 0; }));
  CHECK(seen == ids.size());
}

TEST_CASE_TEMPLATE("cells: JSON has the stored text byte for byte, in pages too", Backend, TENTO_STORE_BACKENDS) {
  Contract f{Backend{}};
  auto c = lasting("a\"b", 0, 1'500'000, "{ \"x\" : 1.0 }");
  c.version = std::string_view("v\0\"", 3);
  f.put({c, dated(day(2026, 4, 29), 5, 6, "[]")});
  std::string out = "before ";
  CHECK(must(f.b().cells().append_json(out, f.row, {}, 0)) == 2);
  CHECK(out ==
        "before "
        "[{\"id\":\"a\\\"b\",\"date\":\"1970-01-01T00:00:00+00:00\",\"end_date\":\"1970-01-01T00:00:01.500+00:00\","
        "\"data\":{ \"x\" : 1.0 },\"version\":\"v%00%22\"},"
        "{\"id\":null,\"date\":\"ymd-2026-04-29\",\"end_date\":null,\"data\":[],\"version\":null}]");
  out.clear();
  const auto end = must(f.b().cells().append_json(out, f.row, {}, PageRequest{ReadOrder::descending, 1, {}}));
  CHECK(end.count == 1);
  CHECK(out.starts_with("[{\"id\":null"));
  out.clear();
  const auto rest = must(f.b().cells().append_json(out, f.row, {}, PageRequest{ReadOrder::descending, 1, end.next}));
  CHECK(rest.count == 1);
  CHECK(rest.next.empty());
}
