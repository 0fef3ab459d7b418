// SPDX-License-Identifier: Apache-2.0
// Real shared objects, each with one thing wrong, taken through every step; each rejection in its own words.
#include <doctest/doctest.h>

#include <chrono>
#include <fstream>
#include <functional>

#include "host/base/log.hpp"
#include "host/loader/system_libraries.hpp"
#include "workspace.hpp"

// A fixture asks for this symbol; this program exports it, and no provider may have it all the same.
extern "C" __attribute__((visibility("default"))) int only_the_host_has_this() {
  return 42;
}

namespace {

using namespace tento::host;
using namespace tento::host::test;

struct Bad {
  const char* fixture;
  const char* code;
  const char* says;
};

// Loads beside a file that never ends, with more and more time, until this one is loaded all the same, on a machine of
// any speed. The time it took; 0: it never is.
std::int64_t with_enough_time(const std::string& name, const std::function<LoadReport(std::int64_t ms)>& load) {
  for (std::int64_t ms = 300; ms < 100'000; ms *= 4)
    if (info_of(load(ms), name).state == ProviderState::loaded) return ms;
  return 0;
}

TEST_CASE("a plugin in order is loaded from its private copy") {
  Workspace work;
  work.add("good");
  const LoadReport report = work.load();
  REQUIRE_EQ(report.infos.size(), 1);
  const ProviderInfo& info = report.infos[0];
  REQUIRE_MESSAGE(info.state == ProviderState::loaded, info.rejection->reason);
  CHECK_EQ(info.id(), "alpha");
  CHECK_EQ(info.sha256.size(), 64);
  REQUIRE_EQ(report.providers.size(), 1);
  const Provider& provider = *report.providers[0];
  CHECK_EQ(provider.note().title, "A fixture");
  CHECK_EQ(provider.note().prefixes, std::vector<std::string>{"~alpha"});
  CHECK_EQ(provider.note().needs, std::vector<std::string>{"tento.backend/1"});
  CHECK_EQ(provider.file(), work.plugins / "good.so");
  CHECK_EQ(provider.sha256(), info.sha256);
  CHECK_EQ(provider.sync_api(), nullptr);

  const fs::path image = work.options.images / info.sha256 / "good.so";
  struct stat status {};
  REQUIRE_EQ(stat(image.c_str(), &status), 0);
  CHECK_EQ(status.st_mode & 0777u, 0400u);
  REQUIRE_EQ(stat(image.parent_path().c_str(), &status), 0);
  CHECK_EQ(status.st_mode & 0777u, 0700u);
  CHECK_EQ(read_bytes(image), read_bytes(work.plugins / "good.so"));
  // Nothing but the copy is mapped.
  std::ifstream maps("/proc/self/maps");
  const std::string mapped{std::istreambuf_iterator<char>(maps), {}};
  CHECK(contains(mapped, image.string()));
  CHECK_FALSE(contains(mapped, (work.plugins / "good.so").string()));
  REQUIRE_EQ(work.log.size(), 1);
  CHECK_EQ(work.log[0].first, LogLevel::info);
  CHECK(contains(work.log[0].second, "provider alpha 1.0.0 loaded"));
}

TEST_CASE("every defect of a file has its own words, and hides no good one") {
  const Bad bad[] = {
      {"no-note", "no_note", "it has no Tento note"},
      {"two-notes", "two_notes", "it has 2 Tento notes, expected exactly one"},
      {"note-flags", "note_flags", "flags this host does not know: 0x4"},
      {"unknown-feature", "unknown_feature", "asks for the feature `time-travel`"},
      {"raw-credentials", "feature_not_allowed", "asks for the feature `raw-credentials`"},
      {"no-connector", "missing_entry", "it does not export the function tento_connector"},
      {"undefined", "undefined_symbol", "it wants `provided_by_nobody`, which is in none of the libraries it names"},
      {"undefined-sdk", "undefined_symbol", "it wants `tento::provider_id()`"},
      {"host-symbol", "undefined_symbol", "it wants `only_the_host_has_this`"},
      {"exports-more", "foreign_exports", "it exports `helper_that_leaks`; allowed are"},
      {"unique", "gnu_unique", "its symbol `shared_by_all` is GNU-unique"},
      {"static-tls", "static_tls", "thread-local memory of the static model"},
      {"runpath", "runpath", "it carries a RUNPATH"},
      {"rpath", "runpath", "it carries a RPATH"},
      {"executable-stack", "executable_stack", "asks for an executable stack"},
      {"needs-library", "missing_dependency",
       "it needs the library libtentofixture.so, which is not in the system's library folders"},
      {"short-row", "struct_too_short", "row 0 has struct_size 64, and ABI 1.0 asks for at least 192"},
      {"short-plugin", "struct_too_short", "what tento_plugin gave has struct_size 40"},
      {"null-slot", "missing_slot", "row 0 `:~alpha:values`: slot `list_cells` is null"},
      {"runtime-id", "note_mismatch", "it calls itself `beta`, and its note says `alpha`"},
      {"refuses", "refused", "the host speaks ABI 1, the provider was built for ABI 1.0"},
      {"create-fails", "create_failed", "create failed: the licence of this fixture is missing"},
      {"throws", "threw", "create threw: out of luck"},
  };
  for (const Bad& one : bad) {
    CAPTURE(one.fixture);
    Workspace work;
    work.add(one.fixture, "bad.so");
    work.add("good-beta", "good.so");
    const LoadReport report = work.load();
    const ProviderInfo& info = info_of(report, "bad.so");
    CHECK_EQ(info.state, ProviderState::rejected);
    REQUIRE(info.rejection);
    CHECK_EQ(info.rejection->code, one.code);
    CAPTURE(info.rejection->reason);
    CHECK(contains(info.rejection->reason, one.says));
    CHECK_FALSE(info.rejection->remedy.empty());
    if (std::string_view(one.fixture) == "undefined-sdk") CHECK(contains(info.rejection->remedy, "-ltento-sdk"));
    CHECK_EQ(info_of(report, "good.so").state, ProviderState::loaded);
    REQUIRE_EQ(report.providers.size(), 1);
    // Logged once, with path, code and remedy.
    int told = 0;
    for (const auto& [level, text] : work.log)
      if (level == LogLevel::error && contains(text, "bad.so") && contains(text, one.code) &&
          contains(text, info.rejection->remedy))
        ++told;
    CHECK_EQ(told, 1);
    CHECK_EQ(work.log.size(), 2);
  }
}

TEST_CASE("an allowed feature is no obstacle") {
  Workspace work;
  work.add("raw-credentials");
  work.options.allowed_features = {"alpha:raw-credentials"};
  CHECK_EQ(work.load().providers.size(), 1);
}

TEST_CASE("needed libraries: writable by others, too old, and an entry that lives in one") {
  Workspace work;
  const fs::path library = work.root / "lib" / "libtentofixture.so";
  fs::create_directory(library.parent_path());
  write_bytes(library, read_bytes(fixture("libtentofixture.so")));
  work.options.library_folders = SystemLibraries().folders();
  work.options.library_folders.push_back(library.parent_path());

  SUBCASE("writable by others") {
    fs::permissions(library, fs::perms(0666));
    work.add("needs-library");
    const LoadReport report = work.load();
    REQUIRE(report.infos[0].rejection);
    CHECK_EQ(report.infos[0].rejection->code, "untrusted_dependency");
    CHECK(contains(report.infos[0].rejection->reason, "it needs libtentofixture.so, and the file " + library.string() +
                                                          " is writable by others (mode 0666)"));
    CHECK(contains(report.infos[0].rejection->remedy, "chmod go-w " + library.string()));
  }
  SUBCASE("in a folder that others can write") {
    fs::permissions(library.parent_path(), fs::perms(0777));
    work.add("needs-library");
    const LoadReport report = work.load();
    REQUIRE(report.infos[0].rejection);
    CHECK(contains(report.infos[0].rejection->reason,
                   "its folder " + library.parent_path().string() + " is writable by others (mode 0777)"));
  }
  SUBCASE("the entry is the library's") {
    work.add("entry-in-library");
    const LoadReport report = work.load();
    REQUIRE(report.infos[0].rejection);
    if (geteuid() == 0) {
      CHECK_EQ(report.infos[0].rejection->code, "entry_in_dependency");
      CHECK(contains(report.infos[0].rejection->reason,
                     "its entry tento_connector is not in this file but in the library " + library.string()));
    } else {
      CHECK_EQ(report.infos[0].rejection->code, "untrusted_dependency");
      CHECK(contains(report.infos[0].rejection->reason, "not to root"));
    }
  }
}

TEST_CASE("nothing of a file runs before it is trusted") {
  Workspace work;
  const fs::path trace = work.root / "trace";
  setenv("TENTO_FIXTURE_TRACE", trace.c_str(), 1);
  work.add("constructor");

  SUBCASE("no pin where pins are required") {
    work.options.require_pins = true;
    const LoadReport report = work.load();
    REQUIRE(report.infos[0].rejection);
    CHECK_EQ(report.infos[0].rejection->code, "not_pinned");
    CHECK(contains(report.infos[0].rejection->remedy, "pin alpha to " + report.infos[0].sha256));
    CHECK_FALSE(fs::exists(trace));
  }
  SUBCASE("another file than the pinned one") {
    const std::string other(64, 'a');
    work.options.pins = {{"alpha", other}};
    const LoadReport report = work.load();
    REQUIRE(report.infos[0].rejection);
    CHECK_EQ(report.infos[0].rejection->code, "digest_mismatch");
    CHECK(contains(report.infos[0].rejection->reason,
                   "is pinned to SHA-256 " + other + ", and this file has " + report.infos[0].sha256));
    CHECK_FALSE(fs::exists(trace));
  }
  SUBCASE("an id that another file has too") {
    work.add("alpha-rebuilt");
    CHECK(work.load().providers.empty());
    CHECK_FALSE(fs::exists(trace));
  }
  SUBCASE("the pinned file runs") {
    const std::string sha256 = work.load().infos[0].sha256;
    fs::remove(trace);
    // The dynamic linker runs constructors once for one path, so the copy lies elsewhere now.
    work.options.images = work.root / "data2" / "images";
    work.options.require_pins = true;
    work.options.pins = {{"alpha", sha256}};
    const LoadReport report = work.load();
    CHECK_EQ(report.providers.size(), 1);
    CHECK(fs::exists(trace));
  }
  unsetenv("TENTO_FIXTURE_TRACE");
}

TEST_CASE("one id in several files") {
  Workspace work;
  SUBCASE("the same bytes twice are one plugin") {
    work.add("good", "a.so");
    work.add("good", "b.so");
    const LoadReport report = work.load();
    CHECK_EQ(report.providers.size(), 1);
    CHECK_EQ(info_of(report, "a.so").state, ProviderState::loaded);
    CHECK_EQ(info_of(report, "b.so").state, ProviderState::superseded);
    CHECK_EQ(info_of(report, "b.so").rejection->code, "duplicate_file");
    CHECK(contains(info_of(report, "b.so").rejection->reason, (work.plugins / "a.so").string()));
  }
  SUBCASE("the higher version wins") {
    work.add("good", "a.so");
    work.add("alpha-newer", "b.so");
    const LoadReport report = work.load();
    REQUIRE_EQ(report.providers.size(), 1);
    CHECK_EQ(report.providers[0]->note().version, "1.10.0");
    CHECK_EQ(info_of(report, "a.so").state, ProviderState::superseded);
    CHECK(contains(info_of(report, "a.so").rejection->reason,
                   "version 1.0.0 of `alpha` is older than 1.10.0 at " + (work.plugins / "b.so").string()));
  }
  SUBCASE("the same version with other bytes: neither") {
    work.add("good", "a.so");
    work.add("alpha-rebuilt", "b.so");
    const LoadReport report = work.load();
    CHECK(report.providers.empty());
    for (const char* name : {"a.so", "b.so"}) {
      CHECK_EQ(info_of(report, name).state, ProviderState::rejected);
      CHECK_EQ(info_of(report, name).rejection->code, "same_version");
    }
    CHECK(contains(info_of(report, "a.so").rejection->reason,
                   "`alpha` 1.0.0 is also in " + (work.plugins / "b.so").string()));
  }
  SUBCASE("a new version that cannot start does not hide the old one") {
    work.add("good", "a.so");
    work.add("alpha-newest-fails", "b.so");
    const LoadReport report = work.load();
    REQUIRE_EQ(report.providers.size(), 1);
    CHECK_EQ(report.providers[0]->note().version, "1.0.0");
    CHECK_EQ(info_of(report, "b.so").state, ProviderState::rejected);
    CHECK_EQ(info_of(report, "b.so").rejection->code, "create_failed");
  }
}

TEST_CASE("one prefix in two providers: neither, and both are named") {
  Workspace work;
  work.add("good", "a.so");
  work.add("beta-with-alphas-prefix", "b.so");
  const LoadReport report = work.load();
  CHECK(report.providers.empty());
  for (const char* name : {"a.so", "b.so"}) {
    REQUIRE(info_of(report, name).rejection);
    CHECK_EQ(info_of(report, name).rejection->code, "prefix_clash");
    CHECK(contains(info_of(report, name).rejection->reason,
                   "the key prefix `~alpha` is claimed by `alpha` (" + (work.plugins / "a.so").string() +
                       ") and `beta` (" + (work.plugins / "b.so").string() + "); neither is loaded"));
  }
}

TEST_CASE("a create that hangs is left behind, and the others go on") {
  const auto deadline_ms = with_enough_time("good.so", [](std::int64_t ms) {
    Workspace work;
    work.add("create-hangs");
    work.add("good");
    work.options.create_deadline_ms = ms;
    LoadReport report = work.load();
    const ProviderInfo& info = info_of(report, "create-hangs.so");
    CHECK_EQ(info.state, ProviderState::rejected);
    REQUIRE(info.rejection);
    CHECK_EQ(info.rejection->code, "create_timeout");
    CHECK(contains(info.rejection->reason, "create did not come back within " + std::to_string(ms) + " ms"));
    return report;
  });
  CHECK(deadline_ms > 0);
}

TEST_CASE("an opening that hangs is told by name, to the files that cannot be opened because of it as well") {
  Workspace work;
  const fs::path hold = work.root / "hold";
  write_bytes(hold, {});
  setenv("TENTO_FIXTURE_HOLD", hold.c_str(), 1);
  work.add("good", "a.so");
  const fs::path hanging = work.add("constructor-hangs", "b.so");
  work.add("good-beta", "c.so");
  work.add("alpha-newest-fails", "d.so");  // makes room for a.so, which cannot be opened any more then
  work.options.create_deadline_ms = 300;
  const LoadReport report = work.load();
  fs::remove(hold);
  unsetenv("TENTO_FIXTURE_HOLD");

  const ProviderInfo& info = info_of(report, "b.so");
  REQUIRE(info.rejection);
  CHECK_EQ(info.rejection->code, "open_timeout");
  CHECK(contains(info.rejection->reason, "opening it did not come back within 300 ms: a static constructor"));
  CHECK(contains(info.rejection->remedy, "remove the file"));
  for (const char* name : {"a.so", "c.so", "d.so"}) {
    CAPTURE(name);
    REQUIRE(info_of(report, name).rejection);
    CHECK_EQ(info_of(report, name).rejection->code, "open_blocked");
    CHECK(contains(info_of(report, name).rejection->reason,
                   "it was not opened: hangs (" + hanging.string() + ") hangs in its opening"));
    CHECK(contains(info_of(report, name).rejection->remedy, "remove hangs (" + hanging.string() + ") and restart"));
  }
  CHECK(report.providers.empty());
}

TEST_CASE("what was opened before one that hangs in its opening is loaded") {
  const auto deadline_ms = with_enough_time("a.so", [](std::int64_t ms) {
    Workspace work;
    const fs::path hold = work.root / "hold";
    write_bytes(hold, {});
    setenv("TENTO_FIXTURE_HOLD", hold.c_str(), 1);
    work.add("good", "a.so");
    work.add("constructor-hangs", "b.so");
    work.options.create_deadline_ms = ms;
    LoadReport report = work.load();
    fs::remove(hold);
    unsetenv("TENTO_FIXTURE_HOLD");
    CHECK_EQ(info_of(report, "b.so").state, ProviderState::rejected);
    return report;
  });
  CHECK(deadline_ms > 0);
}

TEST_CASE("every line about a file names its provider") {
  Workspace work;
  work.add("good", "a.so");
  work.add("good-beta", "b.so");
  write_bytes(work.plugins / "tento-text.so", {'x'});
  work.load();
  REQUIRE_EQ(work.log.size(), 3);
  CHECK(contains(work.log[0].second, "provider alpha "));
  CHECK(contains(work.log[1].second, "provider beta "));
  CHECK(contains(work.log[2].second, "provider text is rejected: plugin file "));
}

TEST_CASE("what is opened is what was checked") {
  Workspace work;
  work.add("runs-command", "a.so");  // its create runs before the other file is opened
  const fs::path other = work.add("good");
  const Bytes checked = read_bytes(other);

  SUBCASE("the file is replaced while it is being loaded") {
    const std::string command = "printf replaced > '" + (work.root / "new").string() + "' && mv '" +
                                (work.root / "new").string() + "' '" + other.string() + "'";
    setenv("TENTO_FIXTURE_COMMAND", command.c_str(), 1);
    const LoadReport report = work.load();
    CHECK_EQ(read_bytes(other).size(), 8);
    const ProviderInfo& info = info_of(report, "good.so");
    CHECK_EQ(info.state, ProviderState::loaded);
    CHECK_EQ(read_bytes(work.options.images / info.sha256 / "good.so"), checked);
  }
  SUBCASE("the private copy is replaced") {
    const std::string command = "for f in '" + work.options.images.string() + "'/*/good.so; do cp '" + other.string() +
                                "' \"$f.new\" && mv -f \"$f.new\" \"$f\"; done";
    setenv("TENTO_FIXTURE_COMMAND", command.c_str(), 1);
    const LoadReport report = work.load();
    const ProviderInfo& info = info_of(report, "good.so");
    REQUIRE(info.rejection);
    CHECK_EQ(info.rejection->code, "image_changed");
    CHECK(contains(info.rejection->reason, "was changed after it had been checked"));
  }
  unsetenv("TENTO_FIXTURE_COMMAND");
}

}  // namespace
