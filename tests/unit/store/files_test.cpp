// SPDX-License-Identifier: Apache-2.0
// A store's file and its log: which belong together, what a process that ends at any instant leaves, what copies are
// worth.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <functional>
#include <string>
#include <vector>

#include "host/store/disk_errors.hpp"
#include "host/store/sqlite/errors.hpp"
#include "host/store/sqlite/mark.hpp"
#include "host/store/store.hpp"
#include "host/store/store_files.hpp"
#include "tests/unit/store/ending_vfs.hpp"
#include "tests/unit/store/fixture.hpp"
#include "tests/unit/store/raw_sql.hpp"

using namespace tento;
using namespace tento::host;
using namespace tento::host::testing;
namespace fs = std::filesystem;

namespace {

void put(Store& store, const Uuid& row, const std::string& id, std::int64_t at = 1) {
  must(store.cells().persist(row, std::array{cell(id, at, "1")}, {}));
}

// Runs it in a process that ends without closing anything, as a killed one does. Gives its exit code.
int killed(const std::function<int()>& body) {
  const pid_t pid = ::fork();
  REQUIRE(pid >= 0);
  if (pid == 0) ::_exit(body());
  int status = 0;
  REQUIRE(::waitpid(pid, &status, 0) == pid);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

struct FilesFixture : StoreFixture {
  [[nodiscard]] fs::path data() { return options().folder; }
  [[nodiscard]] fs::path file() { return data() / "store.sqlite"; }
  [[nodiscard]] fs::path log() { return data() / "store.sqlite-wal"; }

  // A host that puts these cells, each in a commit of its own, and is killed. `between` is called before the last.
  void host_that_is_killed(std::initializer_list<const char*> ids, const std::function<void()>& between = {}) {
    store.reset();
    REQUIRE(killed([&] {
              auto opened = open_store(options());
              if (!opened) return 1;
              std::size_t left = ids.size();
              for (const auto* id : ids) {
                if (--left == 0 && between) between();
                if (!(*opened)->cells().persist(row, std::array{cell(id, 1, "1")}, {})) return 2;
              }
              static_cast<void>(opened->release());  // ended, not closed
              return 0;
            }) == 0);
  }
  std::string refused() {
    store.reset();
    const auto opened = open_store(options());
    return opened ? "opened" : opened.error().tag;
  }
  std::string why_refused() {
    const auto opened = open_store(options());
    return opened ? "" : opened.error().message;
  }
};

// Of what lies there, of log and file together.
sqlite::Mark latest_mark(const fs::path& folder) {
  const auto file = (folder / "store.sqlite").string();
  const auto in_log = sqlite::marks_of_log(file + "-wal");
  if (!in_log.empty()) return in_log.back();
  sqlite::Connection db({file, sqlite::Access::alone, 64});
  return sqlite::read_mark(db).value_or(sqlite::Mark{});
}

void put_copy(const fs::path& from, const fs::path& to) {
  fs::copy_file(from, to, fs::copy_options::overwrite_existing);
}

}  // namespace

TEST_CASE("a copy put back beside the log of a later state is told, with both ways out, and nothing is changed") {
  for (const int came_after : {0, 1, 2}) {
    for (const bool take_original : {true, false}) {
      CAPTURE(came_after);
      FilesFixture f;
      put(*f.store, f.row, "old");
      f.store.reset();
      const auto backup = f.folder.path() / "backup";
      put_copy(f.file(), backup);
      if (came_after == 0) f.host_that_is_killed({"a", "b"});  // the log has all of it
      if (came_after == 1) f.host_that_is_killed({"a"});       // one commit
      if (came_after == 2) {                                   // the last writes of several hosts
        f.open();
        put(*f.store, f.row, "between");
        f.host_that_is_killed({"a"});
      }
      REQUIRE(fs::exists(f.log()));
      const auto original = f.folder.path() / "original";
      put_copy(f.file(), original);
      put_copy(backup, f.file());
      CHECK(f.refused() == "store_log_mismatch");
      CHECK(f.why_refused().find("do not belong together") != std::string::npos);
      CHECK(f.why_refused().find("{op:store restore " + f.file().string() + "}") != std::string::npos);
      CHECK(f.why_refused().find("put the file back") != std::string::npos);
      auto reading = f.options();
      reading.read_only = true;
      const auto read = open_store(reading);
      REQUIRE(!read);
      CHECK(read.error().tag == "store_log_mismatch");

      if (take_original) {
        put_copy(original, f.file());
        f.open();
        CHECK(f.read().find("a@1") != std::string::npos);
        continue;
      }
      RestoreOptions restore;
      restore.folder = f.data();
      restore.file = f.file();
      restore.now_us = f.now;
      const auto report = must(restore_store(restore));
      CHECK(report.log_left_out);
      CHECK(fs::exists(report.moved_to / "store.sqlite-wal"));
      f.open();
      CHECK(f.read() == "old@1=1");
    }
  }
}

TEST_CASE("a copy from within the same session is told, too") {
  FilesFixture f;
  const auto backup = f.folder.path() / "backup";
  const std::string large = "\"" + std::string(1 << 20, 'x') + "\"";
  f.store.reset();
  REQUIRE(killed([&] {
            auto store = open_store(f.options());
            if (!store) return 1;
            for (int i = 0; i < 24; ++i) {
              if (i == 12) put_copy(f.file(), backup);
              const auto id = std::to_string(i);
              if (!(*store)->cells().persist(f.row, std::array{cell(id, 1, large)}, {})) return 2;
            }
            static_cast<void>(store->release());
            return 0;
          }) == 0);
  put_copy(backup, f.file());
  CHECK(f.refused() == "store_log_mismatch");
}

TEST_CASE("a file copied alone from a running host is told; with its log it is whole") {
  FilesFixture f;
  put(*f.store, f.row, "before");
  f.store.reset();
  const auto alone = f.folder.path() / "alone";
  f.host_that_is_killed({"a", "b", "c"}, [&] { put_copy(f.file(), alone); });
  const auto elsewhere = f.folder.path() / "elsewhere";
  fs::create_directory(elsewhere);
  put_copy(alone, elsewhere / "store.sqlite");
  auto options = f.options();
  options.folder = elsewhere.string();
  const auto refused = open_store(options);
  REQUIRE(!refused);
  CHECK(refused.error().tag == "store_incomplete");
  CHECK(refused.error().message.find("copied from a running host without the log") != std::string::npos);
  CHECK(refused.error().message.find("{op:store backup") != std::string::npos);
  CHECK(refused.error().message.find("2001-09-09T01:46:40") != std::string::npos);

  RestoreOptions restore;
  restore.folder = elsewhere;
  restore.file = elsewhere / "store.sqlite";
  restore.now_us = f.now;
  const auto without = restore_store(restore);
  REQUIRE(!without);
  CHECK(without.error().tag == "store_incomplete");
  CHECK(without.error().message.find("{op:store restore incomplete " + restore.file.string() + "}") !=
        std::string::npos);
  restore.incomplete = true;
  must(restore_store(restore));
  CHECK(open_store(options));

  // The folder as a whole, copied by whatever means: quiet.
  const auto whole = f.folder.path() / "whole";
  fs::copy(f.data(), whole);
  options.folder = whole.string();
  auto opened = must(open_store(options));
  CHECK(must(opened->cells().count(f.row)) == 4);
}

TEST_CASE("copies that SQLite makes of file and log together are whole, as is a file whose log SQLite took in") {
  FilesFixture f;
  const auto made = f.folder.path() / "made";
  f.host_that_is_killed({"a", "b", "c"}, [&] { run_sql(f.file(), ("VACUUM INTO '" + made.string() + "'").c_str()); });
  const auto elsewhere = f.folder.path() / "elsewhere";
  fs::create_directory(elsewhere);
  put_copy(made, elsewhere / "store.sqlite");
  auto options = f.options();
  options.folder = elsewhere.string();
  CHECK(must(must(open_store(options))->cells().count(f.row)) == 2);

  run_sql(f.file(), "SELECT count(*) FROM cells");  // the last to close it removes the log
  REQUIRE(!fs::exists(f.log()));
  f.open();
  CHECK(must(f.store->cells().count(f.row)) == 3);
}

TEST_CASE("a store at rest is one file, which a copy has whole") {
  FilesFixture f;
  put(*f.store, f.row, "a");
  must(f.store->maintenance().settle());
  const auto elsewhere = f.folder.path() / "elsewhere";
  fs::create_directory(elsewhere);
  put_copy(f.file(), elsewhere / "store.sqlite");
  put(*f.store, f.row, "b");
  must(f.store->maintenance().settle());
  put(*f.store, f.row, "c");
  auto options = f.options();
  options.folder = elsewhere.string();
  CHECK(must(must(open_store(options))->cells().count(f.row)) == 1);
  f.open();
  CHECK(must(f.store->cells().count(f.row)) == 3);
}

TEST_CASE("whoever only reads writes nothing") {
  FilesFixture f;
  put(*f.store, f.row, "a");
  f.store.reset();
  const auto before = fs::last_write_time(f.file());
  f.open();
  CHECK(must(f.store->cells().count(f.row)) == 1);
  f.store.reset();
  CHECK(fs::last_write_time(f.file()) == before);
}

TEST_CASE("a process that ends before any change of a file leaves a store that opens, with all that was answered") {
  end_before_change(0);
  int ended_at = 0;
  int between = 0;
  FilesFixture made;
  put(*made.store, made.row, "first");
  made.store.reset();
  for (int n = 1; ended_at == 0; ++n) {
    TempFolder folder;
    fs::copy(made.data(), folder.path() / "data");
    auto options = made.options();
    options.folder = (folder.path() / "data").string();
    const int code = killed([&] {
      end_before_change(n);
      std::uint8_t answered = 0;
      const auto told = [&] {
        std::ofstream(folder.path() / "answered", std::ios::trunc) << static_cast<int>(++answered);
      };
      for (int session = 0; session < 2; ++session) {
        auto store = open_store(options);
        if (!store) return 1;
        for (int i = 0; i < 2; ++i) {
          const auto id = std::to_string(session) + "/" + std::to_string(i);
          const auto done = (*store)->cells().persist(made.row, std::array{cell(id, 1, "1")}, {});
          if (!done) return 2;
          told();
          if (i == 0 && session == 0 && !(*store)->maintenance().settle()) return 3;
          if (i == 0 && session == 1 && !(*store)->maintenance().wipe()) return 4;
        }
      }
      return 0;
    });
    CAPTURE(n);
    if (code == 0) {
      ended_at = n;
    } else {
      REQUIRE(code == ended_before_change);
    }
    int answered = 0;
    std::ifstream(folder.path() / "answered") >> answered;
    // Of two that are left behind alike, SQLite's own tool looks at one first. Between a checkpoint and the mark after
    // it that makes what a lone copy of the file would be, too.
    std::vector<fs::path> folders{options.folder};
    if (latest_mark(options.folder).state != sqlite::MarkState::checkpoint) {
      folders.push_back(folder.path() / "seen");
      fs::copy(folders.front(), folders.back());
      run_sql(folders.back() / "store.sqlite", "SELECT count(*) FROM cells");
    } else {
      ++between;
    }
    for (const auto& left : folders) {
      options.folder = left.string();
      const auto opened = open_store(options);
      if (!opened) FAIL(opened.error().message);
      const auto cells = must((*opened)->cells().count(made.row));
      CHECK(cells >= static_cast<std::uint64_t>(answered) + 1);
      CHECK(cells <= static_cast<std::uint64_t>(answered) + 2);
    }
    CHECK(must(check_store(folders.front(), CheckDepth::deep)).empty());
  }
  CHECK(ended_at > 60);
  CHECK(2 * between < ended_at);
}

TEST_CASE("a process that ends while it makes a new store leaves a folder that is new, or a store") {
  end_before_change(0);
  int ended_at = 0;
  for (int n = 1; ended_at == 0; ++n) {
    TempFolder folder;
    StoreConfig options;
    options.folder = (folder.path() / "data").string();
    const int code = killed([&] {
      end_before_change(n);
      return open_store(options) ? 0 : 1;
    });
    if (code == 0) {
      ended_at = n;
    } else {
      REQUIRE(code == ended_before_change);
    }
    CAPTURE(n);
    const auto opened = open_store(options);
    if (!opened) FAIL(opened.error().message);
  }
  CHECK(ended_at > 20);
}

TEST_CASE("a store that is gone from a folder that had one is not taken for a new one") {
  FilesFixture f;
  put(*f.store, f.row, "a");
  f.store.reset();
  SUBCASE("removed") {
    fs::remove(f.file());
  }
  SUBCASE("cut to nothing") {
    fs::resize_file(f.file(), 0);
  }
  SUBCASE("only the key is left") {
    fs::remove(f.file());
    fs::remove(f.data() / "store.lock");
    std::ofstream(f.data() / "vault.key") << "key";
  }
  SUBCASE("only the log is left") {
    f.host_that_is_killed({"b"});
    fs::remove(f.file());
    fs::remove(f.data() / "store.lock");
    CHECK(f.refused() == "store_missing");
    CHECK(fs::file_size(f.log()) > 0);
  }
  CHECK(f.refused() == "store_missing");
  CHECK(f.why_refused().find("this data folder is not new") != std::string::npos);
  CHECK(f.why_refused().find("{op:store restore FILE}") != std::string::npos);
  const auto there = store_is_there(f.data());
  REQUIRE(!there);
  CHECK(there.error().tag == "store_missing");
  CHECK(f.refused() == "store_missing");  // as often as it is tried
}

TEST_CASE("an empty folder, and an empty file in one, are new") {
  TempFolder folder;
  StoreConfig options;
  options.folder = (folder.path() / "data").string();
  CHECK_FALSE(must(store_is_there(options.folder)));
  fs::create_directory(options.folder);
  std::ofstream(options.folder + "/store.sqlite").flush();
  CHECK_FALSE(must(store_is_there(options.folder)));
  CHECK(open_store(options));
  CHECK(must(store_is_there(options.folder)));
}

TEST_CASE("what is damaged is found: pages by the quick check, the rest by the deep one") {
  FilesFixture f;
  for (int i = 0; i < 200; ++i) put(*f.store, f.row, "cell-" + std::to_string(i), i);
  f.store.reset();
  CHECK(must(check_store(f.data(), CheckDepth::quick)).empty());
  CHECK(must(check_store(f.data(), CheckDepth::deep)).empty());
  SUBCASE("a page") {
    std::fstream out(f.file(), std::ios::in | std::ios::out | std::ios::binary);
    const auto pages = static_cast<std::streamoff>(fs::file_size(f.file()) / 4096);
    for (std::streamoff page = pages / 2; page < pages; ++page) {
      out.seekp(page * 4096);
      out << std::string(16, '\x5a');
    }
    out.close();
    const auto found = check_store(f.data(), CheckDepth::quick);
    CHECK((!found || !found->empty()));
  }
  SUBCASE("a bit of a cell's content, which is a valid text all the same") {
    run_sql(f.file(), "UPDATE cells SET data = '2' WHERE ident = CAST('cell-7' AS BLOB)");
    CHECK(must(check_store(f.data(), CheckDepth::quick)).empty());
    const auto found = must(check_store(f.data(), CheckDepth::deep));
    REQUIRE(found.size() == 1);
    CHECK(found[0].starts_with("1 cells whose content is not what was written, the first of them of :~"));
  }
  SUBCASE("a date, and an original") {
    run_sql(
        f.file(),
        "UPDATE cells SET date = date + 1 WHERE ident = CAST('cell-3' AS BLOB); INSERT INTO raws SELECT row, ident, "
        "x'00' FROM cells WHERE ident = CAST('cell-4' AS BLOB)");
    const auto found = must(check_store(f.data(), CheckDepth::deep));
    REQUIRE(found.size() == 1);
    CHECK(found[0].starts_with("2 cells whose content is not what was written"));
  }
  SUBCASE("a reference, and cells of nothing") {
    run_sql(f.file(),
            "PRAGMA foreign_keys=OFF; INSERT INTO coverage VALUES(77, 1, 2, 0, 0, '', 0, 0); UPDATE cells SET row = 78 "
            "WHERE ident = CAST('cell-3' AS BLOB)");
    CHECK(must(check_store(f.data(), CheckDepth::quick)).empty());
    const auto found = must(check_store(f.data(), CheckDepth::deep));
    REQUIRE(found.size() == 2);
    CHECK(found[0] == "an entry of coverage names one of rows that is not there");
    CHECK(found[1] == "1 cells of rows that are not there");
  }
}

TEST_CASE("a file system that is mounted read-only is told as such") {
  const auto error = file_error(EROFS, "open the store", "/data/store.sqlite");
  CHECK(error.tag == "store_read_only_mount");
  CHECK(error.message.find("mounted read-only") != std::string::npos);
  CHECK(file_error(EACCES, "open the store", "/data/store.sqlite").tag == "store_permission");
}

TEST_CASE("marks: a log belongs to the file it began on and to each that it brought about") {
  using sqlite::belongs;
  using sqlite::Mark;
  const Mark a{1, 9, 9}, b{2, 1, 1}, c{3, 2, 1};
  CHECK(belongs(7, {}));
  CHECK(belongs(9, {a}));
  CHECK(belongs(1, {a}));
  CHECK_FALSE(belongs(8, {a}));
  CHECK_FALSE(belongs(9, {a, b}));  // b says that a had reached the file
  CHECK(belongs(1, {a, b}));
  CHECK(belongs(3, {a, b, c}));
  CHECK(belongs(1, {b, c}));
  CHECK_FALSE(belongs(9, {b, c}));
  const auto bytes = sqlite::encode_mark({5, 6, 7, 8, sqlite::MarkState::working});
  CHECK(bytes.size() == sqlite::mark_size);
  const auto read = sqlite::decode_mark(bytes);
  REQUIRE(read);
  CHECK(read->in_file == 7);
  CHECK(read->state == sqlite::MarkState::working);
}

TEST_CASE("connections for reading that nobody uses any more are closed, and others are kept") {
  FilesFixture f;
  put(*f.store, f.row, "a");
  const auto open_files = [&f] {
    std::size_t count = 0;
    for (const auto& each : fs::directory_iterator("/proc/self/fd")) {
      std::error_code gone;
      // Each connection has the log open for itself.
      if (fs::read_symlink(each.path(), gone) == f.log()) ++count;
    }
    return count;
  };
  f.store->maintenance().release_unused_memory();
  f.store->maintenance().release_unused_memory();
  const auto of_writer = open_files();
  must(f.store->cells().count(f.row));
  CHECK(open_files() == of_writer + 1);
  f.store->maintenance().release_unused_memory();
  CHECK(open_files() == of_writer + 1);
  f.store->maintenance().release_unused_memory();
  CHECK(open_files() == of_writer);
  CHECK(must(f.store->cells().count(f.row)) == 1);
}
