// SPDX-License-Identifier: Apache-2.0
// The contract of the feed of changes: order, cursors at every place, what is forgotten, waiting.
#include <doctest/doctest.h>

#include <array>
#include <chrono>
#include <stop_token>
#include <thread>

#include "host/store/cursors.hpp"
#include "tests/unit/store/contract/openings.hpp"

using namespace tento;
using namespace tento::host;
using namespace tento::host::testing;

TEST_CASE_TEMPLATE("changes: each cell once, at its latest, in commit order; `updated` only of what was told", Backend,
                   TENTO_STORE_BACKENDS) {
  Contract f{Backend{}};
  std::string cursor;
  CHECK(follow(f.b(), cursor) == "");
  f.put({cell("a", 100, "1"), cell("b", 200, "1")});
  f.put({cell("c", 50, "1")});
  f.put({cell("a", 100, "2")});
  CHECK(follow(f.b(), cursor) == "+b +c +a");
  CHECK(follow(f.b(), cursor) == "");
  CHECK(cursor == must(f.a().changes().newest(f.user.id)));
  f.put({cell("a", 300, "2"), cell("d", 1, "1"), gone("b")});
  CHECK(follow(f.b(), cursor) == "+d ~a -b");
  f.put({cell("a", 300, "2")});
  CHECK(follow(f.b(), cursor) == "");
  f.put({cell("b", 300, "2")});
  CHECK(follow(f.b(), cursor) == "+b");
  f.put({gone("c")});
  std::string from_start;
  CHECK(follow(f.a(), from_start) == "+d +a +b");
  CHECK(from_start == must(f.b().changes().newest(f.user.id)));
}

TEST_CASE_TEMPLATE("changes: one tells row, cell, number and time", Backend, TENTO_STORE_BACKENDS) {
  Contract f{Backend{}};
  auto c = lasting("a", 5'000'000, 9'000'000, "{\"x\":1}");
  c.version = "v7";
  f.put({c});
  must(f.b().changes().read(f.user.id, {}, 0, [&](const Change& change) {
    CHECK(change.row == f.row);
    CHECK(change.lookup_key == ":~x:a:things");
    CHECK(change.cell.data == "{\"x\":1}");
    CHECK(change.cell.version == "v7");
    CHECK(change.cell.end_date.unix_us == 9'000'000);
    CHECK(change.cell.updated_us == f.now);
    CHECK(change.cell.change_seq == change.seq);
    return true;
  }));
  const auto before = must(f.b().changes().newest(f.user.id));
  f.now += 1;
  f.put({gone("a")});
  std::size_t count = 0;
  must(f.b().changes().read(f.user.id, before, 0, [&](const Change& change) {
    CHECK(change.kind == ChangeKind::deleted);
    CHECK(change.cell.tombstone);
    CHECK(change.cell.id == "a");
    CHECK(change.cell.start_us == 5'000'000);
    CHECK(change.cell.data.empty());
    CHECK(change.cell.updated_us == f.now);
    ++count;
    return true;
  }));
  CHECK(count == 1);
}

