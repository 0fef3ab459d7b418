// SPDX-License-Identifier: Apache-2.0
// A repository, a host in memory whose clock stands in April 2026, and the provider between them.
#pragma once

#include <doctest/doctest.h>
#include <tento/sync_plugin.h>

#include <algorithm>
#include <boost/json.hpp>
#include <memory>
#include <string>
#include <tento/sdk/testing/fake_provider.hpp>
#include <vector>

#include "fixture.hpp"

namespace rows_test {

namespace json = boost::json;
using gitlog::test::Folder;
using gitlog::test::Repo;
using tento::testing::Change;
using tento::testing::FakeAccount;
using tento::testing::FakeHost;
using tento::testing::FakeProvider;
using tento::testing::StoredCell;

inline constexpr const char* key = ":~git:repo:commits";

inline FakeAccount account_of(const std::filesystem::path& path, const std::string& refs = "[]") {
  FakeAccount account;
  account.kind = "git";
  account.auth_id = "repo";
  account.settings_json = json::serialize(json::object{{"path", path.string()}, {"refs", json::parse(refs)}});
  return account;
}

struct World {
  Folder folder;
  Repo repo{folder.path() / "repo"};
  FakeHost host;
  std::unique_ptr<FakeProvider> provider;

  explicit World(const std::string& refs = "[]") { connect(repo.path(), refs); }
  void connect(const std::filesystem::path& path, const std::string& refs = "[]") {
    provider.reset();  // one at a time drives a host
    host.auth.put(account_of(path, refs));
    auto loaded = FakeProvider::load(host, {tento_plugin, tento_connector, tento_sync_plugin});
    if (!loaded) FAIL(loaded.error().message);
    provider = std::move(*loaded);
  }
  void sync() {
    const auto done = provider->sync_all(key);
    if (!done) FAIL(done.error().message);
  }
  std::vector<std::string> ids() {
    std::vector<std::string> out;
    for (const auto& cell : host.store.cells(key)) out.push_back(cell.id);
    std::sort(out.begin(), out.end());
    return out;
  }
  std::vector<std::string> reachable(const std::string& what = "HEAD") {
    auto out = repo.lines("rev-list " + what);
    std::sort(out.begin(), out.end());
    return out;
  }
  std::vector<Change::Kind> changes() {
    std::vector<Change::Kind> out;
    for (const auto& change : host.store.changes()) out.push_back(change.kind);
    host.store.forget_changes();
    return out;
  }
};

}  // namespace rows_test
