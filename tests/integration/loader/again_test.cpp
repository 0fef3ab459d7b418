// SPDX-License-Identifier: Apache-2.0
// Loading again in a process that has providers: what is new comes, what is the same stays, what serves gives way to a
// version that was opened and to nothing else.
#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>

#include "host/base/log.hpp"
#include "workspace.hpp"

namespace {

using namespace tento::host;
using namespace tento::host::test;

// As a host does it: each load is told of those before it, and everything that was loaded serves.
class Process {
 public:
  Workspace work;
  LoadReport report;

  LoadReport& load() {
    report = work.load();
    LoadedBefore& before = work.options.before;
    before.serving.clear();
    for (const auto& provider : report.providers) {
      if (std::find(before.opened.begin(), before.opened.end(), provider) == before.opened.end())
        before.opened.push_back(provider);
      for (const auto& info : report.infos)
        if (info.state == ProviderState::loaded && info.sha256 == provider->sha256())
          before.serving.push_back({provider, info});
    }
    before.failed = report.failed;
    before.hanging = report.hanging;
    before.infos = report.infos;
    before.folder_problems = report.folder_problems;
    return report;
  }
  [[nodiscard]] std::string version() const {
    return report.providers.size() == 1 ? report.providers[0]->note().version : "";
  }
  // What was said of the file, the loaded and the refused.
  [[nodiscard]] std::vector<ProviderState> states(const std::string& name) const {
    std::vector<ProviderState> out;
    for (const auto& info : report.infos)
      if (info.path.filename() == name) out.push_back(info.state);
    std::sort(out.begin(), out.end());
    return out;
  }
};

using States = std::vector<ProviderState>;

TEST_CASE("what is there already is neither opened again nor logged again") {
  Process process;
  process.work.add("good");
  process.work.add("no-note");
  const auto first = process.load().providers.at(0);
  CHECK_EQ(process.work.log.size(), 2);
  process.work.add("good-beta");
  process.load();
  REQUIRE_EQ(process.report.providers.size(), 2);
  CHECK_EQ(process.report.providers[0], first);
  REQUIRE_EQ(process.work.log.size(), 1);
  CHECK(contains(process.work.log[0].second, "provider beta 1.0.0 loaded"));
  CHECK_EQ(process.load().providers.size(), 2);
  CHECK(process.work.log.empty());
}

TEST_CASE("a file that is replaced gives way to the new one, with the same version or a lower one, too") {
  Process process;
  process.work.add("alpha-newer", "alpha.so");
  const auto first = process.load().providers.at(0);
  CHECK_EQ(process.version(), "1.10.0");
  process.work.add("good", "alpha.so");
  const auto second = process.load().providers.at(0);
  CHECK_EQ(process.version(), "1.0.0");
  process.work.add("alpha-rebuilt", "alpha.so");
  CHECK_NE(process.load().providers.at(0), second);
  CHECK_EQ(process.version(), "1.0.0");
  CHECK_EQ(process.states("alpha.so"), States{ProviderState::loaded});
  // The bytes of before are what they were: the same instance, not another of it.
  process.work.add("alpha-newer", "alpha.so");
  CHECK_EQ(process.load().providers.at(0), first);
}

TEST_CASE("a newer file beside it takes its place, and gives it back when it goes") {
  Process process;
  process.work.add("good");
  const auto old = process.load().providers.at(0);
  process.work.add("alpha-newer");
  process.load();
  CHECK_EQ(process.version(), "1.10.0");
  CHECK_EQ(process.states("good.so"), States{ProviderState::superseded});
  fs::remove(process.work.plugins / "alpha-newer.so");
  CHECK_EQ(process.load().providers.at(0), old);
}

TEST_CASE("a version that does not load leaves the old one serving, and stands beside it") {
  Process process;
  process.work.add("good", "alpha.so");
  const auto old = process.load().providers.at(0);
  SUBCASE("cut in the middle") {
    auto bytes = read_bytes(fixture("fixture-alpha-newer.so"));
    bytes.resize(bytes.size() / 2);
    process.work.put("alpha.so", bytes);
  }
  SUBCASE("its create fails") {
    process.work.add("alpha-newest-fails", "alpha.so");
  }
  SUBCASE("empty") {
    process.work.put("alpha.so", {});
  }
  SUBCASE("others can write it") {
    process.work.add("alpha-newer", "alpha.so");
    fs::permissions(process.work.plugins / "alpha.so", fs::perms(0666));
  }
  process.load();
  REQUIRE_EQ(process.report.providers.size(), 1);
  CHECK_EQ(process.report.providers[0], old);
  CHECK_EQ(process.states("alpha.so"), States{ProviderState::loaded, ProviderState::rejected});
  CHECK_EQ(process.work.log.size(), 1);
  process.load();
  CHECK_EQ(process.report.providers.at(0), old);
  CHECK_EQ(process.states("alpha.so"), States{ProviderState::loaded, ProviderState::rejected});
  CHECK(process.work.log.empty());
  // A good one heals it.
  process.work.add("alpha-newer", "alpha.so");
  process.load();
  CHECK_EQ(process.version(), "1.10.0");
  CHECK_EQ(process.states("alpha.so"), States{ProviderState::loaded});
}

TEST_CASE("what failed once its code ran here is not run again") {
  Process process;
  process.work.add("alpha-newest-fails", "alpha.so");
  CHECK_EQ(process.load().failed.size(), 1);
  const auto why = process.states("alpha.so");
  CHECK_EQ(process.load().infos.at(0).rejection->code, "create_failed");
  CHECK_EQ(process.states("alpha.so"), why);
  CHECK_EQ(process.report.failed.size(), 1);
}

TEST_CASE("what hangs while it is tried is not waited for again") {
  Process process;
  const char* const probe = std::getenv("TENTO_PROBE");
  REQUIRE(probe != nullptr);
  process.work.options.probe_program = probe;
  process.work.options.create_deadline_ms = 300;
  process.work.add("create-hangs");
  CHECK_EQ(process.load().failed.size(), 1);
  REQUIRE_EQ(process.report.infos.size(), 1);
  const auto code = process.report.infos[0].rejection->code;
  // Where it was tried again, this would be what comes of it.
  process.work.options.probe_program = process.work.root / "nowhere";
  process.load();
  CHECK_EQ(process.report.infos.at(0).rejection->code, code);
}

TEST_CASE("a provider goes with its file") {
  Process process;
  process.work.add("good");
  process.work.add("good-beta");
  process.load();
  fs::remove(process.work.plugins / "good.so");
  process.load();
  REQUIRE_EQ(process.report.providers.size(), 1);
  CHECK_EQ(process.report.providers[0]->note().id, "beta");
  // Another provider in its place is no version of it.
  process.work.add("good", "good-beta.so");
  process.load();
  REQUIRE_EQ(process.report.providers.size(), 1);
  CHECK_EQ(process.report.providers[0]->note().id, "alpha");
}

TEST_CASE("a newcomer takes neither version nor prefix from one that serves") {
  Process process;
  process.work.add("good");
  const auto old = process.load().providers.at(0);
  SUBCASE("the same version with other bytes") {
    process.work.add("alpha-rebuilt", "newcomer.so");
    process.load();
    CHECK_EQ(info_of(process.report, "newcomer.so").rejection->code, "same_version");
    CHECK(contains(info_of(process.report, "newcomer.so").rejection->reason, "is loaded and goes on"));
  }
  SUBCASE("its prefix") {
    process.work.add("beta-with-alphas-prefix", "newcomer.so");
    process.load();
    CHECK_EQ(info_of(process.report, "newcomer.so").rejection->code, "prefix_clash");
  }
  REQUIRE_EQ(process.report.providers.size(), 1);
  CHECK_EQ(process.report.providers[0], old);
  CHECK_EQ(process.states("good.so"), States{ProviderState::loaded});
  CHECK_EQ(process.states("newcomer.so"), States{ProviderState::rejected});
}

TEST_CASE("a folder in which nobody can look takes nothing away") {
  Process process;
  process.work.add("good");
  const auto old = process.load().providers.at(0);
  SUBCASE("too many files") {
    for (int i = 0; i < 1100; ++i) process.work.put("x" + std::to_string(i) + ".so", {'x'});
  }
  SUBCASE("everybody can write it") {
    fs::permissions(process.work.plugins, fs::perms(0777));
  }
  process.load();
  REQUIRE_EQ(process.report.providers.size(), 1);
  CHECK_EQ(process.report.providers[0], old);
}

TEST_CASE("a folder that went took its providers along") {
  Process process;
  process.work.add("good");
  process.load();
  fs::remove_all(process.work.plugins);
  CHECK(process.load().providers.empty());
}

TEST_CASE("a file that is being written is left alone, and what it gave stays") {
  Process process;
  process.work.add("good", "alpha.so");
  const auto old = process.load().providers.at(0);
  process.work.put("alpha.so", {'x'});
  process.work.put("half.so", {'x'});
  process.work.options.unsettled = {process.work.plugins / "alpha.so", process.work.plugins / "half.so"};
  process.load();
  REQUIRE_EQ(process.report.providers.size(), 1);
  CHECK_EQ(process.report.providers[0], old);
  CHECK_EQ(process.states("alpha.so"), States{ProviderState::loaded});
  CHECK(process.states("half.so").empty());
  CHECK(process.work.log.empty());
  process.work.options.unsettled = {};
  process.load();
  CHECK_EQ(process.states("alpha.so"), States{ProviderState::loaded, ProviderState::rejected});
  CHECK_EQ(process.states("half.so"), States{ProviderState::rejected});
}

}  // namespace
