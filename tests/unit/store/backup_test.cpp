// SPDX-License-Identifier: Apache-2.0
// Backups: made beside who writes, checked, one file; restored whole or not at all.
#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <filesystem>
#include <fstream>
#include <set>
#include <string>
#include <thread>

#include "host/store/store_files.hpp"
#include "tests/unit/store/fixture.hpp"
#include "tests/unit/store/raw_sql.hpp"

using namespace tento;
using namespace tento::host;
using namespace tento::host::testing;
namespace fs = std::filesystem;

namespace {

struct BackupFixture : StoreFixture {
  [[nodiscard]] fs::path data() { return options().folder; }
  [[nodiscard]] fs::path file() { return folder.path() / "backup.sqlite"; }
  void put(const std::string& id) { must(store->cells().persist(row, std::array{cell(id, 1, "1")}, {})); }
  Result<StoreContent> back_up(bool overwrite = false) {
    BackupOptions backup;
    backup.folder = data();
    backup.file = file();
    backup.overwrite = overwrite;
    return back_up_store(backup);
  }
  Result<RestoreReport> restore(const fs::path& from) {
    RestoreOptions restore;
    restore.folder = data();
    restore.file = from;
    restore.now_us = now;
    return restore_store(restore);
  }
  // Names in a folder, without what a store keeps there.
  static std::string strangers(const fs::path& where) {
    std::set<std::string> names;
    for (const auto& entry : fs::directory_iterator(where)) names.insert(entry.path().filename().string());
    std::string out;
    for (const auto& name : names)
      if (!name.starts_with("store.")) out += name + ";";
    return out;
  }
  std::string tag(const Result<StoreContent>& result) { return result ? "done" : result.error().tag; }
  std::string tag(const Result<RestoreReport>& result) { return result ? "done" : result.error().tag; }
};

}  // namespace

TEST_CASE("a backup of a store that is open has all that was committed, as one private file, and says what") {
  BackupFixture f;
  f.put("a");
  f.put("b");
  AccountRecord account;
  account.owner = f.owner.id;
  account.provider = "x";
  account.integration = "X";
  account.auth_id = "a";
  must(f.store->accounts().put(account, "secret"));
  const auto content = must(f.back_up());
  CHECK(content.users == 1);
  CHECK(content.accounts == 1);
  CHECK(content.credentials == 1);
  CHECK(content.rows == 1);
  CHECK(content.cells == 2);
  CHECK(content.bytes == fs::file_size(f.file()));
  struct stat status {};
  REQUIRE(::stat(f.file().c_str(), &status) == 0);
  CHECK((status.st_mode & 0777) == 0600);
  CHECK(BackupFixture::strangers(f.folder.path()) == "backup.sqlite;data;");

  f.put("c");
  CHECK(f.tag(f.back_up()) == "backup_exists");
  CHECK(must(f.back_up(true)).cells == 3);

  // The file alone is a store.
  const auto other = f.folder.path() / "other";
  fs::create_directory(other);
  fs::copy_file(f.file(), other / "store.sqlite");
  auto options = f.options();
  options.folder = other.string();
  CHECK(must(must(open_store(options))->cells().count(f.row)) == 3);
}

TEST_CASE("a backup is of one moment while others write") {
  BackupFixture f;
  std::atomic<bool> ended{false};
  std::string failed;
  f.put("first");
  std::thread writing([&] {
    for (int i = 0; !ended; ++i) {
      const std::string one = "one/" + std::to_string(i), two = "two/" + std::to_string(i);
      const std::array both{cell(one, 1, "1"), cell(two, 2, "1")};
      if (const auto done = f.store->cells().persist(f.row, both, {}); !done) failed = done.error().message;
    }
  });
  for (int i = 0; i < 5; ++i) {
    const auto content = must(f.back_up(true));
    CHECK(content.cells % 2 == 1);
  }
  ended = true;
  writing.join();
  CHECK(failed == "");
}

TEST_CASE("a backup goes where it was told or nowhere") {
  BackupFixture f;
  f.put("a");
  BackupOptions backup;
  backup.folder = f.data();
  const auto to = [&](const fs::path& file) {
    backup.file = file;
    return f.tag(back_up_store(backup));
  };
  CHECK(to(f.folder.path() / "none" / "backup") == "store_io");
  CHECK(to(f.folder.path()) == "backup_target");
  CHECK(to(f.data() / "store.sqlite") == "backup_target");
  backup.overwrite = true;
  CHECK(to(f.data() / "store.sqlite") == "backup_target");
  backup.folder = f.folder.path() / "nothing";
  CHECK(to(f.file()) == "store_none");
  CHECK(BackupFixture::strangers(f.folder.path()) == "data;");
}

TEST_CASE("no backup is made of a damaged store, and one that is there stays") {
  BackupFixture f;
  f.put("a");
  must(f.back_up());
  const auto before = fs::file_size(f.file());
  f.store.reset();
  run_sql(f.data() / "store.sqlite", "PRAGMA foreign_keys=OFF; UPDATE cells SET row = 99");
  const auto refused = f.back_up(true);
  REQUIRE(!refused);
  CHECK(refused.error().tag == "backup_damaged");
  CHECK(refused.error().message.find("1 cells of rows that are not there") != std::string::npos);
  CHECK(fs::file_size(f.file()) == before);
  CHECK(BackupFixture::strangers(f.folder.path()) == "backup.sqlite;data;");
}

