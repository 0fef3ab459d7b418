// SPDX-License-Identifier: Apache-2.0
// How often a refused request is written down.
#include "host/services/refusal_log.hpp"

#include "tests/unit/support/scripted.hpp"

using namespace tento;
using namespace tento::host;
using namespace tento::host::testing;

namespace {

struct RefusalWorld : HostOfOne {
  std::int64_t now_us = 1'777'000'000'000'000;
  RefusalLog log{store->audit(), [this] { return now_us; }};

  void refuse(const std::string& token, const std::string& operation = "row post", const std::string& target = "x") {
    AuditRecord record;
    record.owner = owner.id;
    record.token = token;
    record.operation = operation;
    record.target = target;
    record.outcome = "scope";
    ActorInfo actor;
    actor.name = "of " + token;
    REQUIRE(log.note(actor, record));
  }
  std::string written() {
    std::string out;
    const auto entries = store->audit().list({}, 0, 10'000);
    REQUIRE(entries);
    for (const auto& entry : *entries)
      out += entry.actor + " " + entry.operation + " " + entry.target + " " + entry.outcome + "\n";
    return out;
  }
};

}  // namespace

TEST_CASE("the first refusal is written at once, the others of its minute as a count") {
  RefusalWorld w;
  for (int i = 0; i < 20'000; ++i) w.refuse("t", "row post", "target " + std::to_string(i));
  CHECK(w.written() == "of t row post target 0 scope\n");
  // Another token and another operation are other refusals.
  w.refuse("u");
  w.refuse("t", "row delete");
  CHECK(w.written() == "of t row delete x scope\nof u row post x scope\nof t row post target 0 scope\n");
  REQUIRE(w.log.flush(false));
  CHECK(w.written().find("more") == std::string::npos);
  w.now_us += 60'000'000;
  w.refuse("t", "row post", "again");
  CHECK(w.written() ==
        "of t row post again scope\nof t row post 19999 more within a minute scope\nof t row delete x scope\n"
        "of u row post x scope\nof t row post target 0 scope\n");
}

TEST_CASE("what was counted is written when its minute is over, and at the end") {
  RefusalWorld w;
  w.refuse("t");
  w.refuse("t");
  w.now_us += 60'000'000;
  REQUIRE(w.log.flush(false));
  CHECK(w.written() == "of t row post 1 more within a minute scope\nof t row post x scope\n");
  REQUIRE(w.log.flush(true));
  CHECK(w.written() == "of t row post 1 more within a minute scope\nof t row post x scope\n");
  w.refuse("u");
  w.refuse("u");
  REQUIRE(w.log.flush(true));
  CHECK(w.written().starts_with("of u row post 1 more within a minute scope\nof u row post x scope\n"));
}

TEST_CASE("what is remembered of refusals is bounded, whatever they are of") {
  RefusalWorld w;
  w.refuse("first");
  w.refuse("first");
  for (int i = 0; i < 1024; ++i) w.refuse("t" + std::to_string(i));
  CHECK(w.written().find("of first row post 1 more within a minute scope\n") != std::string::npos);
}
