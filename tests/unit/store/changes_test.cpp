// SPDX-License-Identifier: Apache-2.0
// The feed of changes: order, compaction, cursors at every place, what is forgotten; and the migrations
// that brought it.
#include <doctest/doctest.h>

#include <array>
#include <atomic>
#include <chrono>
#include <fstream>
#include <map>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "host/base/encoding.hpp"
#include "host/store/cell_codec.hpp"
#include "host/store/cursors.hpp"
#include "host/store/sqlite/schema.hpp"
#include "host/store/store.hpp"
#include "host/store/store_files.hpp"
#include "tests/unit/store/fixture.hpp"

using namespace tento;
using namespace tento::host;
using namespace tento::host::testing;

namespace {

constexpr std::string_view kinds = "+~-x";

// `+a` added, `~a` updated, `-a` deleted, `x:~key` a row that went; moves the cursor.
std::string follow(StoreFixture& f, std::string& cursor, std::size_t limit = 0, std::optional<Uuid> owner = {}) {
  std::string out;
  const auto end =
      must(f.store->changes().read(owner.value_or(f.owner.id), cursor, limit, [&out](const Change& change) {
        if (!out.empty()) out += ' ';
        out += kinds[static_cast<std::size_t>(change.kind)];
        out += change.kind == ChangeKind::row_gone ? change.lookup_key : change.cell.id;
        return true;
      }));
  cursor = end.cursor;
  return out;
}

std::vector<CellInput> many(const std::vector<std::string>& ids, std::string_view data) {
  std::vector<CellInput> cells;
  for (std::size_t i = 0; i < ids.size(); ++i) cells.push_back(cell(ids[i], static_cast<std::int64_t>(i / 3), data));
  return cells;
}

}  // namespace

TEST_CASE("changes are told once, at their latest, in commit order") {
  StoreFixture f;
  std::string cursor;
  CHECK(follow(f, cursor) == "");
  must(f.store->cells().persist(f.row, std::array{cell("a", 100, "1"), cell("b", 200, "1")}, {}));
  must(f.store->cells().persist(f.row, std::array{cell("c", 50, "1")}, {}));
  must(f.store->cells().persist(f.row, std::array{cell("a", 100, "2")}, {}));
  CHECK(follow(f, cursor) == "+b +c +a");
  CHECK(follow(f, cursor) == "");
  CHECK(cursor == must(f.store->changes().newest(f.owner.id)));

  must(f.store->cells().persist(f.row, std::array{cell("a", 300, "2"), cell("d", 1, "1"), gone("b")}, {}));
  CHECK(follow(f, cursor) == "+d ~a -b");
  must(f.store->cells().persist(f.row, std::array{cell("a", 300, "2")}, {}));  // as it is
  CHECK(follow(f, cursor) == "");
  must(f.store->cells().persist(f.row, std::array{cell("b", 300, "2")}, {}));  // back again
  CHECK(follow(f, cursor) == "+b");

  // From the beginning: what there is, and no deletion.
  must(f.store->cells().persist(f.row, std::array{gone("c")}, {}));
  std::string anew;
  CHECK(follow(f, anew) == "+d +a +b");
  CHECK(anew == must(f.store->changes().newest(f.owner.id)));
}