TEST_CASE_TEMPLATE("changes: whatever the page size, everything is told once; behind every change there is a cursor",
                   Backend, TENTO_STORE_BACKENDS) {
  Contract f{Backend{}};
  const auto other = f.make_row(2, ":~x:a:other");
  f.put({cell("old1", 1, "1"), cell("old2", 2, "1"), cell("old3", 3, "1")});
  const auto start = must(f.a().changes().newest(f.user.id));
  f.put({lasting("l", 5, 9, "1"), cell("b", 5, "1"), cell("a", 5, "1"), gone("old1"), gone("old2")});
  must(f.a().cells().persist(other, std::array{cell("o", 1, "1")}, {}));
  f.put({gone("old3"), cell("c", 7, "1")});
  const std::string all = "+l +a +b -old1 -old2 +o +c -old3";
  for (std::size_t limit = 1; limit < 9; ++limit) {
    auto cursor = start;
    std::string told;
    for (int i = 0; i < 20; ++i) {
      const auto page = follow(i % 2 == 0 ? f.a() : f.b(), cursor, limit);
      if (page.empty()) break;
      told += (told.empty() ? "" : " ") + page;
    }
    CHECK(told == all);
    CHECK(cursor == must(f.a().changes().newest(f.user.id)));
  }
  std::vector<std::string> cursors;
  must(f.a().changes().read(f.user.id, start, 0, [&](const Change& change) {
    cursors.push_back(change.cursor());
    return true;
  }));
  REQUIRE(cursors.size() == 8);
  for (auto cursor : cursors) {
    const auto rest = follow(f.b(), cursor);
    CHECK(all.ends_with(rest));
  }
  // What changes behind a page comes at its new place.
  auto cursor = start;
  CHECK(follow(f.a(), cursor, 2) == "+l +a");
  f.put({cell("b", 5, "2"), cell("l", 1, "2")});
  CHECK(follow(f.b(), cursor) == "-old1 -old2 +o +c -old3 +l +b");
}

TEST_CASE_TEMPLATE("changes: a visitor that has enough is given the cursor behind what it was given", Backend,
                   TENTO_STORE_BACKENDS) {
  Contract f{Backend{}};
  f.put({cell("a", 1, "1"), cell("b", 2, "1"), cell("c", 3, "1")});
  std::size_t count = 0;
  auto end = must(f.a().changes().read(f.user.id, {}, 0, [&count](const Change&) { return ++count < 2; }));
  CHECK(end.count == 2);
  CHECK(end.more);
  CHECK(follow(f.b(), end.cursor) == "+c");
  CHECK_FALSE(must(f.b().changes().read(f.user.id, end.cursor, 1, [](const Change&) { return true; })).more);
}

TEST_CASE_TEMPLATE("changes: of one user, and of rows that went", Backend, TENTO_STORE_BACKENDS) {
  Contract f{Backend{}};
  const auto bob = must(f.a().users().add("bob", "UTC"));
  const auto row = f.make_row_of(bob.id, 9, ":~x:b:things", "b");
  must(f.a().cells().persist(row, std::array{cell("bobs", 1, "1")}, {}));
  f.put({cell("mine", 1, "1")});
  std::string mine, bobs;
  CHECK(follow(f.b(), mine, 0, f.user.id) == "+mine");
  CHECK(follow(f.b(), bobs, 0, bob.id) == "+bobs");
  must(f.a().accounts().remove(bob.id, "x", "b", true));
  CHECK(follow(f.b(), mine, 0, f.user.id) == "");
  CHECK(follow(f.b(), bobs, 0, bob.id) == "x:~x:b:things");
  CHECK(follow(f.b(), bobs, 0, bob.id) == "");
  std::string from_start;
  CHECK(follow(f.b(), from_start) == "+mine");
}

TEST_CASE_TEMPLATE("changes: one user's commits are nothing to another's feed, and take none of its numbers", Backend,
                   TENTO_STORE_BACKENDS) {
  Contract f{Backend{}};
  const auto bob = must(f.a().users().add("bob", "UTC"));
  const auto row = f.make_row_of(bob.id, 9, ":~x:b:things", "b");
  f.put({cell("mine", 1, "1")});
  const auto seq = must(f.b().rows().find(f.row))->change_seq;
  const auto mine = must(f.b().changes().newest(f.user.id));
  for (int i = 0; i < 20; ++i) {
    const auto data = std::to_string(i);
    must(f.a().cells().persist(row, std::array{cell("bobs", 1, data), cell("other", 2, data)}, {}));
  }
  CHECK(must(f.b().changes().newest(f.user.id)) == mine);
  CHECK(must(f.b().rows().find(row))->change_seq < seq + 20);
  f.put({cell("mine", 1, "2")});
  CHECK(must(f.b().rows().find(f.row))->change_seq == seq + 1);
  auto cursor = mine;
  CHECK(follow(f.b(), cursor) == "~mine");
  // Of somebody who has no feed nothing is told.
  Uuid nobody;
  nobody.bytes.fill(7);
  std::string nothing;
  CHECK(follow(f.b(), nothing, 0, nobody) == "");
  CHECK(nothing == must(f.a().changes().newest(nobody)));
}

