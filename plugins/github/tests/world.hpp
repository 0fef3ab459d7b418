// SPDX-License-Identifier: Apache-2.0
/// @file world.hpp
/// The provider's real entries between a host in memory and a stub of the service.
#pragma once

#include <doctest/doctest.h>

#include <memory>
#include <optional>
#include <string>
#include <tento/sdk/testing/fake_provider.hpp>
#include <vector>

#include "stub.hpp"

namespace github::test {

inline const std::string issues_key = ":~github:1:repo:octocat:Hello-World:issues";
inline const std::string commits_key = ":~github:1:repo:octocat:Hello-World:commits";
inline const std::string events_key = ":~github:1:events";
inline const std::string repos_key = ":~github:1:repos";
inline const std::string notifications_key = ":~github:1:notifications";

// A host in April 2026 (its clock stands at the 29th, noon), one account, and the provider on the stub.
struct World {
  Stub stub;
  tento::testing::FakeHost host;
  std::unique_ptr<tento::testing::FakeProvider> provider;

  World() {
    host.auth.put({.kind = "github", .auth_id = "1", .label = "octocat"});
    host.http.use(stub);
    auto loaded = tento::testing::FakeProvider::load(host, {&tento_plugin, &tento_connector, &tento_sync_plugin});
    REQUIRE_MESSAGE(loaded.has_value(), (loaded ? "" : loaded.error().message));
    provider = std::move(*loaded);
  }
  tento::testing::SyncOutcome sync(const std::string& key, const std::string& stage = "viewport") {
    const auto done = provider->sync(key, stage);
    REQUIRE_MESSAGE(done.has_value(), (done ? "" : done.error().message));
    return *done;
  }
  tento::Error failed_sync(const std::string& key, const std::string& stage = "viewport") {
    const auto done = provider->sync(key, stage);
    REQUIRE_FALSE(done.has_value());
    return done.error();
  }
  std::vector<std::string> ids(const std::string& key) {
    std::vector<std::string> out;
    for (const auto& cell : host.store.cells(key)) out.push_back(cell.id);
    return out;
  }
  tento::testing::StoredCoverage last_coverage(const std::string& key) {
    const auto all = host.store.coverage(key);
    REQUIRE_FALSE(all.empty());
    return all.back();
  }
  // `count` issues, one an hour, the last one at noon of the 29th.
  void add_issues(int count) {
    const auto noon = tento::SemanticTime::parse("2026-04-29T11:00:00Z")->instant().value();
    for (int i = 1; i <= count; ++i) {
      const std::string at =
          tento::SemanticTime(tento::Instant(noon - std::chrono::hours(count - i))).text().substr(0, 19) + "Z";
      stub.add_issue(i, at, at);
    }
  }
};

inline std::string text(const std::optional<tento::SemanticTime>& side) {
  return side ? side->text() : "open";
}

}  // namespace github::test
