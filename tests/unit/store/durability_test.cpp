// SPDX-License-Identifier: Apache-2.0
// What the store survives: kill -9 at any instant, a full disk, other processes, newer and foreign files, readers
// beside a writer.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <signal.h>
#include <sqlite3.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <chrono>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "host/store/outcome.hpp"
#include "tests/unit/store/ending_vfs.hpp"
#include "tests/unit/store/fixture.hpp"
#include "tests/unit/store/raw_sql.hpp"

using namespace tento;
using namespace tento::host;
using namespace tento::host::testing;

namespace {

constexpr int pages = 30;
constexpr int page_size = 50;

// A sync of many pages as a provider writes it: each page is a transaction with its cursor and coverage. Goes on where
// the cursor says. Calls `before_page` before each.
template <class BeforePage = void (*)()>
void sync_pages(
    Store& store, const Uuid& row, const BeforePage& before_page = [] {}) {
  const auto cursor = must(store.rows().cursor(row, "page"));
  const std::string filler(700, 'x');
  for (int page = cursor ? std::stoi(*cursor) : 0; page < pages; ++page) {
    before_page();
    auto txn = open_txn(store.cells(), row, Moments{page * 1000, (page + 1) * 1000}, {});
    for (int i = 0; i < page_size; ++i) {
      const auto id = "p" + std::to_string(page) + "i" + std::to_string(i);
      const auto data = "\"" + std::to_string(page * i) + filler + "\"";
      must(txn->put(std::array{cell(id, page * 1000 + i, data)}));
    }
    const auto next = std::to_string(page + 1);
    must(txn->commit(std::array{CoverageInput{{page * 1000, (page + 1) * 1000}, TENTO_COVERAGE_HAVE, 0, "", INT64_MIN}},
                     std::array{CursorInput{"page", next}}));
  }
}

std::string integrity(const std::string& folder) {
  sqlite3* db = nullptr;
  REQUIRE(sqlite3_open((folder + "/store.sqlite").c_str(), &db) == SQLITE_OK);
  sqlite3_stmt* check = nullptr;
  REQUIRE(sqlite3_prepare_v2(db, "PRAGMA integrity_check", -1, &check, nullptr) == SQLITE_OK);
  REQUIRE(sqlite3_step(check) == SQLITE_ROW);
  std::string answer = reinterpret_cast<const char*>(sqlite3_column_text(check, 0));
  sqlite3_finalize(check);
  sqlite3_close(db);
  return answer;
}

// Runs `body` in a child process; gives its pid.
template <class Body>
pid_t in_child(const Body& body) {
  const pid_t pid = ::fork();
  REQUIRE(pid >= 0);
  if (pid == 0) {
    ::_exit(body());
  }
  return pid;
}

int exit_code(pid_t pid) {
  int status = 0;
  REQUIRE(::waitpid(pid, &status, 0) == pid);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

}  // namespace

TEST_CASE("killed at random instants, every page is there whole or not at all, and the end is the same") {
  StoreFixture clean;
  sync_pages(*clean.store, clean.row);
  const auto expected = clean.dump();

  std::mt19937 random(20260429);
  for (int round = 0; round < 12; ++round) {
    StoreFixture f;
    f.store.reset();
    unsigned long before = 0;
    for (int kill = 0; kill < 4; ++kill) {
      // The child begins as many pages as it was given bytes, so it is never through before it is killed.
      int allowed[2];
      REQUIRE(::pipe(allowed) == 0);
      const auto pid = in_child([&f, &allowed] {
        auto store = open_store(f.options());
        if (!store) return 1;
        char byte = 0;
        sync_pages(**store, f.row, [&] {
          if (::read(allowed[0], &byte, 1) != 1) ::_exit(2);
        });
        return 0;
      });
      const auto most = (static_cast<unsigned long>(pages) - before) / 2;
      const std::string given(random() % most, 'p');
      REQUIRE(::write(allowed[1], given.data(), given.size()) == static_cast<ssize_t>(given.size()));
      std::this_thread::sleep_for(std::chrono::microseconds(random() % 60'000));
      ::kill(pid, SIGKILL);
      CHECK(exit_code(pid) == -SIGKILL);
      for (const int end : allowed) ::close(end);

      f.open();
      const auto cursor = must(f.store->rows().cursor(f.row, "page"));
      const auto done = cursor ? std::stoul(*cursor) : 0;
      CHECK(done <= before + given.size());
      before = done;
      CHECK(must(f.store->cells().count(f.row)) == done * page_size);
      CHECK(must(f.store->rows().coverage(f.row)).size() <= 1);
      f.store.reset();
    }
    f.open();
    sync_pages(*f.store, f.row);
    CHECK(f.dump() == expected);
    f.store.reset();
    CHECK(integrity(f.options().folder) == "ok");
  }
}

TEST_CASE("a dump tells cells, coverage and cursors, and nothing of their history") {
  StoreFixture one;
  StoreFixture other;
  other.now += 5'000'000;
  must(one.store->cells().persist(one.row, std::array{cell("a", 1, "1"), cell("b", 2, "2")}, {1, "1.0", 7}));
  must(other.store->cells().persist(other.row, std::array{cell("b", 2, "0")}, {}));
  must(other.store->cells().persist(other.row, std::array{cell("c", 3, "3")}, {}));
  CHECK(one.dump() != other.dump());
  must(other.store->cells().persist(other.row, std::array{cell("b", 2, "2"), cell("a", 1, "1"), gone("c")},
                                    {2, "2.0", 8}));
  CHECK(one.dump() == other.dump());
  CHECK(one.dump().find("\"what\":\"cell\"") != std::string::npos);
  const CoverageInput whole{{0, 20}, TENTO_COVERAGE_HAVE, 0, "", INT64_MIN};
  must(one.store->rows().add_coverage(one.row, std::array{whole}));
  CHECK(one.dump() != other.dump());
  auto half = whole;
  half.span.to_us = 10;
  must(other.store->rows().add_coverage(other.row, std::array{half}));
  other.now += 5'000'000;
  half.span = {10, 20};
  must(other.store->rows().add_coverage(other.row, std::array{half}));
  CHECK(one.dump() == other.dump());
}

TEST_CASE("a second process waits for the lock, then fails naming the first") {
  StoreFixture f;
  auto options = f.options();
  const auto refused = open_store(options);
  REQUIRE(!refused);
  CHECK(refused.error().tag == "store_locked");
  CHECK(refused.error().error_class == ErrorClass::transient);
  CHECK(refused.error().message.find("in use by process " + std::to_string(::getpid()) + " ") != std::string::npos);

  // A child of its own holds the lock for a while: the one that waits gets it then.
  f.store.reset();
  int ready[2];
  int go[2];
  REQUIRE(::pipe(ready) == 0);
  REQUIRE(::pipe(go) == 0);
  const auto holder = in_child([&options, &ready, &go] {
    const auto store = open_store(options);
    char byte = store ? 'y' : 'n';
    if (::write(ready[1], &byte, 1) != 1) return 2;
    if (::read(go[0], &byte, 1) != 1) return 3;
    ::usleep(50'000);  // a chance for the other to wait; one that is too short makes nothing fail
    return store ? 0 : 1;
  });
  char byte = 0;
  REQUIRE(::read(ready[0], &byte, 1) == 1);
  CHECK(byte == 'y');
  options.lock_wait_ms = 20;
  const auto too_soon = open_store(options);
  REQUIRE(!too_soon);
  CHECK(too_soon.error().message.find("in use by process " + std::to_string(holder) + " ") != std::string::npos);
  options.lock_wait_ms = 600'000;
  REQUIRE(::write(go[1], "g", 1) == 1);
  CHECK(open_store(options));
  CHECK(exit_code(holder) == 0);
  for (const int end : {ready[0], ready[1], go[0], go[1]}) ::close(end);
}

TEST_CASE("processes that start together take turns") {
  StoreFixture f;
  f.store.reset();
  auto options = f.options();
  options.lock_wait_ms = 600'000;
  std::vector<pid_t> children;
  for (int i = 0; i < 4; ++i) {
    children.push_back(in_child([&, i] {
      auto store = open_store(options);
      if (!store) return 1;
      const auto id = "child" + std::to_string(i);
      return (*store)->cells().persist(f.row, std::array{cell(id, i, "1")}, {}) ? 0 : 2;
    }));
  }
  for (const auto child : children) CHECK(exit_code(child) == 0);
  f.open();
  CHECK(must(f.store->cells().count(f.row)) == 4);
}

TEST_CASE("a store of a newer program is refused, naming both versions, and is not touched") {
  StoreFixture f;
  f.store.reset();
  const auto file = f.options().folder + "/store.sqlite";
  run_sql(file, "PRAGMA user_version=11");
  const auto refused = open_store(f.options());
  REQUIRE(!refused);
  CHECK(refused.error().tag == "store_newer");
  CHECK(refused.error().message.find("has schema 11") != std::string::npos);
  CHECK(refused.error().message.find("knows schemas up to 10") != std::string::npos);
  run_sql(file, "PRAGMA user_version=10");
  f.open();
}

TEST_CASE("files that are no store are refused with what to do") {
  StoreFixture f;
  f.store.reset();
  const auto file = f.options().folder + "/store.sqlite";
  std::filesystem::remove(file);
  std::filesystem::remove(file + "-wal");
  SUBCASE("somebody else's database") {
    run_sql(file, "CREATE TABLE mine(x)");
    const auto refused = open_store(f.options());
    REQUIRE(!refused);
    CHECK(refused.error().tag == "store_foreign");
  }
  SUBCASE("no database") {
    const int out = ::open(file.c_str(), O_CREAT | O_WRONLY, 0600);
    const std::string junk(8192, 'j');
    REQUIRE(::write(out, junk.data(), junk.size()) == static_cast<ssize_t>(junk.size()));
    ::close(out);
    const auto refused = open_store(f.options());
    REQUIRE(!refused);
    CHECK(refused.error().tag == "store_corrupt");
    CHECK(refused.error().remedy == "restore a backup");
  }
  SUBCASE("a symbolic link") {
    run_sql((f.folder.path() / "elsewhere.sqlite").string(), "PRAGMA user_version=0");
    std::filesystem::create_symlink(f.folder.path() / "elsewhere.sqlite", file);
    CHECK(!open_store(f.options()));
  }
  SUBCASE("a folder that is a file") {
    auto options = f.options();
    options.folder = file + ".not";
    ::close(::open(options.folder.c_str(), O_CREAT | O_WRONLY, 0600));
    CHECK(!open_store(options));
  }
}

TEST_CASE("the folder and the file are for their user alone") {
  StoreFixture f;
  struct stat status {};
  REQUIRE(::stat(f.options().folder.c_str(), &status) == 0);
  CHECK((status.st_mode & 0777) == 0700);
  for (const auto* name : {"/store.sqlite", "/store.sqlite-wal", "/store.lock"}) {
    REQUIRE(::stat((f.options().folder + name).c_str(), &status) == 0);
    CHECK((status.st_mode & 0777) == 0600);
  }
  f.store.reset();
  ::chmod((f.options().folder + "/store.sqlite").c_str(), 0644);
  f.open();
  REQUIRE(::stat((f.options().folder + "/store.sqlite").c_str(), &status) == 0);
  CHECK((status.st_mode & 0777) == 0600);
}

TEST_CASE("a full disk in mid-sync is told, loses nothing committed, and the sync goes on when there is room") {
  StoreFixture f;
  f.store.reset();
  // A limit on the size of files is a full disk for one process. Exit: 10 + pages that were committed.
  const auto pid = in_child([&f] {
    ::signal(SIGXFSZ, SIG_IGN);
    auto store = open_store(f.options());
    if (!store) return 1;
    const rlimit limit{600 * 1024, 600 * 1024};
    ::setrlimit(RLIMIT_FSIZE, &limit);
    const std::string data = "\"" + std::string(4000, 'x') + "\"";
    for (int page = 0; page < 100; ++page) {
      auto txn = open_txn((*store)->cells(), f.row, std::nullopt, {});
      for (int i = 0; i < 10; ++i) {
        const auto id = std::to_string(page) + "/" + std::to_string(i);
        const auto put = txn->put(std::array{cell(id, page * 10 + i, data)});
        if (!put) return 3;
      }
      const auto committed = txn->commit({}, {});
      if (committed) continue;
      if (outcome_of(committed) != StoreOutcome::unavailable) return 7;
      if (committed.error().tag != "store_disk_full" || committed.error().remedy != "free disk space") return 4;
      std::uint64_t count = 0;
      if (const auto counted = (*store)->cells().count(f.row)) count = *counted;
      return count == static_cast<std::uint64_t>(page) * 10 ? 10 + page : 5;
    }
    return 6;
  });
  const int code = exit_code(pid);
  REQUIRE(code > 12);
  f.open();
  CHECK(must(f.store->cells().count(f.row)) == static_cast<std::uint64_t>(code - 10) * 10);
  must(f.store->cells().persist(f.row, std::array{cell("more", 1'000'000, "1")}, {}));
  f.store.reset();
  CHECK(integrity(f.options().folder) == "ok");
}

TEST_CASE("a commit that the disk failed to make sure of has an unknown end; sent again it lands once") {
  StoreFixture f;
  f.store.reset();
  const auto pid = in_child([&f] {
    end_before_change(0);
    auto store = open_store(f.options());
    if (!store) return 1;
    const auto put = [&](const std::string& id) {
      return (*store)->cells().persist(f.row, std::array{cell(id, 1, "1")}, {});
    };
    if (!put("a")) return 2;
    fail_syncs(true);
    const auto unknown = put("b");
    if (outcome_of(unknown) != StoreOutcome::unknown || unknown.error().tag != "store_unknown") return 3;
    fail_syncs(false);
    if (!put("b")) return 4;
    const auto again = put("b");
    if (!again || again->unchanged != 1) return 5;
    const auto count = (*store)->cells().count(f.row);
    return count && *count == 2 ? 0 : 6;
  });
  CHECK(exit_code(pid) == 0);
  f.open();
  CHECK(f.read() == "a@1=1 b@1=1");
}

TEST_CASE("a full disk while a large transaction is staged is told at once") {
  StoreFixture f;
  f.store.reset();
  const auto pid = in_child([&f] {
    ::signal(SIGXFSZ, SIG_IGN);
    auto store = open_store(f.options());
    if (!store) return 1;
    const rlimit limit{2 * 1024 * 1024, 2 * 1024 * 1024};
    ::setrlimit(RLIMIT_FSIZE, &limit);
    auto txn = open_txn((*store)->cells(), f.row, std::nullopt, {});
    const std::string data = "\"" + std::string(100'000, 'x') + "\"";
    for (int i = 0; i < 100; ++i) {
      const auto id = std::to_string(i);
      const auto put = txn->put(std::array{cell(id, i, data)});
      if (!put) return put.error().tag == "store_disk_full" ? 0 : 3;
    }
    return 4;
  });
  CHECK(exit_code(pid) == 0);
}

TEST_CASE("readers see whole commits while writers share theirs") {
  StoreFixture f;
  constexpr int writers = 3;
  constexpr int commits = 60;
  std::vector<Uuid> rows;
  for (std::uint8_t i = 0; i < writers; ++i)
    rows.push_back(f.make_row(static_cast<std::uint8_t>(10 + i), ":~x:w" + std::to_string(i) + ":things"));
  std::atomic<int> failures{0};
  std::atomic<bool> writing{true};
  std::vector<std::thread> threads;
  for (int w = 0; w < writers; ++w) {
    threads.emplace_back([&, w] {
      for (int i = 0; i < commits; ++i) {
        const auto data = std::to_string(i);
        const std::array both{cell("one", 1, data), cell("two", 2, data)};
        if (!f.store->cells().persist(rows[static_cast<std::size_t>(w)], both, {})) ++failures;
        CellInput bad;
        bad.id = "bad";
        if (f.store->cells().persist(rows[static_cast<std::size_t>(w)], std::array{bad}, {})) ++failures;
      }
    });
  }
  std::thread reader([&] {
    while (writing) {
      for (const auto& row : rows) {
        std::vector<std::string> seen;
        const auto read = f.store->cells().read(row, {}, [&seen](const CellView& c) {
          seen.emplace_back(c.data);
          return true;
        });
        if (!read || (!seen.empty() && (seen.size() != 2 || seen[0] != seen[1]))) ++failures;
      }
    }
  });
  for (auto& thread : threads) thread.join();
  writing = false;
  reader.join();
  CHECK(failures == 0);
  for (const auto& row : rows) CHECK(must(f.store->cells().count(row)) == 2);
}

TEST_CASE("a reading store works beside the writing one and refuses to write") {
  StoreFixture f;
  must(f.store->cells().persist(f.row, std::array{cell("a", 1, "1")}, {}));
  auto options = f.options();
  options.read_only = true;
  const auto reading = must(open_store(options));
  CHECK(must(reading->cells().count(f.row)) == 1);
  must(f.store->cells().persist(f.row, std::array{cell("b", 2, "1")}, {}));
  CHECK(must(reading->cells().count(f.row)) == 2);
  const auto refused = reading->cells().persist(f.row, std::array{cell("c", 3, "1")}, {});
  REQUIRE(!refused);
  CHECK(refused.error().tag == "store_read_only");
  options.folder += "-none";
  CHECK(!open_store(options));
  CHECK(!std::filesystem::exists(options.folder));
}