TEST_CASE("a change tells row, cell, number and time") {
  StoreFixture f;
  auto c = lasting("a", 5'000'000, 9'000'000, "{\"x\":1}");
  c.version = "v7";
  must(f.store->cells().persist(f.row, std::array{c}, {}));
  CellInput dated;
  dated.date = day(2026, 4, 29);
  dated.start_us = 1;
  dated.end_us = 2;
  dated.data = "2";
  must(f.store->cells().persist(f.row, std::array{dated}, {}));
  dated.tombstone = true;
  const auto before = must(f.store->changes().newest(f.owner.id));
  must(f.store->cells().persist(f.row, std::array{dated}, {}));
  must(f.store->changes().read(f.owner.id, {}, 0, [&](const Change& change) {
    CHECK(change.row == f.row);
    CHECK(change.lookup_key == ":~x:a:things");
    CHECK(change.cell.data == "{\"x\":1}");
    CHECK(change.cell.version == "v7");
    CHECK(change.cell.end_date.unix_us == 9'000'000);
    CHECK(change.cell.updated_us == f.now);
    CHECK(change.seq == 1);
    CHECK(change.cell.change_seq == 1);
    return true;
  }));
  std::size_t deletions = 0;
  must(f.store->changes().read(f.owner.id, before, 0, [&](const Change& change) {
    CHECK(change.kind == ChangeKind::deleted);
    CHECK(change.cell.tombstone);
    CHECK(change.cell.id.empty());
    CHECK(change.cell.date.day == 29);
    CHECK(change.cell.start_us == 1);
    ++deletions;
    return true;
  }));
  CHECK(deletions == 1);
}

TEST_CASE("whatever the page size, a reader sees everything once; every change has a cursor behind it") {
  StoreFixture f;
  std::vector<std::string> ids;
  for (int i = 0; i < 40; ++i) ids.push_back("id" + std::to_string(100 + i));
  must(f.store->cells().persist(f.row, many(ids, "1"), {}));
  const auto start = must(f.store->changes().newest(f.owner.id));
  const std::vector<std::string> first(ids.begin(), ids.begin() + 10);  // cells are views of their ids
  std::vector<CellInput> mixed = many(first, "2");
  for (int i = 10; i < 25; ++i) mixed.push_back(gone(ids[static_cast<std::size_t>(i)]));
  must(f.store->cells().persist(f.row, mixed, {}));
  must(f.store->cells().persist(f.make_row(2, ":~x:a:other"), many({"z1", "z2", "z3"}, "1"), {}));

  for (const std::string& from : {std::string(), start}) {
    std::string whole = from;
    const auto all = follow(f, whole);
    for (const std::size_t limit : {1U, 2U, 3U, 7U, 28U}) {
      CAPTURE(limit);
      std::string cursor = from;
      std::string told;
      for (int turn = 0; turn < 60; ++turn) {
        const auto part = follow(f, cursor, limit);
        if (!told.empty() && !part.empty()) told += ' ';
        told += part;
      }
      CHECK(told == all);
      CHECK(cursor == whole);
    }
    // From the cursor behind any change, exactly what came behind it.
    std::vector<std::string> told;
    std::vector<std::string> cursors;
    must(f.store->changes().read(f.owner.id, from, 0, [&](const Change& change) {
      told.emplace_back(kinds[static_cast<std::size_t>(change.kind)] + std::string(change.cell.id));
      cursors.push_back(change.cursor());
      return true;
    }));
    for (std::size_t i = 0; i < cursors.size(); ++i) {
      std::string rest;
      for (std::size_t k = i + 1; k < told.size(); ++k) rest += (rest.empty() ? "" : " ") + told[k];
      CHECK(follow(f, cursors[i]) == rest);
    }
  }
  std::string at = start;
  const auto end = must(f.store->changes().read(f.owner.id, at, 0, [](const Change&) { return false; }));
  CHECK(end.count == 1);
  CHECK(end.more);
  const auto last = must(f.store->changes().read(f.owner.id, at, 28, [](const Change&) { return true; }));
  CHECK(last.count == 28);
  CHECK_FALSE(last.more);
}

TEST_CASE("`updated` is only said of what was told, however long catching up takes") {
  StoreFixture f;
  must(f.store->cells().persist(f.row, std::array{cell("a", 1, "1"), cell("b", 2, "1"), cell("c", 3, "1")}, {}));
  std::string cursor;
  CHECK(follow(f, cursor, 1) == "+a");
  // Made before the reader's place and changed behind it, so that it was never told.
  must(f.store->cells().persist(f.row, std::array{cell("b", 2, "2"), gone("a")}, {}));
  CHECK(follow(f, cursor, 1) == "+c");
  CHECK(follow(f, cursor, 1) == "+b");
  CHECK(follow(f, cursor) == "-a");
  must(f.store->cells().persist(f.row, std::array{cell("b", 2, "3")}, {}));
  CHECK(follow(f, cursor) == "~b");
}

