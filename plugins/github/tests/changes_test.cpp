// SPDX-License-Identifier: Apache-2.0
// What changes upstream between two syncs: in the very second of the last one, by rewriting a branch, under a write.
#include <doctest/doctest.h>

#include <ostream>

#include "world.hpp"

using namespace github::test;
using tento::ErrorClass;
using tento::ErrorCode;
using namespace tento::testing;

TEST_CASE("issues: a change in the very second of the last answer is found, also where `since` excludes it") {
  World w;
  w.stub.strict_since = true;
  w.add_issues(3);
  w.sync(kIssues);
  w.stub.issue(2)["updated_at"] = "2026-04-29T12:00:00Z";  // when the list was answered
  w.stub.issue(2)["state"] = "closed";
  w.sync(kIssues);
  CHECK(w.host.store.cell(kIssues, "2")->data.find("\"closed\"") != std::string::npos);
}

TEST_CASE("issues: many changes in one second are downloaded once") {
  World w;
  w.add_issues(40);
  w.sync(kIssues);
  for (int i = 1; i <= 40; ++i) w.stub.issue(i)["updated_at"] = "2026-04-29T13:00:00Z";
  w.sync(kIssues);
  w.sync(kIssues);  // the question that moved on is answered once
  w.stub.bodies = 0;
  w.sync(kIssues);
  CHECK(w.stub.bodies == 0);
}
