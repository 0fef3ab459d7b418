// SPDX-License-Identifier: Apache-2.0
// What a plugin folder can hold and how it can be set up, and what becomes of private copies.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/wait.h>

#include <cerrno>
#include <cstring>
#include <ctime>
#include <fstream>
#include <functional>
#include <optional>

#include "host/base/crypto.hpp"
#include "host/loader/image.hpp"
#include "workspace.hpp"

namespace {

using namespace tento::host;
using namespace tento::host::test;

Bytes bytes_of(const std::string& text) {
  return {text.begin(), text.end()};
}

void expect(const LoadReport& report, const std::string& name, const std::string& code, const std::string& says) {
  CAPTURE(name);
  const ProviderInfo& info = info_of(report, name);
  CHECK_EQ(info.state, ProviderState::rejected);
  REQUIRE(info.rejection);
  CAPTURE(info.rejection->reason);
  CHECK_EQ(info.rejection->code, code);
  CHECK(contains(info.rejection->reason, says));
  CHECK_FALSE(info.rejection->remedy.empty());
}

TEST_CASE("things in the folder that are no plugins") {
  Workspace work;
  work.put("empty.so", {});
  work.put("text.so", bytes_of("#!/bin/sh\necho hello\n"));
  work.put("short.so", bytes_of("\x7f"
                                "ELF\x02"));
  work.put("readme.txt", bytes_of("not looked at"));
  work.put(".hidden.so", bytes_of("not looked at"));
  fs::create_directory(work.plugins / "folder.so");
  REQUIRE_EQ(mkfifo((work.plugins / "pipe.so").c_str(), 0644), 0);
  fs::create_symlink(fixture("fixture-good.so"), work.plugins / "link.so");
  work.add("good");
  const LoadReport report = work.load();
  REQUIRE_EQ(report.infos.size(), 7);
  expect(report, "empty.so", "empty_file", "the file is empty");
  expect(report, "text.so", "not_elf", "it is not a shared object: it begins with `#!/bin/sh\\x0aecho ");
  expect(report, "short.so", "out_of_bounds",
         "the ELF header (at 0, 64 bytes) lies beyond the end of the file (5 bytes)");
  expect(report, "folder.so", "not_regular", "it is not a regular file");
  expect(report, "pipe.so", "not_regular", "it is not a regular file");
  expect(report, "link.so", "not_regular", "it is a symbolic link, and links are not followed");
  CHECK_EQ(info_of(report, "good.so").state, ProviderState::loaded);
  CHECK_EQ(info_of(report, "text.so").id(), "text");
  for (std::size_t i = 1; i < report.infos.size(); ++i) CHECK_LT(report.infos[i - 1].path, report.infos[i].path);
}

TEST_CASE("a folder with more files than anybody has providers is not looked at") {
  Workspace work;
  const fs::path crowded = work.root / "crowded";
  fs::create_directory(crowded);
  for (int i = 0; i < 1025; ++i) write_bytes(crowded / (std::to_string(i) + ".so"), {});
  work.options.folders.insert(work.options.folders.begin(), crowded);
  work.add("good");
  const LoadReport report = work.load();
  REQUIRE_EQ(report.folder_problems.size(), 1);
  CHECK_EQ(report.folder_problems[0].rejection.code, "too_many_files");
  CHECK_EQ(report.infos.size(), 1);
  CHECK_EQ(report.providers.size(), 1);
  fs::remove(crowded / "0.so");
  fs::remove(crowded / "1.so");  // 1023, and the good one
  CHECK_EQ(work.load().infos.size(), 1024);
}

TEST_CASE("files and folders that others can write") {
  Workspace work;
  const fs::path file = work.add("good");
  SUBCASE("the file, by everyone") {
    fs::permissions(file, fs::perms(0666));
    work.add("good-beta");
    const LoadReport report = work.load();
    expect(report, "good.so", "world_writable", "the file " + file.string() + " is writable by everyone (mode 0666)");
    CHECK_EQ(info_of(report, "good.so").rejection->remedy, "chmod go-w " + file.string());
    CHECK_EQ(info_of(report, "good-beta.so").state, ProviderState::loaded);
  }
  SUBCASE("the file, by its group") {
    fs::permissions(file, fs::perms(0664));
    expect(work.load(), "good.so", "group_writable", "is writable by its group (mode 0664)");
  }
  SUBCASE("the folder") {
    fs::permissions(work.plugins, fs::perms(0777));
    expect(work.load(), "good.so", "world_writable",
           "the folder " + work.plugins.string() + " is writable by everyone (mode 0777)");
  }
  SUBCASE("a folder above it") {
    fs::permissions(work.root, fs::perms(0777));
    expect(work.load(), "good.so", "world_writable",
           "above " + work.plugins.string() + " the folder " + work.root.string() + " is writable by everyone");
  }
  SUBCASE("a sticky folder above it is fine") {
    fs::permissions(work.root, fs::perms(01777));
    CHECK_EQ(work.load().providers.size(), 1);
  }
  SUBCASE("an empty bad folder is told too") {
    fs::remove(file);
    fs::permissions(work.plugins, fs::perms(0777));
    const LoadReport report = work.load();
    REQUIRE_EQ(report.folder_problems.size(), 1);
    CHECK_EQ(report.folder_problems[0].rejection.code, "world_writable");
  }
  SUBCASE("somebody else's") {
    if (geteuid() != 0) return;  // only root can give files away
    REQUIRE_EQ(chown(file.c_str(), 65534, 65534), 0);
    expect(work.load(), "good.so", "foreign_owner", "belongs to user 65534");
  }
}

TEST_CASE("folders: several, missing, twice, through a link") {
  Workspace work;
  work.add("good");
  const fs::path second = work.root / "second";
  fs::create_directory(second);
  fs::permissions(second, fs::perms(0755));
  fs::copy_file(work.add("good-beta"), second / "good-beta.so");
  fs::remove(work.plugins / "good-beta.so");
  fs::create_directory_symlink(work.plugins, work.root / "link");
  work.options.folders = {work.plugins, work.root / "missing", second, work.root / "link", work.plugins};
  const LoadReport report = work.load();
  CHECK_EQ(report.infos.size(), 2);
  CHECK_EQ(report.providers.size(), 2);
  REQUIRE_EQ(report.folder_problems.size(), 1);
  CHECK_EQ(report.folder_problems[0].rejection.code, "no_folder");
  CHECK(contains(report.folder_problems[0].rejection.reason, (work.root / "missing").string() + " does not exist"));
}

TEST_CASE("private copies") {
  Workspace work;
  const fs::path file = work.add("good");
  const auto bytes = read_plugin(file);
  REQUIRE(bytes);
  CHECK_EQ(bytes->sha256, sha256_hex(bytes->bytes()));
  REQUIRE(prepare_images(work.options.images));
  const auto first = store_image(work.options.images, *bytes, "good.so");
  REQUIRE(first);

  SUBCASE("an earlier copy is used again") {
    const auto second = store_image(work.options.images, *bytes, "good.so");
    REQUIRE(second);
    CHECK_EQ(second->status.st_ino, first->status.st_ino);
  }
  SUBCASE("but not when a byte of it differs") {
    Bytes changed = read_bytes(first->path);
    changed[changed.size() / 2] = static_cast<unsigned char>(changed[changed.size() / 2] ^ 1u);
    fs::permissions(first->path, fs::perms(0600));
    write_bytes(first->path, changed);
    fs::permissions(first->path, fs::perms(0400));
    CHECK_EQ(check_image_unchanged(*first).error().code, "image_changed");
    const auto second = store_image(work.options.images, *bytes, "good.so");
    REQUIRE(second);
    CHECK_NE(second->status.st_ino, first->status.st_ino);
    CHECK_EQ(read_bytes(second->path), read_bytes(file));
  }
  SUBCASE("nor when it is a link to the same bytes") {
    fs::remove(first->path);
    fs::create_symlink(file, first->path);
    const auto second = store_image(work.options.images, *bytes, "good.so");
    REQUIRE(second);
    CHECK_FALSE(fs::is_symlink(first->path));
  }
  SUBCASE("no folder to put it") {
    write_bytes(work.root / "file", bytes_of("in the way"));
    const auto none = prepare_images(work.root / "file" / "images");
    REQUIRE_FALSE(none);
    CHECK_EQ(none.error().code, "image_failed");
    CHECK(contains(none.error().reason, "Not a directory"));
  }
}

// What `look` says in a process of its own, for which a file system without programs is mounted at `place`; nothing
// where the kernel does not allow that, with its reason in errno.
std::optional<std::string> on_noexec_mount(const fs::path& place, const std::function<std::string()>& look) {
  int answer[2];
  REQUIRE_EQ(pipe2(answer, O_CLOEXEC), 0);
  const pid_t child = fork();
  REQUIRE_GE(child, 0);
  if (child == 0) {
    const bool mounted = (unshare(CLONE_NEWNS) == 0 || unshare(CLONE_NEWUSER | CLONE_NEWNS) == 0) &&
                         mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0 &&
                         mount("none", place.c_str(), "tmpfs", MS_NOEXEC, nullptr) == 0;
    if (!mounted) _exit(errno);
    const std::string text = look();
    _exit(write(answer[1], text.data(), text.size()) == static_cast<ssize_t>(text.size()) ? 0 : EIO);
  }
  close(answer[1]);
  std::string text(4096, '\0');
  const ssize_t size = read(answer[0], text.data(), text.size());
  close(answer[0]);
  int status = 0;
  REQUIRE_EQ(waitpid(child, &status, 0), child);
  REQUIRE(WIFEXITED(status));
  errno = WEXITSTATUS(status);
  if (errno != 0) return std::nullopt;
  text.resize(static_cast<std::size_t>(std::max<ssize_t>(size, 0)));
  return text;
}

TEST_CASE("where private copies may be") {
  Workspace work;
  SUBCASE("not on a file system from which no code runs: that is said before anything is made there") {
    fs::create_directory(work.root / "noexec");
    const fs::path folder = work.root / "noexec" / "not" / "there";
    const auto told = on_noexec_mount(work.root / "noexec", [&folder] {
      const auto none = check_image_folder(folder);
      const auto prepared = prepare_images(folder);
      if (none || prepared) return std::string("no code need run from it");
      return none.error().code + "\n" + none.error().reason + "\n" + none.error().remedy + "\n" +
             prepared.error().code + (fs::exists(folder.parent_path()) ? "\nand something was made" : "");
    });
    if (told) {
      CHECK(contains(*told, "noexec\n"));
      CHECK(contains(*told, folder.string() + ": its file system is mounted noexec\n"));
      CHECK(contains(*told, "plugins.image_dir"));
      CHECK(told->ends_with("\nnoexec"));
    } else {
      MESSAGE("skipped: this machine lets nobody mount a file system of their own (" << std::strerror(errno) << ")");
    }
    CHECK(check_image_folder(work.root / "not" / "there"));
  }
  const fs::path images = work.root / "elsewhere" / "images";
  fs::create_directories(images);
  fs::permissions(images, fs::perms(0755));
  SUBCASE("an empty folder becomes this user's alone") {
    REQUIRE(prepare_images(images));
    CHECK_EQ(fs::status(images).permissions(), fs::perms(0700));
  }
  SUBCASE("a folder with other things is left as it is") {
    write_bytes(images / "letter.txt", bytes_of("dear"));
    const auto taken = prepare_images(images);
    REQUIRE_FALSE(taken);
    CHECK_EQ(taken.error().code, "image_failed");
    CHECK(contains(taken.error().reason, "holds other things (letter.txt)"));
    CHECK_EQ(fs::status(images).permissions(), fs::perms(0755));
  }
  SUBCASE("a folder above it that everyone can write must be sticky") {
    fs::permissions(work.root / "elsewhere", fs::perms(0777));
    for (const auto& folder : {images, work.root / "elsewhere" / "not" / "there"}) {
      CAPTURE(folder);
      const auto open = prepare_images(folder);
      REQUIRE_FALSE(open);
      CHECK_EQ(open.error().code, "world_writable");
      CHECK(contains(open.error().reason, "the private copies of providers cannot be kept safely: above " +
                                              folder.string() + " the folder " + (work.root / "elsewhere").string() +
                                              " is writable by everyone"));
      CHECK(contains(open.error().remedy, "plugins.image_dir"));
    }
    CHECK_FALSE(fs::exists(work.root / "elsewhere" / "not"));
    fs::permissions(work.root / "elsewhere", fs::perms(01777));
    CHECK(prepare_images(images));
    CHECK(prepare_images(work.root / "elsewhere" / "not" / "there"));
  }
}

// As if it had not been used for so long.
void make_old(const fs::path& folder, std::int64_t seconds) {
  const timespec past{time(nullptr) - seconds, 0};
  const timespec times[] = {past, past};
  REQUIRE_EQ(utimensat(AT_FDCWD, folder.c_str(), times, 0), 0);
}

TEST_CASE("private copies that nobody uses go after a while") {
  Workspace work;
  constexpr std::int64_t day = 24 * 3600;
  const auto bytes = read_plugin(work.add("good"));
  const auto others = read_plugin(work.add("good-beta"));
  REQUIRE(prepare_images(work.options.images));
  std::optional<Accepted<Image>> used = store_image(work.options.images, *bytes, "good.so");
  fs::path unused;
  {
    const auto left = store_image(work.options.images, *others, "beta.so");
    REQUIRE(left);
    unused = left->path.parent_path();
  }
  const fs::path kept = (**used).path.parent_path();
  fs::create_directory(work.options.images / "of-somebody-else");
  make_old(work.options.images / "of-somebody-else", 10 * day);

  CHECK_EQ(prune_images(work.options.images, day), 0);  // both were used just now
  make_old(kept, 2 * day);
  make_old(unused, 2 * day);
  CHECK_EQ(prune_images(work.options.images, 3 * day), 0);
  CHECK_EQ(prune_images(work.options.images, day), 1);
  CHECK_FALSE(fs::exists(unused));
  CHECK(fs::exists((**used).path));  // old, and in use
  CHECK(fs::exists(work.options.images / "of-somebody-else"));
  CHECK(check_image_unchanged(**used));

  SUBCASE("using one makes it young again") {
    used.reset();
    REQUIRE(store_image(work.options.images, *bytes, "good.so"));
    CHECK_EQ(prune_images(work.options.images, day), 0);
    CHECK(fs::exists(kept));
  }
  SUBCASE("another process that uses one keeps it") {
    used.reset();
    int ready[2], done[2];
    REQUIRE_EQ(pipe(ready), 0);
    REQUIRE_EQ(pipe(done), 0);
    const pid_t child = fork();
    if (child == 0) {
      const auto mine = store_image(work.options.images, *bytes, "good.so");
      const char answer = mine ? '1' : '0';
      char end = 0;
      close(done[1]);
      _exit(write(ready[1], &answer, 1) == 1 && read(done[0], &end, 1) == 0 ? 0 : 1);
    }
    REQUIRE_GT(child, 0);
    char answer = 0;
    REQUIRE_EQ(read(ready[0], &answer, 1), 1);
    CHECK_EQ(answer, '1');
    make_old(kept, 2 * day);
    CHECK_EQ(prune_images(work.options.images, day), 0);
    CHECK(fs::exists(kept));
    close(done[0]);
    close(done[1]);
    close(ready[0]);
    close(ready[1]);
    int status = 0;
    REQUIRE_EQ(waitpid(child, &status, 0), child);
    CHECK_EQ(prune_images(work.options.images, day), 1);
    CHECK_FALSE(fs::exists(kept));
  }
  SUBCASE("a load prunes, and keeps what it loaded") {
    used.reset();
    make_old(kept, 2 * day);
    fs::remove(work.plugins / "good.so");
    const LoadReport report = work.load();
    REQUIRE_EQ(report.providers.size(), 1);
    CHECK_FALSE(fs::exists(kept));
    make_old(unused, 2 * day);
    CHECK_EQ(prune_images(work.options.images, day), 0);
    CHECK(fs::exists(unused));
  }
}

TEST_CASE("copies are made while another process prunes all it can") {
  Workspace work;
  const auto bytes = read_plugin(work.add("good"));
  REQUIRE(prepare_images(work.options.images));
  const pid_t child = fork();
  if (child == 0)
    for (;;) prune_images(work.options.images, 0);
  REQUIRE_GT(child, 0);
  int good = 0;
  for (int i = 0; i < 300; ++i) {
    const auto image = store_image(work.options.images, *bytes, "good.so");
    if (image && check_image_unchanged(*image)) ++good;
  }
  kill(child, SIGKILL);
  int status = 0;
  waitpid(child, &status, 0);
  CHECK_EQ(good, 300);
}

TEST_CASE("two processes that start at once use one copy, which neither takes from the other") {
  Workspace work;
  const auto bytes = read_plugin(work.add("good"));
  REQUIRE(bytes);
  const auto store_and_look = [&] {
    if (!prepare_images(work.options.images)) return false;
    const auto image = store_image(work.options.images, *bytes, "good.so");
    usleep(200);  // time for the other to put its own in the same place
    return image && check_image_unchanged(*image);
  };
  int good = 0;
  for (int i = 0; i < 100; ++i) {
    fs::remove_all(work.options.images);
    const pid_t child = fork();
    if (child == 0) _exit(store_and_look() ? 0 : 1);
    REQUIRE_GT(child, 0);
    if (store_and_look()) ++good;
    int status = 0;
    REQUIRE_EQ(waitpid(child, &status, 0), child);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0) ++good;
  }
  CHECK_EQ(good, 200);
}

TEST_CASE("the digest is that of FIPS 180-4") {
  const Bytes abc = bytes_of("abc");
  CHECK_EQ(sha256_hex(std::as_bytes(std::span(abc))),
           "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

}  // namespace
