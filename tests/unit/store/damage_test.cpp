// SPDX-License-Identifier: Apache-2.0
// What a store is after its last process: whole in one file after a clean stop, also where nothing can be written; held
// against its hashes after another one.
#include <doctest/doctest.h>
#include <grp.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <functional>
#include <string>
#include <utility>

#include "tests/unit/store/fixture.hpp"
#include "tests/unit/store/raw_sql.hpp"

using namespace tento;
using namespace tento::host;
using namespace tento::host::testing;

namespace fs = std::filesystem;

namespace {

// How a child ends that does this.
int in_process(const std::function<int()>& body) {
  const pid_t pid = ::fork();
  REQUIRE(pid >= 0);
  if (pid == 0) ::_exit(body());
  int status = 0;
  REQUIRE(::waitpid(pid, &status, 0) == pid);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

constexpr uid_t nobody = 65534;

// Root may write everywhere: whoever it is, this process is not root from now on.
bool drop_root() {
  return ::geteuid() != 0 || (::setgroups(0, nullptr) == 0 && ::setresgid(nobody, nobody, nobody) == 0 &&
                              ::setresuid(nobody, nobody, nobody) == 0);
}

// A folder in which nothing can be written, and which can be read by whoever drop_root() makes of this process.
class Unwritable {
 public:
  explicit Unwritable(fs::path folder) : folder_(std::move(folder)) {
    fs::permissions(folder_.parent_path(), fs::perms::others_exec, fs::perm_options::add);
    if (::geteuid() == 0)
      for (const auto& entry : fs::directory_iterator(folder_))
        REQUIRE(::chown(entry.path().c_str(), nobody, nobody) == 0);
    fs::permissions(folder_,
                    fs::perms::owner_read | fs::perms::owner_exec | fs::perms::others_read | fs::perms::others_exec);
  }
  Unwritable(const Unwritable&) = delete;
  Unwritable& operator=(const Unwritable&) = delete;
  ~Unwritable() {
    std::error_code ignored;
    fs::permissions(folder_, fs::perms::owner_all, ignored);
  }

 private:
  fs::path folder_;
};

struct DamageFixture : StoreFixture {
  Uuid other = make_row(2, ":~x:a:others");
  [[nodiscard]] fs::path data() { return options().folder; }
  [[nodiscard]] fs::path file() { return data() / "store.sqlite"; }
  void put(const Uuid& into, std::string_view id, std::string_view content) {
    must(store->cells().persist(into, std::array{cell(id, 1, content)}, {}));
  }
  // A process uses the store, and ends without a stop.
  void end_in_use() {
    store.reset();
    CHECK(in_process([this] {
            auto opened = open_store(options());
            if (!opened) return 1;
            const std::array cells{cell("late", 2, "2")};
            if (!(*opened)->cells().persist(other, cells, {})) return 2;
            static_cast<void>(opened->release());
            return 0;
          }) == 0);
  }
  void damage() { run_sql(file(), "UPDATE cells SET data = '\"7\"' WHERE data = '\"1\"'"); }
  Result<void> read_row(const Uuid& which) {
    return store->cells().read(which, {}, [](const CellView&) { return true; });
  }
  ContentCheck check_all() {
    ContentCheck all;
    for (all.through = false; !all.through;) {
      auto part = must(store->maintenance().check_content(1));
      all.through = part.through;
      all.damaged += part.damaged;
      if (all.damaged_row.empty()) all.damaged_row = part.damaged_row;
    }
    return all;
  }
};

}  // namespace

TEST_CASE("after a clean stop the file alone holds everything") {
  DamageFixture f;
  f.store.reset();
  // As the program ends: nothing is closed.
  CHECK(in_process([&f] {
          auto opened = open_store(f.options());
          if (!opened) return 1;
          const auto data = "\"" + std::string(1000, 'x') + "\"";
          for (int i = 0; i < 500; ++i) {
            const auto id = std::to_string(i);
            const std::array cells{cell(id, 1, data)};
            if (!(*opened)->cells().persist(f.row, cells, {})) return 2;
          }
          if (!(*opened)->maintenance().settle()) return 3;
          static_cast<void>(opened->release());
          return 0;
        }) == 0);
  std::error_code ignored;
  const auto log = fs::file_size(f.file().string() + "-wal", ignored);
  CHECK((ignored || log == 0));
  const auto elsewhere = f.folder.path() / "elsewhere";
  fs::create_directory(elsewhere);
  fs::copy_file(f.file(), elsewhere / "store.sqlite");
  auto options = f.options();
  options.folder = elsewhere.string();
  const auto copy = must(open_store(options));
  CHECK(must(copy->cells().count(f.row)) == 500);
}

TEST_CASE("a store whose folder cannot be written is read, and says so where it is to be written") {
  DamageFixture f;
  f.put(f.row, "a", "1");
  f.store.reset();
  for (const bool with_lock : {true, false}) {
    CAPTURE(with_lock);
    if (!with_lock) fs::remove(f.data() / "store.lock");
    const Unwritable folder(f.data());
    CHECK(in_process([&f] {
            if (!drop_root()) return 1;
            auto options = f.options();
            if (open_store(options)) return 2;
            options.read_only = true;
            const auto store = open_store(options);
            const auto beside = open_store(options);
            if (!store || !beside) return 3;
            if ((*store)->cells().count(f.row).value_or(0) != 1) return 4;
            if ((*beside)->cells().count(f.row).value_or(0) != 1) return 5;
            const std::array cells{cell("b", 1, "2")};
            const auto written = (*store)->cells().persist(f.row, cells, {});
            if (written || written.error().tag != "store_read_only") return 6;
            return check_store(options.folder, CheckDepth::deep).value_or(std::vector<std::string>{"?"}).empty() ? 0
                                                                                                                 : 7;
          }) == 0);
  }
  f.open();  // nobody holds it any more
}

TEST_CASE("a child that somebody's code forks, and that lives on, does not hold the lock") {
  DamageFixture f;
  std::array<int, 2> hold{}, lives{};
  REQUIRE(::pipe(hold.data()) == 0);
  REQUIRE(::pipe(lives.data()) == 0);
  const pid_t child = ::fork();
  if (child == 0) {
    ::close(hold[1]);
    char byte = 0;
    ::_exit(::write(lives[1], &byte, 1) == 1 ? static_cast<int>(::read(hold[0], &byte, 1)) : 2);
  }
  char lived = 0;
  REQUIRE(::read(lives[0], &lived, 1) == 1);
  f.open();  // anew, which waits for nobody
  // As long as this process has it, another one does not get it, whatever the child did.
  auto options = f.options();
  options.lock_wait_ms = 0;
  CHECK(tag_of(open_store(options)) == "store_locked");
  ::close(hold[1]);
  int status = -1;
  CHECK(::waitpid(child, &status, 0) == child);
  CHECK(status == 0);
  for (const int end : {hold[0], lives[0], lives[1]}) ::close(end);
}

TEST_CASE("a log that cannot be read where nothing can be written is told from an empty one") {
  DamageFixture f;
  f.end_in_use();
  REQUIRE(fs::file_size(f.file().string() + "-wal") > 0);
  const Unwritable folder(f.data());
  CHECK(in_process([&f] {
          if (!drop_root()) return 1;
          auto options = f.options();
          options.read_only = true;
          const auto refused = open_store(options);
          return !refused && refused.error().tag == "store_log_unread" ? 0 : 2;
        }) == 0);
}

TEST_CASE(
    "cells that are not as they were written are not shown after a stop that was not clean, until they are again") {
  DamageFixture f;
  const auto start = must(f.store->changes().newest(f.owner.id));
  f.put(f.row, "a", "\"1\"");
  f.put(f.row, "b", "\"2\"");
  f.put(f.other, "c", "\"2\"");
  RowCommit cursors;
  cursors.row = f.row;
  const std::array last_page{CursorInput{"page", "9"}};
  cursors.cursors = last_page;
  must(f.store->cells().commit(cursors));
  CHECK(must(f.store->maintenance().check_content(9)).through);
  f.end_in_use();
  f.damage();
  f.open();
  const auto refused = f.read_row(f.row);
  REQUIRE(!refused);
  CHECK(refused.error().tag == "cell_damaged");
  CHECK(refused.error().message.find("a cell of :~x:a:things is not as it was written") != std::string::npos);
  CHECK(refused.error().remedy.find("row sync key=:~x:a:things") != std::string::npos);
  std::string json;
  CHECK(tag_of(f.store->cells().append_json(json, f.row, {}, {})) == "cell_damaged");
  CHECK(tag_of(f.store->cells().find(f.row, {"a", {}})) == "cell_damaged");
  CHECK(tag_of(f.store->cells().find(f.row, {"b", {}})) == "ok");
  CHECK(tag_of(f.read_row(f.other)) == "ok");
  CHECK(tag_of(f.store->changes().read(f.owner.id, start, 0, [](const Change&) { return true; })) == "cell_damaged");
  CHECK(tag_of(f.store->users().export_to(f.owner.id, [](std::string_view) { return true; })) == "cell_damaged");
  // A sync does not go on from where it was, and what it brings again is written again.
  CHECK_FALSE(must(f.store->rows().cursor(f.row, "page")));
  f.open();  // a clean stop between them changes nothing
  CHECK(tag_of(f.read_row(f.row)) == "cell_damaged");
  const auto found = f.check_all();
  CHECK(found.damaged == 1);
  CHECK(found.damaged_row == ":~x:a:things");
  CHECK(must(check_store(f.data(), CheckDepth::quick)).at(0).find("1 cells were found") == 0);
  CHECK(tag_of(f.read_row(f.row)) == "cell_damaged");
  f.put(f.row, "a", "\"1\"");
  CHECK(f.read() == "a@1=\"1\" b@1=\"2\"");
  CHECK(must(f.store->rows().cursor(f.row, "page")) == "9");
  CHECK(f.check_all().damaged == 0);
  CHECK(must(check_store(f.data(), CheckDepth::quick)).empty());
  // All of it was looked at: from now on reading costs no hashes.
  f.store.reset();
  f.damage();
  f.open();
  CHECK(tag_of(f.read_row(f.row)) == "ok");
}
