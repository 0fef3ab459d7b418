// SPDX-License-Identifier: Apache-2.0
// Plugin folders that change, as the kernel tells of it.
#include <doctest/doctest.h>

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>

#include "host/base/clock.hpp"
#include "host/loader/folder_watch.hpp"
#include "workspace.hpp"

namespace {

using namespace tento::host;
using namespace tento::host::test;

// Counts the looks; what never comes is given up after minutes, which decide nothing else.
struct Looks {
  std::mutex mutex;
  std::condition_variable changed;
  int count = 0;
  std::set<fs::path> unsettled;

  std::unique_ptr<FolderWatch> watch(const fs::path& folder, std::int64_t since_unix_us = INT64_MAX) {
    auto begun = FolderWatch::start({{folder},
                                     since_unix_us,
                                     [this](const std::set<fs::path>& files) {
                                       const std::lock_guard lock(mutex);
                                       ++count;
                                       unsettled = files;
                                       changed.notify_all();
                                     },
                                     {}});
    REQUIRE(begun);
    return std::move(*begun);
  }
  std::set<fs::path> left_out() {
    const std::lock_guard lock(mutex);
    return unsettled;
  }
  // Whether a look follows what is done.
  bool follow(const std::function<void()>& change) {
    std::unique_lock lock(mutex);
    const int before = count;
    lock.unlock();
    change();
    lock.lock();
    return changed.wait_for(lock, std::chrono::minutes(2), [&] { return count > before; });
  }
};

TEST_CASE("files that come, change their mode and go are looked at") {
  Workspace work;
  Looks looks;
  const auto watch = looks.watch(work.plugins);
  CHECK(looks.follow([&] { work.put("a.so", {'x'}); }));
  CHECK(looks.follow([&] { fs::permissions(work.plugins / "a.so", fs::perms(0600)); }));
  CHECK(looks.follow([&] { fs::create_hard_link(work.plugins / "a.so", work.plugins / "b.so"); }));
  CHECK(looks.follow([&] { fs::rename(work.plugins / "a.so", work.root / "a.so"); }));
  CHECK(looks.follow([&] { fs::remove(work.plugins / "b.so"); }));
  work.put(".c.so", {'x'});
  CHECK(looks.follow([&] { fs::rename(work.plugins / ".c.so", work.plugins / "c.so"); }));
}

TEST_CASE("a file that is still being written is named to the look that another one causes") {
  Workspace work;
  Looks looks;
  const auto watch = looks.watch(work.plugins);
  std::ofstream slow(work.plugins / "slow.so", std::ios::binary);
  slow << "half" << std::flush;
  CHECK(looks.follow([&] { work.put("a.so", {'x'}); }));
  CHECK_EQ(looks.left_out(), std::set<fs::path>{work.plugins / "slow.so"});
  CHECK(looks.follow([&] { slow.close(); }));
  CHECK(looks.left_out().empty());
}

TEST_CASE("a folder that goes and comes again is watched on, with those above it") {
  Workspace work;
  const fs::path folder = work.root / "one/two/plugins";
  Looks looks;
  const auto watch = looks.watch(folder);
  const auto come = [&] {
    fs::create_directories(folder);
    write_bytes(folder / "a.so", {'x'});
  };
  CHECK(looks.follow(come));
  CHECK(looks.follow([&] { fs::remove_all(work.root / "one"); }));
  CHECK(looks.follow(come));
  CHECK(looks.follow([&] { fs::rename(folder, work.root / "away"); }));
  CHECK(looks.follow([&] { fs::rename(work.root / "away", folder); }));
  CHECK(looks.follow([&] { fs::remove(folder / "a.so"); }));
}

TEST_CASE("a link to a folder that leads to another one is followed") {
  Workspace work;
  fs::create_directory(work.root / "v2");
  fs::create_directory_symlink(work.plugins, work.root / "current");
  Looks looks;
  const auto watch = looks.watch(work.root / "current");
  CHECK(looks.follow([&] { work.put("a.so", {'x'}); }));
  CHECK(looks.follow([&] {
    fs::create_directory_symlink(work.root / "v2", work.root / "next");
    fs::rename(work.root / "next", work.root / "current");
  }));
  CHECK(looks.follow([&] { write_bytes(work.root / "v2/b.so", {'x'}); }));
}

TEST_CASE("what changed before the watch began, and since the folders were read, is looked at") {
  Workspace work;
  work.put("a.so", {'x'});
  Looks looks;
  std::unique_ptr<FolderWatch> watch;
  CHECK(looks.follow([&] { watch = looks.watch(work.plugins, unix_now_us() - 60'000'000); }));
}

}  // namespace