TEST_CASE("a backup is restored in place of what is there, which is moved aside") {
  BackupFixture f;
  f.put("a");
  must(f.back_up());
  f.put("b");
  const auto running = f.restore(f.file());
  REQUIRE(!running);
  CHECK(running.error().tag == "store_locked");
  CHECK(running.error().message.find("in use by process " + std::to_string(::getpid()) + " ") != std::string::npos);
  f.store.reset();
  const auto report = must(f.restore(f.file()));
  CHECK(report.content.cells == 1);
  CHECK(report.moved_to.filename() == "replaced-20010909T014640Z");
  CHECK(BackupFixture::strangers(f.data()) == "replaced-20010909T014640Z;");
  struct stat status {};
  REQUIRE(::stat((f.data() / "store.sqlite").c_str(), &status) == 0);
  CHECK((status.st_mode & 0777) == 0600);
  f.open();
  CHECK(f.read() == "a@1=1");
  f.put("c");
  f.store.reset();

  // A second one in the same second, of what was moved aside.
  const auto again = must(f.restore(report.moved_to / "store.sqlite"));
  CHECK(again.moved_to.filename() == "replaced-20010909T014640Z-2");
  f.open();
  CHECK(must(f.store->cells().count(f.row)) == 2);
}

TEST_CASE("a backup is restored where nothing is, and where a store was lost") {
  BackupFixture f;
  f.put("a");
  must(f.back_up());
  f.store.reset();
  SUBCASE("lost") {
    fs::remove(f.data() / "store.sqlite");
  }
  SUBCASE("emptied") {
    fs::resize_file(f.data() / "store.sqlite", 0);
  }
  SUBCASE("another machine") {
    fs::remove_all(f.data());
  }
  must(f.restore(f.file()));
  f.open();
  CHECK(f.read() == "a@1=1");
}

TEST_CASE("what is not a whole backup is refused, and the store stays as it was") {
  BackupFixture f;
  f.put("a");
  must(f.back_up());
  f.put("b");
  f.store.reset();
  const auto refused = [&](const fs::path& file, const std::string& tag, const std::string& says) {
    const auto result = f.restore(file);
    REQUIRE(!result);
    CHECK(result.error().tag == tag);
    CAPTURE(result.error().message);
    CHECK(result.error().message.find(says) != std::string::npos);
    CHECK(result.error().message.find(".restore-") == std::string::npos);
    CHECK(BackupFixture::strangers(f.data()).empty());
  };
  refused(f.folder.path() / "none", "store_io", "No such file");
  refused(f.folder.path(), "store_io", "directory");
  std::ofstream(f.folder.path() / "text") << "not a database at all, but longer than its head";
  refused(f.folder.path() / "text", "store_corrupt", "is not an SQLite file");
  std::ofstream(f.folder.path() / "nothing").flush();
  refused(f.folder.path() / "nothing", "store_corrupt", "is not an SQLite file");
  run_sql(f.folder.path() / "foreign", "CREATE TABLE mine(x)");
  refused(f.folder.path() / "foreign", "store_foreign", (f.folder.path() / "foreign").string());
  run_sql(f.file(), "PRAGMA user_version=99");
  refused(f.file(), "store_newer", "schema 99");
  run_sql(f.file(), "PRAGMA user_version=10; PRAGMA foreign_keys=OFF; UPDATE cells SET row = 99");
  refused(f.file(), "store_corrupt", f.file().string() + " is damaged: 1 cells of rows");
  fs::resize_file(f.file(), 8192);
  refused(f.file(), "store_corrupt", "damaged");
  f.open();
  CHECK(must(f.store->cells().count(f.row)) == 2);
}

TEST_CASE("the store of a running host is not taken for a backup") {
  BackupFixture running;
  running.put("a");
  BackupFixture f;
  f.store.reset();
  const auto refused = f.restore(running.data() / "store.sqlite");
  REQUIRE(!refused);
  CHECK(refused.error().tag == "store_locked");
  CHECK(refused.error().message.find("{op:store backup FILE}") != std::string::npos);
}

TEST_CASE("cursors of the change feed from before a restore have ended, whatever is written after it") {
  BackupFixture f;
  f.put("a");
  const auto at_backup = must(f.store->changes().newest(f.owner.id));
  must(f.back_up());
  for (int i = 0; i < 5; ++i) f.put("lost/" + std::to_string(i));
  const auto ahead = must(f.store->changes().newest(f.owner.id));
  f.store.reset();
  must(f.restore(f.file()));
  f.open();
  const auto ask = [&f](const std::string& cursor) {
    const auto told = f.store->changes().read(f.owner.id, cursor, 0, [](const Change&) { return true; });
    return told ? std::to_string(told->count) : told.error().tag;
  };
  CHECK(ask(ahead) == "cursor_expired");
  for (int i = 0; i < 10; ++i) f.put("after/" + std::to_string(i));
  CHECK(ask(ahead) == "cursor_expired");
  CHECK(ask(at_backup) == "cursor_expired");
  const auto now = must(f.store->changes().newest(f.owner.id));
  f.put("later");
  CHECK(ask(now) == "1");
  CHECK(ask("") == "12");
}
