// SPDX-License-Identifier: Apache-2.0
// What a row's description and its provider's own words become: stages, locks, aliases, windows, limits.
#include <doctest/doctest.h>

#include "host/sync/topology.hpp"
#include "tests/unit/sync/fake_dispatcher.hpp"

using namespace tento;
using namespace tento::host;
using namespace tento::host::testing;

TEST_CASE("the stages of a row are found by name, and an unknown one is refused with the names there are") {
  SyncFixture f;
  const auto topology = must(Topology::of(f.target()));
  CHECK(topology.stages().size() == 3);
  CHECK(must(topology.find("live"))->stage_class == TENTO_STAGE_LIVE);
  CHECK(topology.for_readers().name == "viewport");
  const auto unknown = topology.find("viewprot");
  REQUIRE_FALSE(unknown);
  CHECK(unknown.error().code == ErrorCode::invalid_argument);
  CHECK(unknown.error().tag == "no_such_stage");
  CHECK(unknown.error().message == "there is no stage `viewprot`; did you mean \"viewport\"?");
  CHECK(unknown.error().remedy == "name one of: viewport, live, backfill");
  f.route.sync_shape = nullptr;
  const auto computed = Topology::of(f.target());
  REQUIRE_FALSE(computed);
  CHECK(computed.error().code == ErrorCode::unsupported);
  CHECK(computed.error().tag == "not_synced");
}

TEST_CASE("readers look at the stage named viewport, else at the first of its class, else at the first") {
  SyncFixture f;
  const auto for_readers = [&f] { return must(Topology::of(f.target())).for_readers().name; };
  CHECK(for_readers() == "viewport");
  f.shape.viewport.name = TENTO_STR("recent");
  f.shape.viewport.stage_class = TENTO_STAGE_LIVE;
  f.shape.live.stage_class = TENTO_STAGE_VIEWPORT;
  CHECK(for_readers() == "live");
  f.shape.live.stage_class = TENTO_STAGE_LIVE;
  CHECK(for_readers() == "recent");
}

TEST_CASE("a stage brings all that it waits for, in declared order") {
  SyncFixture f;
  const std::array<tento_str, 1> after_backfill{{TENTO_STR("backfill")}};
  f.shape.live.after = after_backfill.data();
  f.shape.live.after_count = 1;
  const auto topology = must(Topology::of(f.target()));
  std::string names;
  for (const auto* stage : topology.with_prerequisites(*must(topology.find("live")))) names += stage->name + " ";
  CHECK(names == "viewport live backfill ");
}

TEST_CASE("a lock is the provider's own name, the account where the stage says so, or the row") {
  SyncFixture f;
  Target& target = f.target();
  const auto lock_of = [&](std::string_view stage) {
    const auto topology = must(Topology::of(target));
    return must(lock_key(f.dispatcher, target, *must(topology.find(stage))));
  };
  const std::string row = "row:" + target.row.id.text();
  const std::string scope = ":" + f.owner.id.text() + ":x:";
  CHECK(lock_of("live") == row);
  f.shape.live.lock = TENTO_STR("account");
  CHECK(lock_of("live") == "account" + scope + "a");
  CHECK(lock_of("viewport") == row);
  // A sync-plugin that locks by itself and names nothing means the row, whatever the description says.
  f.dispatcher.own_lock = "";
  CHECK(lock_of("live") == row);
  f.dispatcher.own_lock = "calendar 7";
  CHECK(lock_of("live") == "lock" + scope + "calendar 7");
  // Rows without an account have none in common.
  f.dispatcher.own_lock.reset();
  target.row.auth_id.clear();
  CHECK(lock_of("live") == row);
}

TEST_CASE("an alias counts within one user and provider") {
  SyncFixture f;
  CHECK(must(alias_key(f.dispatcher, f.target())) == std::nullopt);
  f.dispatcher.aliases[":~x:a:things"] = "";
  CHECK(must(alias_key(f.dispatcher, f.target())) == std::nullopt);
  f.dispatcher.aliases[":~x:a:things"] = "same";
  CHECK(must(alias_key(f.dispatcher, f.target())) == "alias:" + f.owner.id.text() + ":x:same");
}

TEST_CASE("a window is the provider's own, else that of wearables for its stages, else all dates; its day is local") {
  SyncFixture f;
  const std::int64_t late_us = 1'776'981'600'000'000;  // 2026-04-23T22:00:00Z: the 24th in Berlin
  f.dispatcher.own_range.reset();
  const auto viewport = must(stage_window(f.dispatcher, f.target(), "viewport", late_us));
  CHECK(viewport.dates.to->text() == "ymd-2026-04-25");
  CHECK(viewport.moments.to_us == late_us + 86'400'000'000);
  CHECK(must(stage_window(f.dispatcher, f.target(), "live", late_us)).dates == Span{});
  AccountRecord account;
  account.time_zone = "America/New_York";
  f.target().account = account;
  CHECK(must(stage_window(f.dispatcher, f.target(), "viewport", late_us)).dates.to->text() == "ymd-2026-04-24");
  f.dispatcher.own_range = Span{SemanticTime(must(PartialDate::ymd(2026, 4, 1))), {}};
  CHECK(must(stage_window(f.dispatcher, f.target(), "viewport", late_us)).dates.from->text() == "ymd-2026-04-01");
}

TEST_CASE("limits are those of the provider and of the row's description") {
  SyncFixture f;
  CHECK(limits_of(f.target()) == ConcurrencyLimits{0, 0});
  f.provider->sync_.max_concurrent = 2;
  f.shape.shape.max_concurrent = 3;
  CHECK(limits_of(f.target()) == ConcurrencyLimits{2, 3});
}