TEST_CASE("an owner's changes are theirs alone, and a reader of nothing gets ahead all the same") {
  StoreFixture f;
  must(f.store->cells().persist(f.row, std::array{cell("a", 1, "1")}, {}));
  Uuid other;
  other.bytes.fill(9);
  std::string cursor;
  CHECK(follow(f, cursor, 0, other) == "");
  CHECK(cursor == must(f.store->changes().newest(other)));
  cursor.clear();
  CHECK(follow(f, cursor, 0, f.owner.id) == "+a");
}

TEST_CASE("a row that is purged is told as gone, and no cursor breaks by it") {
  StoreFixture f;
  AccountRecord account;
  account.owner = f.owner.id;
  account.provider = "x";
  account.auth_id = "a";
  must(f.store->accounts().put(account, std::nullopt));
  must(f.store->cells().persist(f.row, std::array{cell("a", 1, "1"), cell("b", 2, "1")}, {}));
  const auto other = f.make_row(2, ":~x:b:things", "b");
  must(f.store->cells().persist(other, std::array{cell("o", 1, "1"), cell("p", 2, "1")}, {}));
  std::string middle;
  std::string second = must(f.store->changes().newest(f.owner.id));
  CHECK(follow(f, middle, 1) == "+a");
  must(f.store->accounts().remove(f.owner.id, "x", "a", true));
  must(f.store->cells().persist(other, std::array{cell("o", 1, "2")}, {}));
  CHECK(follow(f, second) == "x:~x:a:things ~o");
  CHECK(follow(f, middle) == "+p x:~x:a:things +o");
  std::string anew;
  CHECK(follow(f, anew) == "+p +o");
  // Made again under its key, it begins afresh.
  f.row = f.make_row(1, ":~x:a:things");
  must(f.store->cells().persist(f.row, std::array{cell("a", 1, "1")}, {}));
  CHECK(follow(f, second) == "+a");
}

TEST_CASE("a cursor from before forgotten deletions is expired, one behind them is not") {
  StoreFixture f;
  must(f.store->cells().persist(f.row, std::array{cell("a", 1, "1"), cell("b", 2, "1"), cell("c", 3, "1")}, {}));
  const auto early = must(f.store->changes().newest(f.owner.id));
  std::string half;
  follow(f, half, 1);
  must(f.store->cells().persist(f.row, std::array{gone("a")}, {}));
  const auto late = must(f.store->changes().newest(f.owner.id));
  f.now += 1000;
  must(f.store->cells().persist(f.row, std::array{cell("b", 2, "2")}, {}));
  CHECK(must(f.store->maintenance().drop_changes(f.now)) == 1);
  const auto ask = [&f](const std::string& cursor) {
    const auto got = f.store->changes().read(f.owner.id, cursor, 0, [](const Change&) { return true; });
    return got ? std::string("ok") : got.error().tag;
  };
  CHECK(ask(early) == "cursor_expired");
  CHECK(ask(half) == "cursor_expired");
  CHECK(ask(late) == "ok");
  CHECK(ask("") == "ok");
  // Still so after a restart.
  f.open();
  CHECK(ask(early) == "cursor_expired");
  // Of a store that went further than this one.
  CHECK(ask(cursor_text(cursor_behind(1000, 1))) == "cursor_expired");
}

