// SPDX-License-Identifier: Apache-2.0
// Providers that do harm as they are opened, each beside a good one and with a data folder of its own: the harm is done
// to a process that is there for it, and told; the good one is loaded; the host goes on.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/wait.h>

#include <algorithm>
#include <fstream>

#include "host/loader/probe_wire.hpp"
#include "workspace.hpp"

namespace {

using namespace tento::host;
using namespace tento::host::test;

fs::path probe_program() {
  const char* const named = std::getenv("TENTO_PROBE");
  if (named == nullptr) throw std::runtime_error("TENTO_PROBE names the built tento-probe");
  return named;
}

struct Probing : Workspace {
  Probing() {
    options.probe_program = probe_program();
    options.create_deadline_ms = 120'000;  // which none that ends by itself needs
  }
};

struct Hostile {
  std::string fixture;
  const char* code;
  std::string says;
  bool waits = false;  // never ends by itself
};

const std::vector<Hostile>& all_hostile() {
  static const std::vector<Hostile> all = {
      {"crash-0", "crashed", "it crashed (SIGSEGV) in opening it"},
      {"crash-1", "crashed", "it crashed (SIGSEGV) in create"},
      {"abort_it-0", "crashed", "it crashed (SIGABRT) in opening it"},
      {"divide-0", "crashed", "it crashed (SIGFPE) in opening it"},
      {"deep-0", "crashed", "it crashed (SIGSEGV) in opening it"},
      {"kill_itself-1", "crashed", "it crashed (SIGKILL) in create"},
      {"crash_in_thread-1", "crashed", "it crashed (SIGSEGV) in create"},
      {"take_memory-0", "crashed", "it crashed (SIGABRT) in opening it"},
      {"fill_disk-1", "crashed", "it crashed (SIGXFSZ) in create"},
      {"exit_zero-0", "exited", "it ended its process (status 0) in opening it"},
      {"exit_failing-1", "exited", "it ended its process (status 7) in create"},
      {"flood-0", "exited", "it printed `all is well, all is well"},
      {"say_good-0", "exited", "it ended its process (status 0) in opening it"},
      {"hang-0", "open_timeout", "opening it, when it was tried in a process of its own, did not come back", true},
      {"hang-1", "create_timeout", "create, when it was tried in a process of its own, did not come back", true},
      {"spin-0", "open_timeout", "did not come back within", true},
      {"stop_itself-0", "open_timeout", "did not come back within", true},
      {"close_all-0", "closed_descriptors", "it closed descriptors that are not its own"},
      {"close_streams-1", "closed_descriptors", "descriptor 0 was closed"},
      {"steal-0", "closed_descriptors", "it closed descriptors that are not its own"},
      {"open_to_children-1", "closed_descriptors", "was made another"},
      {"fork_twice-0", "left_processes", "it started a process that was still there"},
      {"fork_twice-1", "left_processes", "it started a process that was still there"},
      {"leave_a_child-0", "left_processes", "it started a process that was still there"},
      {"leave_a_daemon-0", "left_processes", "it started a process that was still there"},
      {"open_library-0", "foreign_library", "brought "},
      {"open_library-1", "foreign_library", "brought "},
  };
  return all;
}

std::string fixture_name(const Hostile& one) {
  return "hostile-" + one.fixture;
}

TEST_CASE("what a provider does as it is opened is done to a process that is there for it") {
  static_assert(sizeof(pid_t) == sizeof(std::uint32_t));
  for (const Hostile& one : all_hostile()) {
    CAPTURE(one.fixture);
    Probing work;
    // Of a folder that is none of the system's, whoever owns it.
    write_bytes(work.root / "libtentofixture.so", read_bytes(fixture("libtentofixture.so")));
    setenv("TENTO_FIXTURE_LIBRARY", (work.root / "libtentofixture.so").c_str(), 1);
    work.add(fixture_name(one), "bad.so");
    work.add("good", "good.so");
    if (one.waits) {
      fs::remove(work.plugins / "good.so");  // may need longer than that itself
      work.options.create_deadline_ms = 300;
    }
    const LoadReport report = work.load();
    unsetenv("TENTO_FIXTURE_LIBRARY");
    const ProviderInfo& info = info_of(report, "bad.so");
    CHECK_EQ(info.state, ProviderState::rejected);
    CHECK(info.rejection);
    if (!info.rejection) continue;  // the others are looked at all the same
    CAPTURE(info.rejection->reason);
    CHECK_EQ(info.rejection->code, one.code);
    CHECK(contains(info.rejection->reason, one.says));
    CHECK_FALSE(info.rejection->remedy.empty());
    CHECK_FALSE(report.damage);
    if (!one.waits) CHECK_EQ(info_of(report, "good.so").state, ProviderState::loaded);
    // Nothing of it is in this process.
    std::ifstream maps("/proc/self/maps");
    CHECK_FALSE(contains({std::istreambuf_iterator<char>(maps), {}}, "/bad.so"));
    // Nothing of it is left behind: no process that is ours, no descriptor.
    CHECK_EQ(waitpid(-1, nullptr, WNOHANG), -1);
  }
}

TEST_CASE("there are at least 22 kinds of them") {
  CHECK_GE(all_hostile().size(), 22);
}

TEST_CASE("one that behaves while it is tried, and takes the host's descriptors then, ends the start") {
  Probing work;
  work.add("hostile-steal_in_host-1", "bad.so");
  work.add("good", "good.so");
  for (const bool alone : {true, false}) {
    CAPTURE(alone);
    work.options.alone = alone;
    int ends[2];
    REQUIRE_EQ(pipe(ends), 0);
    const pid_t host = fork();
    if (host == 0) {
      // Where a loop that closes all does not reach.
      const int out = fcntl(ends[1], F_DUPFD, 2000);
      setenv("TENTO_FIXTURE_HOST", std::to_string(getpid()).c_str(), 1);
      const LoadReport report = work.load();
      const std::string told = report.damage ? report.damage->code + " " + report.damage->reason : "no damage";
      _exit(write(out, told.data(), told.size()) > 0 && info_of(report, "good.so").state != ProviderState::loaded ? 0
                                                                                                                  : 1);
    }
    close(ends[1]);
    std::string told(1000, '\0');
    told.resize(static_cast<std::size_t>(std::max<ssize_t>(0, read(ends[0], told.data(), told.size()))));
    close(ends[0]);
    int status = 0;
    REQUIRE_EQ(waitpid(host, &status, 0), host);
    CAPTURE(told);
    CHECK_EQ(status, 0);
    CHECK(contains(told, "closed_descriptors hostile closed or replaced descriptors that are not its own"));
  }
}

TEST_CASE("what came of trying a file is remembered, until the file or its surroundings change") {
  Probing work;
  const fs::path count = work.root / "trace";
  setenv("TENTO_FIXTURE_TRACE", count.c_str(), 1);
  const auto runs = [&] { return fs::exists(count) ? fs::file_size(count) / std::string("alpha\n").size() : 0; };
  work.add("constructor", "a.so");
  CHECK_EQ(work.load().providers.size(), 1);
  CHECK_EQ(runs(), 2);  // tried, and opened
  CHECK_EQ(work.load().providers.size(), 1);
  CHECK_EQ(runs(), 2);  // opened in this process already, and not tried again
  const std::string sha256 = work.load().infos[0].sha256;
  const fs::path memory = work.options.images / sha256 / "probed";
  REQUIRE(fs::exists(memory));

  SUBCASE("a memory of another host, or of other libraries, counts no more") {
    std::string text;
    {
      const Bytes bytes = read_bytes(memory);
      text.assign(bytes.begin(), bytes.end());
    }
    for (const std::size_t line : {1u, 2u}) {
      std::string other = text;
      std::size_t at = 0;
      for (std::size_t i = 0; i < line; ++i) at = other.find('\n', at) + 1;
      other[at] = other[at] == '7' ? '8' : '7';
      write_bytes(memory, {other.begin(), other.end()});
      const auto before = runs();
      work.load();
      CHECK_EQ(runs(), before + 1);
      CHECK_EQ(read_bytes(memory), Bytes(text.begin(), text.end()));
    }
  }
  SUBCASE("half a memory is none") {
    write_bytes(memory, {});
    work.load();
    CHECK_EQ(runs(), 3);
  }
  SUBCASE("where nothing can be remembered it is tried each time") {
    fs::remove(memory);
    fs::create_directory(memory);  // in its place, so that it cannot be put there
    work.load();
    work.load();
    CHECK_EQ(runs(), 4);
  }
  unsetenv("TENTO_FIXTURE_TRACE");
}

TEST_CASE("a crash is remembered as a refusal that says how to have it tried again; another build is tried") {
  Probing work;
  work.add("hostile-crash-0", "bad.so");
  const LoadReport first = work.load();
  REQUIRE(first.infos[0].rejection);
  CHECK_FALSE(contains(first.infos[0].rejection->reason, "remembered"));
  work.options.probe_program = "/nowhere/tento-probe";  // is not asked again
  const LoadReport again = work.load();
  REQUIRE(again.infos[0].rejection);
  CHECK_EQ(again.infos[0].rejection->code, "crashed");
  CHECK(contains(again.infos[0].rejection->reason, "(SIGSEGV) in opening it"));
  CHECK(contains(again.infos[0].rejection->reason, "(remembered: it is not tried again)"));
  const fs::path memory = work.options.images / again.infos[0].sha256 / "probed";
  CHECK(contains(again.infos[0].rejection->remedy, "to have this one tried again, remove " + memory.string()));
  work.options.probe_program = probe_program();

  SUBCASE("another build of it") {
    work.add("good", "bad.so");
    CHECK_EQ(work.load().providers.size(), 1);
  }
  SUBCASE("the memory is removed") {
    fs::remove(memory);
    CHECK_FALSE(contains(work.load().infos[0].rejection->reason, "remembered"));
  }
}

TEST_CASE("what depends on the surroundings is not remembered") {
  for (const char* fixture : {"create-fails", "refuses"}) {
    CAPTURE(fixture);
    Probing work;
    work.add(fixture, "bad.so");
    const LoadReport report = work.load();
    REQUIRE(report.infos[0].rejection);
    CHECK_EQ(report.infos[0].rejection->code, fixture == std::string("refuses") ? "refused" : "create_failed");
    CHECK_FALSE(fs::exists(work.options.images / report.infos[0].sha256 / "probed"));
  }
}

TEST_CASE("a new version that crashes does not hide the old one, and many are tried at once") {
  Probing work;
  work.add("good", "a.so");
  work.add("alpha-newest-fails", "b.so");
  work.add("good-beta", "c.so");
  for (const char* name : {"d", "e", "f"}) work.add("hostile-crash-0", std::string(name) + ".so");
  const LoadReport report = work.load();
  CHECK_EQ(report.providers.size(), 2);
  CHECK_EQ(info_of(report, "b.so").rejection->code, "create_failed");
}

TEST_CASE("without the program that tries them none is opened") {
  Probing work;
  work.add("good");
  work.options.probe_program = work.root / "nothing";
  const LoadReport report = work.load();
  CHECK(report.providers.empty());
  REQUIRE(report.infos[0].rejection);
  CHECK_EQ(report.infos[0].rejection->code, "probe_failed");
  CHECK(contains(report.infos[0].rejection->reason, "cannot be started: No such file or directory"));
  CHECK(contains(report.infos[0].rejection->remedy, "libexec/tento/tento-probe"));
}

TEST_CASE("frames of a probe are data: rubbish is none") {
  const ProbeFrame frame{ProbeFrame::Kind::rejected, 7, "create", {"code", std::string(5000, 'r'), "remedy"}};
  const std::string bytes = encode(frame);
  CHECK_LE(bytes.size(), 4096);
  const auto back = decode(bytes + bytes + std::string(64, '\xff'));
  REQUIRE_EQ(back.size(), 2);
  CHECK_EQ(back[1].rejection.reason.size(), 1000);
  CHECK_EQ(back[1].step, "create");
  for (std::size_t cut = 1; cut < bytes.size(); ++cut) CHECK(decode(std::string_view(bytes).substr(0, cut)).empty());
}

}  // namespace