TEST_CASE_TEMPLATE("changes: a cursor is not believed in a store that was put back and went on otherwise", Backend,
                   TENTO_STORE_BACKENDS) {
  Contract f{Backend{}};
  const auto bob = must(f.a().users().add("bob", "UTC"));
  const auto row = f.make_row_of(bob.id, 9, ":~x:b:things", "b");
  f.put({cell("a", 1, "1"), cell("b", 2, "1")});
  const auto before = must(f.a().changes().newest(f.user.id));
  const auto bobs = must(f.a().changes().newest(bob.id));
  const auto put_back = f.keep();
  f.put({cell("c", 3, "1")});
  f.put({cell("d", 4, "1"), cell("e", 5, "1")});
  const auto after = must(f.a().changes().newest(f.user.id));
  std::string catching_up;  // it began when the store had more
  CHECK(follow(f.a(), catching_up, 1) == "+a");
  auto among = before;
  CHECK(follow(f.a(), among, 2) == "+c +d");
  put_back();
  // It has caught up again, so the numbers do not tell.
  f.put({cell("x", 3, "1")});
  f.put({gone("b")});
  const auto read = [&](const std::string& cursor) {
    return tag_of(f.b().changes().read(f.user.id, cursor, 0, [](const Change&) { return true; }));
  };
  CHECK(read(after) == "cursor_expired");
  CHECK(read(among) == "cursor_expired");
  CHECK(read(catching_up) == "cursor_expired");
  // What both have in common stays good.
  auto cursor = before;
  CHECK(follow(f.b(), cursor) == "+x -b");
  must(f.a().cells().persist(row, std::array{cell("bobs", 1, "1")}, {}));
  cursor = bobs;
  CHECK(follow(f.b(), cursor, 0, bob.id) == "+bobs");
}

TEST_CASE_TEMPLATE("changes: a page is bounded in changes and in bytes, whatever is asked for", Backend,
                   TENTO_STORE_BACKENDS) {
  Contract f{Backend{}};
  const std::string large = '"' + std::string(ChangeStore::most_bytes / 4, 'x') + '"';
  for (const char* id : {"a", "b", "c", "d", "e", "f"}) f.put({cell(id, 1, large)});
  const auto all = [](const Change&) { return true; };
  auto end = must(f.a().changes().read(f.user.id, {}, 0, all));
  CHECK(end.count == 4);
  CHECK(end.more);
  end = must(f.a().changes().read(f.user.id, end.cursor, 0, all));
  CHECK(end.count == 2);
  CHECK_FALSE(end.more);
  std::vector<std::string> ids;
  for (std::size_t i = 0; i <= ChangeStore::most_changes; ++i) ids.push_back("n" + std::to_string(i));
  std::vector<CellInput> many;
  for (const auto& id : ids) many.push_back(cell(id, 1, "1"));
  f.put(many);
  for (const std::size_t limit : {std::size_t{0}, std::size_t{1} << 40}) {
    const auto page = must(f.a().changes().read(f.user.id, end.cursor, limit, all));
    CHECK(page.count == ChangeStore::most_changes);
    CHECK(page.more);
  }
}

TEST_CASE_TEMPLATE("changes: a visitor may call the store", Backend, TENTO_STORE_BACKENDS) {
  Contract f{Backend{}};
  f.put({cell("a", 1, "1"), cell("b", 2, "1")});
  std::size_t count = 0;
  must(f.a().changes().read(f.user.id, {}, 0, [&](const Change& change) {
    CHECK(must(f.a().rows().find(change.row))->lookup_key == change.lookup_key);
    f.put({cell("late", 9, std::to_string(++count))});
    return true;
  }));
  CHECK(count == 2);
}