TEST_CASE("cursors are taken exactly as they were given") {
  StoreFixture f;
  must(f.store->cells().persist(f.row, std::array{cell("a", 1, "1"), cell("bcd", 2, "1"), gone("x")}, {}));
  std::vector<std::string> good{must(f.store->changes().newest(f.owner.id))};
  must(f.store->changes().read(f.owner.id, {}, 0, [&good](const Change& change) {
    good.push_back(change.cursor());
    return true;
  }));
  const auto refused = [&f](const std::string& text) {
    const auto got = f.store->changes().read(f.owner.id, text, 0, [](const Change&) { return true; });
    return !got && got.error().tag == "bad_cursor" && got.error().code == ErrorCode::invalid_argument;
  };
  for (const auto& text : good) {
    CAPTURE(text);
    CHECK_FALSE(refused(text));
    CHECK(refused(text + "+"));
    CHECK(refused(text + "="));
    CHECK(refused(" " + text));
    CHECK(refused("c3" + text.substr(2)));
    CHECK(refused("p1" + text.substr(2)));
  }
  for (const char* text : {"c", "c1", "c1AAAA", "x", "c1!!!!!!!!!!!", "c1AAAAAAAAAAB", "c1__________8", "1", "-1", "c2",
                           "c2AAAAAAAAAAA", "c2AAAAAAAAAAAAAAAAAAAAA", "c2________________AAAAAA"}) {
    CAPTURE(text);
    CHECK(refused(text));
  }
  CHECK(refused("c1" + std::string(100'000, 'A')));
  CHECK(refused(std::string("c1\0AAAAAAAAAA", 13)));
}

TEST_CASE("a reader who polls while others commit misses nothing and is told nothing twice over") {
  StoreFixture f;
  std::array<Uuid, 3> rows{f.row, f.make_row(2, ":~x:a:two"), f.make_row(3, ":~x:a:three")};
  std::atomic<int> writing{3};
  std::vector<std::thread> writers;
  for (std::size_t w = 0; w < rows.size(); ++w) {
    writers.emplace_back([&, w] {
      std::mt19937 random(static_cast<unsigned>(w + 1));
      for (int turn = 0; turn < 60; ++turn) {
        std::vector<std::string> ids, texts;
        std::vector<CellInput> cells;
        for (int i = 0; i < 20; ++i) ids.push_back(std::to_string(w) + "-" + std::to_string(random() % 50));
        const std::string data = std::to_string(turn);
        for (const auto& id : ids)
          cells.push_back(random() % 4 == 0 ? gone(id) : cell(id, static_cast<std::int64_t>(random() % 100), data));
        if (!f.store->cells().persist(rows[w], cells, {})) std::abort();
      }
      --writing;
    });
  }
  // What a reader holds who does only what it is told.
  std::map<std::string, std::string> held;
  std::string cursor;
  std::int64_t latest = 0;
  bool in_order = true;
  for (bool last = false;;) {
    last = writing == 0;
    const auto end = must(f.store->changes().read(f.owner.id, cursor, 17, [&](const Change& change) {
      if (change.seq < latest) in_order = false;
      latest = change.seq;
      const std::string id(change.cell.id);
      if (change.kind == ChangeKind::deleted) {
        held.erase(id);
      } else {
        held[id] = change.cell.data;
      }
      return true;
    }));
    cursor = end.cursor;
    if (last && !end.more) break;
  }
  for (auto& writer : writers) writer.join();
  CHECK(in_order);
  std::map<std::string, std::string> stored;
  for (const auto& row : rows) {
    must(f.store->cells().read(row, {}, [&stored](const CellView& c) {
      stored[std::string(c.id)] = c.data;
      return true;
    }));
  }
  CHECK(held == stored);
  CHECK(stored.size() > 50);
}

TEST_CASE("a store that is open for reading only hears of what the other process commits") {
  StoreFixture f;
  must(f.store->maintenance().settle());
  auto reading = f.options();
  reading.read_only = true;
  const auto reader = must(open_store(reading));
  const std::vector<WatchedUser> watched{{f.owner.id, must(reader->changes().position(f.owner.id))}};
  std::thread writer([&] { must(f.store->cells().persist(f.row, std::array{cell("a", 1, "1")}, {})); });
  const auto moved =
      must(reader->changes().wait(watched, std::chrono::steady_clock::now() + std::chrono::hours(1), {}));
  writer.join();
  CHECK(moved.size() == 1);
}

TEST_CASE("commits are kept as long as they are told apart, or a cell is of them") {
  StoreFixture f;
  for (int i = 0; i < 50; ++i) {
    must(f.store->cells().persist(
        f.row, std::array{cell("a", 1, std::to_string(i)), cell("b" + std::to_string(i % 3), 2, std::to_string(i))},
        {}));
    ++f.now;
  }
  const auto commits = [&f] {
    f.store.reset();
    const auto count = sqlite::Connection({f.options().folder + "/store.sqlite", sqlite::Access::read_only, 1024})
                           .pragma("SELECT count(*) FROM commits");
    f.open();
    return count;
  };
  CHECK(commits() == 50);
  must(f.store->maintenance().drop_changes(f.now - 10));
  // Ten that are younger, the newest that is older; their cells are all later ones.
  CHECK(commits() == 11);
  must(f.store->maintenance().drop_changes(f.now));
  // Those of the cells: `a` and one of the `b` with the last, the other two before it.
  CHECK(commits() == 3);
  CHECK(must(f.store->cells().count(f.row)) == 4);
}

TEST_CASE("a row knows the number of its latest change") {
  StoreFixture f;
  CHECK(must(f.store->rows().find(f.row))->change_seq == 0);
  must(f.store->cells().persist(f.row, std::array{cell("a", 1, "1")}, {}));
  const auto first = must(f.store->rows().find(f.row))->change_seq;
  CHECK(first == 1);
  must(f.store->cells().persist(f.make_row(2, ":~x:a:two"), std::array{cell("a", 1, "1")}, {}));
  CHECK(must(f.store->rows().find(f.row))->change_seq == first);
  must(f.store->cells().persist(f.row, std::array{gone("a")}, {}));
  CHECK(must(f.store->rows().find(f.row))->change_seq == 3);
}

TEST_CASE("a store of the first schema opens, keeps everything, and its cells are in the feed") {
  StoreFixture f;
  f.store.reset();
  const auto file = std::filesystem::path(f.options().folder) / "store.sqlite";
  for (const char* suffix : {"", "-wal", "-shm"}) std::filesystem::remove(file.string() + suffix);
  {
    std::ofstream(file).close();
    sqlite::Connection db({file.string(), sqlite::Access::read_write, 1024});
    sqlite::migrate(db, 1);
    CHECK(db.pragma("PRAGMA user_version") == 1);
    db.execute(
        "INSERT INTO owners VALUES(x'00112233445546778899aabbccddeeff', 'me', 'UTC', 1);"
        "INSERT INTO rows(n, id, owner, provider, integration, pattern, lookup_key, auth_id, label, attributes, "
        "hidden, "
        "created_us) VALUES(1, x'01010101010101010101010101010101', x'00112233445546778899aabbccddeeff', 'x', 'X', "
        "':~x:{authId}:things', ':~x:a:things', 'a', '', '', 0, 5);"
        "INSERT INTO commits VALUES(4, 1, 0, 77, 1, '1.0', 2, 0, 0), (9, 1, 0, 88, 1, '1.0', 0, 1, 1);"
        "INSERT INTO cells VALUES(1, 100, 100, CAST('a' AS BLOB), 360287970189639680, 0, 4, x'00', x'', '1'),"
        "(1, 200, 200, CAST('b' AS BLOB), 360287970189639680, 0, 9, x'00', x'', '2');"
        "INSERT INTO tombstones VALUES(1, CAST('t' AS BLOB), 360287970189639680, 50, 9);");
  }
  f.open();
  f.owner = must(f.store->users().default_user());
  f.row.bytes.fill(1);
  CHECK(f.read() == "a@100=1 b@200=2");
  CHECK(must(f.store->rows().find(f.row))->change_seq == 9);
  std::string cursor;
  CHECK(follow(f, cursor, 1) == "+a");
  CHECK(follow(f, cursor) == "+b");
  must(f.store->cells().persist(f.row, std::array{cell("a", 100, "2"), cell("n", 1, "1")}, {}));
  CHECK(follow(f, cursor) == "+n ~a");
  CHECK(f.last_seq() == 10);
}

namespace {

// A cursor as it was written before there were marks: numbers, and what comes behind them.
std::string unmarked(std::initializer_list<std::int64_t> numbers, std::string_view rest = {}) {
  std::string bytes;
  for (const auto number : numbers)
    for (int shift = 56; shift >= 0; shift -= 8) bytes += static_cast<char>(number >> shift & 0xff);
  return "c1" + base64url(bytes.append(rest));
}

}  // namespace

TEST_CASE("a store of schema 6 opens with each user's feed, and the cursors that it gave are good up to where it was") {
  StoreFixture f;
  f.store.reset();
  const auto file = std::filesystem::path(f.options().folder) / "store.sqlite";
  for (const char* suffix : {"", "-wal", "-shm"}) std::filesystem::remove(file.string() + suffix);
  {
    std::ofstream(file).close();
    sqlite::Connection db({file.string(), sqlite::Access::read_write, 1024});
    sqlite::migrate(db, 6);
    // Of two users, with a row of each and one that went; its number was given again.
    db.execute(
        "INSERT INTO owners VALUES(x'11111111111111111111111111111111', 'me', 'UTC', 1),"
        "(x'22222222222222222222222222222222', 'bob', 'UTC', 2), (x'33333333333333333333333333333333', 'new', 'UTC', "
        "3);"
        "INSERT INTO rows(n, id, owner, provider, integration, pattern, lookup_key, auth_id, label, attributes, "
        "hidden, created_us, change_seq) VALUES"
        "(1, x'01010101010101010101010101010101', x'11111111111111111111111111111111', 'x', 'X', "
        "':~x:{authId}:things', ':~x:a:things', 'a', '', '', 0, 5, 9),"
        "(2, x'02020202020202020202020202020202', x'22222222222222222222222222222222', 'x', 'X', "
        "':~x:{authId}:things', ':~x:b:things', 'b', '', '', 0, 5, 8);"
        "INSERT INTO commits VALUES(4, 1, 0, 999999999999974, 1, '1.0', 2, 0, 0), (5, 2, 0, 999999999999975, 1, '1.0', "
        "2, 0, 0),"
        "(6, 2, 0, 999999999999976, 1, '', 0, 0, 0), (8, 2, 0, 999999999999978, 1, '1.0', 1, 0, 1), (9, 1, 0, "
        "999999999999979, 1, '1.0', 0, 1, 1),"
        "(10, 3, 0, 999999999999980, 1, '1.0', 1, 0, 0);"
        "INSERT INTO cells(row, start_us, end_us, ident, date, end_date, change_seq, hash, version, data, created_seq) "
        "VALUES(1, 100, 100, CAST('a' AS BLOB), 360287970189639680, 0, 4, x'00', x'', '1', 4),"
        "(1, 200, 200, CAST('b' AS BLOB), 360287970189639680, 0, 9, x'00', x'', '2', 4),"
        "(2, 100, 100, CAST('c' AS BLOB), 360287970189639680, 0, 5, x'00', x'', '1', 5),"
        "(2, 200, 200, CAST('d' AS BLOB), 360287970189639680, 0, 8, x'00', x'', '2', 8);"
        "INSERT INTO tombstones VALUES(1, CAST('t' AS BLOB), 360287970189639680, 50, 9),"
        "(2, CAST('u' AS BLOB), 360287970189639680, 50, 8);"
        "INSERT INTO gone_rows VALUES(6, x'06060606060606060606060606060606', x'11111111111111111111111111111111', "
        "':~x:a:gone', 999999999999976);"
        "UPDATE meta SET value = 2 WHERE name = 'dropped_seq';");
    ContentHash hash_of;
    struct Written {
      const char* id;
      std::int64_t at_us;
      const char* data;
    };
    for (const auto& written : {Written{"a", 100, "1"}, {"b", 200, "2"}, {"c", 100, "1"}, {"d", 200, "2"}}) {
      CellInput content;
      content.id = written.id;
      content.date = unpack_time(360287970189639680, written.at_us);
      content.data = written.data;
      sqlite::Statement q(db.handle(), "UPDATE cells SET hash = ?1 WHERE ident = CAST(?2 AS BLOB)", db.path());
      q.bind_blob(1, hash_of(content));
      q.bind_text(2, written.id);
      q.step();
    }
  }
  f.open();
  CHECK(must(check_store(f.options().folder, CheckDepth::deep)).empty());
  f.owner = must(f.store->users().default_user());
  f.row.bytes.fill(1);
  const auto bob = *must(f.store->users().find_by_name("bob"));
  const auto late = *must(f.store->users().find_by_name("new"));
  Uuid bobs;
  bobs.bytes.fill(2);

  std::string mine, theirs, nothing;
  CHECK(follow(f, mine) == "+a +b");
  CHECK(follow(f, theirs, 0, bob.id) == "+c +d");
  CHECK(follow(f, nothing, 0, late.id) == "");
  const auto after = [&](std::string cursor, std::optional<Uuid> user = {}) {
    const auto got = f.store->changes().read(user.value_or(f.owner.id), cursor, 1, [](const Change&) { return true; });
    return got ? follow(f, cursor, 0, user) : got.error().tag;
  };
  CHECK(after(unmarked({1})) == "cursor_expired");  // what was dropped is dropped
  CHECK(after(unmarked({4})) == "x:~x:a:gone ~b -t");
  CHECK(after(unmarked({5})) == "x:~x:a:gone ~b -t");  // behind a commit of bob's
  CHECK(after(unmarked({6})) == "~b -t");
  CHECK(after(unmarked({8})) == "~b -t");
  CHECK(after(unmarked({10})) == "");
  CHECK(after(unmarked({11})) == "cursor_expired");
  CHECK(after(unmarked({4}), bob.id) == "+c +d -u");
  CHECK(after(unmarked({5}), bob.id) == "+d -u");
  CHECK(after(unmarked({10}), late.id) == "");
  // Behind `a` of a reader who began at the beginning, when number 9 was the newest, and behind `c` likewise.
  const std::string place("\0\0\0\0\0\0\0\x64\0\0\0\0\0\0\0\x64", 16);
  CHECK(after(unmarked({4, 0, 9}, "\1" + place + 'a')) == "+b");
  CHECK(after(unmarked({5, 0, 9}, "\1" + place + 'c')) == "+b");
  CHECK(after(unmarked({5, 4, 4}, "\1" + place + 'c'), bob.id) == "+d -u");
  // Read once, a cursor has a mark; it may stand in the midst of things.
  auto cursor = unmarked({4});
  CHECK(follow(f, cursor, 1) == "x:~x:a:gone");
  CHECK(cursor.starts_with("c2"));
  CHECK(follow(f, cursor, 1) == "~b");
  CHECK(follow(f, cursor) == "-t");
  cursor = unmarked({5, 0, 10}, "\1" + place + 'c');
  CHECK(follow(f, cursor, 1, bob.id) == "+d");
  CHECK(follow(f, cursor, 1, bob.id) == "");

  // Numbers go on from what the store had come to, each user's by themselves.
  must(f.store->cells().persist(f.row, std::array{cell("a", 100, "2")}, {}));
  must(f.store->cells().persist(bobs, std::array{cell("c", 100, "2")}, {}));
  CHECK(must(f.store->rows().find(f.row))->change_seq == 11);
  CHECK(must(f.store->rows().find(bobs))->change_seq == 11);
  CHECK(follow(f, mine) == "~a");
  CHECK(follow(f, theirs, 0, bob.id) == "~c");
  CHECK(after(unmarked({11})) == "cursor_expired");
  must(f.store->users().erase(bob.id));
  f.store.reset();
  CHECK(must(check_store(f.options().folder, CheckDepth::deep)).empty());
}