TEST_CASE_TEMPLATE("changes: a cursor of another store or of nobody is refused", Backend, TENTO_STORE_BACKENDS) {
  Contract f{Backend{}};
  Contract other{Backend{}};
  for (int i = 0; i < 3; ++i) other.put({cell("a", i, "1")});
  f.put({cell("a", 1, "1")});
  const auto read = [&](const std::string& cursor) {
    return tag_of(f.b().changes().read(f.user.id, cursor, 0, [](const Change&) { return true; }));
  };
  CHECK(read(must(other.a().changes().newest(other.user.id))) == "cursor_expired");
  CHECK(read("c1nonsense") == "bad_cursor");
  CHECK(read("x") == "bad_cursor");
  CHECK(read("") == "ok");
}

TEST_CASE_TEMPLATE("changes: a cursor expires when deletions behind it are forgotten", Backend, TENTO_STORE_BACKENDS) {
  Contract f{Backend{}};
  f.put({cell("a", 1, "1"), cell("b", 2, "1"), cell("c", 3, "1")});
  const auto old = must(f.a().changes().newest(f.user.id));
  std::string at_start;
  CHECK(follow(f.a(), at_start, 1) == "+a");
  f.put({gone("a")});
  const auto between = must(f.a().changes().newest(f.user.id));
  f.now += 1000;
  f.put({gone("b")});
  CHECK(must(f.b().maintenance().drop_changes(f.now)) == 1);
  const auto read = [&](const std::string& cursor) {
    return tag_of(f.a().changes().read(f.user.id, cursor, 0, [](const Change&) { return true; }));
  };
  CHECK(read(old) == "cursor_expired");
  CHECK(read(at_start) == "cursor_expired");
  auto cursor = between;
  CHECK(follow(f.a(), cursor) == "-b");
  CHECK(must(f.b().maintenance().drop_changes(f.now)) == 0);
  f.put({gone("c")});
  must(f.a().accounts().remove(f.user.id, "x", "a", true));
  f.now += 1;
  CHECK(read(between) == "ok");
  must(f.b().maintenance().drop_changes(f.now));
  CHECK(read(between) == "cursor_expired");
  CHECK(read(must(f.a().changes().newest(f.user.id))) == "ok");
  CHECK(read("") == "ok");
}

TEST_CASE_TEMPLATE("changes: what is older than is kept is forgotten, and a cursor from before expires", Backend,
                   TENTO_STORE_BACKENDS) {
  Contract f{Backend{}};
  f.put({cell("a", 1, "1"), cell("b", 2, "1")});
  const auto first_us = f.now;
  const auto first = must(f.a().changes().newest(f.user.id));
  f.now += 1000;
  f.put({cell("a", 1, "2")});
  auto second = must(f.a().changes().newest(f.user.id));
  f.now += 1000;
  f.put({cell("a", 1, "3")});
  const auto third = must(f.a().changes().newest(f.user.id));
  const auto read = [&](const std::string& cursor) {
    return tag_of(f.a().changes().read(f.user.id, cursor, 0, [](const Change&) { return true; }));
  };
  // Nothing is older.
  must(f.b().maintenance().drop_changes(first_us));
  CHECK(read(first) == "ok");
  // Nothing was deleted, and the second commit is the newest that is older.
  CHECK(must(f.b().maintenance().drop_changes(f.now)) == 0);
  CHECK(read(first) == "cursor_expired");
  CHECK(follow(f.a(), second) == "~a");
  CHECK(read(third) == "ok");
  // What is stored stays, and says when it changed.
  const auto kept = must(f.a().cells().find(f.row, CellKey{"b", {}}));
  REQUIRE(kept);
  CHECK(kept->updated_us == first_us);
  std::string from_the_start;
  CHECK(follow(f.a(), from_the_start) == "+b +a");
  // A reader who is up to date stays so, however long nothing happens.
  f.now += 1'000'000;
  must(f.b().maintenance().drop_changes(f.now));
  CHECK(read(must(f.a().changes().newest(f.user.id))) == "ok");
  CHECK(read(third) == "ok");
  CHECK(read(second) == "ok");
}

namespace {

// Long enough for any machine; nobody waits for it.
std::chrono::steady_clock::time_point some_day() {
  return std::chrono::steady_clock::now() + std::chrono::hours(1);
}

}  // namespace

TEST_CASE_TEMPLATE("changes: who waits is woken by what the other opening commits, and is told whose it was", Backend,
                   TENTO_STORE_BACKENDS) {
  Contract f{Backend{}};
  const auto bob = must(f.a().users().add("bob", "UTC"));
  const auto row = f.make_row_of(bob.id, 9, ":~x:b:things", "b");
  std::vector<WatchedUser> watched{{f.user.id, must(f.b().changes().position(f.user.id))},
                                   {bob.id, must(f.b().changes().position(bob.id))}};
  const auto wait = [&] { return must(f.b().changes().wait(watched, some_day(), {})); };
  std::thread other([&] { must(f.a().cells().persist(row, std::array{cell("bobs", 1, "1")}, {})); });
  auto moved = wait();
  other.join();
  REQUIRE(moved.size() == 1);
  CHECK(moved[0].user == bob.id);
  CHECK(moved[0].seen.head > watched[1].seen.head);
  CHECK(moved[0].seen == must(f.a().changes().position(bob.id)));
  watched[1] = moved[0];
  // What is there already is told at once.
  f.put({cell("mine", 1, "1")});
  moved = wait();
  REQUIRE(moved.size() == 1);
  CHECK(moved[0].user == f.user.id);
  watched[0] = moved[0];
  std::thread connecting([&] { must(f.a().accounts().put(f.account(), std::nullopt)); });
  moved = wait();
  connecting.join();
  REQUIRE(moved.size() == 1);
  CHECK(moved[0].seen.head == watched[0].seen.head);
  CHECK(moved[0].seen.accounts > watched[0].seen.accounts);
  watched[0] = moved[0];
  std::thread purging([&] { must(f.a().accounts().remove(bob.id, "x", "b", true)); });
  moved = wait();
  purging.join();
  REQUIRE(moved.size() == 1);
  CHECK(moved[0].user == bob.id);
  watched[1] = moved[0];
  // A user who went has come elsewhere, too.
  std::thread erasing([&] { must(f.a().users().erase(bob.id)); });
  moved = wait();
  erasing.join();
  REQUIRE(moved.size() == 1);
  CHECK(moved[0].user == bob.id);
}

TEST_CASE_TEMPLATE("changes: waiting ends at its deadline, and at once when a stop is asked for", Backend,
                   TENTO_STORE_BACKENDS) {
  Contract f{Backend{}};
  const std::vector<WatchedUser> watched{{f.user.id, must(f.b().changes().position(f.user.id))}};
  CHECK(must(f.b().changes().wait(watched, std::chrono::steady_clock::now(), {})).empty());
  // What changes nothing for a reader of changes wakes nobody for good.
  must(f.a().rows().add_coverage(f.row, std::array{CoverageInput{{0, 9}, TENTO_COVERAGE_HAVE, 0, "", INT64_MIN}}));
  CHECK_FALSE(f.a().cells().persist(f.row, std::array{lasting("x", 5, 4, "1")}, {}));
  CHECK(must(f.b().changes().wait(watched, std::chrono::steady_clock::now(), {})).empty());
  std::stop_source stop;
  std::thread stopping([&] { stop.request_stop(); });
  CHECK(must(f.b().changes().wait(watched, some_day(), stop.get_token())).empty());
  stopping.join();
  CHECK(must(f.b().changes().wait(watched, some_day(), stop.get_token())).empty());
  CHECK(must(f.b().changes().wait({}, some_day(), stop.get_token())).empty());
}
