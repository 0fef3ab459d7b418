// SPDX-License-Identifier: Apache-2.0
// The rows through the provider's real entries: what a cell holds, which day it is of, and what a sync asks and writes.
#include <ostream>

#include "world.hpp"

using namespace whoop::test;
using namespace tento::testing;
namespace json = boost::json;
using Texts = std::vector<std::string>;

TEST_CASE("the provider: rows, their logs, an account") {
  World w;
  CHECK(w.provider->patterns() == Texts{":~whoop:{authId}:sleep", ":~whoop:{authId}:sleep:logs",
                                        ":~whoop:{authId}:recovery", ":~whoop:{authId}:recovery:logs",
                                        ":~whoop:{authId}:cycles", ":~whoop:{authId}:cycles:logs",
                                        ":~whoop:{authId}:workouts", ":~whoop:{authId}:workouts:logs"});
  const auto checked = w.provider->check_account("Whoop", {.kind = "whoop", .auth_id = "staged"});
  REQUIRE_MESSAGE(checked.has_value(), (checked ? "" : checked.error().message));
  CHECK(checked->auth_id == "4711");
  CHECK(checked->label == "mo@example.com");
  for (const std::string& key : {sleep_key, recovery_key, cycles_key, workouts_key}) {
    const auto window = [&](const char* stage) {
      const auto got = w.provider->window(key, stage);
      REQUIRE(got.has_value());
      return got->from->text() + " " + got->to->text();
    };
    CHECK(window("stage1") == "ymd-2026-04-23 ymd-2026-04-30");
    CHECK(window("stage2") == "ymd-2026-04-02 ymd-2026-04-23");
    CHECK(window("stage3") == "ymd-2025-04-02 ymd-2026-04-02");
  }
}

TEST_CASE("cells: what they hold, in the units that the fields declare, and the service's own bytes") {
  World w;
  w.service.put("sleep", {record("sleep", {})});
  w.service.put("recovery", {record("recovery", {})});
  w.service.put("cycle", {record("cycle", {})});
  w.service.put("workout", {record("workout", {})});
  w.sync("stage1", sleep_key);
  w.sync("stage1", recovery_key);
  w.sync("stage1", cycles_key);
  w.sync("stage1", workouts_key);

  const std::string night = "6f1c2a8e-0b5d-4c37-9a41-2d7e80c5b9f3";
  CHECK(w.cells(sleep_key) == Texts{night + "@ymd-2026-04-29"});
  const auto cell = *w.host.store.cell(sleep_key, night);
  CHECK(cell.version == "2026-04-29T06:00:00.000Z");
  CHECK(cell.raw.starts_with(R"({"id":"6f1c2a8e-0b5d-4c37-9a41-2d7e80c5b9f3","cycle_id":501,"user_id":4711,)"));
  CHECK(cell.raw.ends_with(R"("sleep_efficiency_percentage":93.33341}})"));
  CHECK(cell.data ==
        R"({"kind":"night","start":"2026-04-28T23:40:00.250+02:00","end":"2026-04-29T07:10:00+02:00","state":"scored",)"
        R"("performance":91,"asleep_s":25199.75,"in_bed_s":26999.75,"awake_s":1800,"light_s":13200.001,)"
        R"("slow_wave_s":6000.02,"rem_s":5999.729,"no_data_s":0,"sleep_cycles":5,"disturbances":9,)"
        R"("efficiency":93.33341,"consistency":77,"respiratory_rate":15.234375,"need_s":27599.5,)"
        R"("need_baseline_s":27000,"need_debt_s":900,"need_strain_s":300,"need_nap_s":-600.5,"cycle":501})");

  CHECK(w.cells(recovery_key) == Texts{"501@ymd-2026-04-29"});
  CHECK(w.host.store.cell(recovery_key, "501")->data ==
        R"({"state":"scored","recovery":68,"resting_heart_rate":51,"hrv_rmssd_ms":63.481,"spo2":96.1,)"
        R"("skin_temperature_c":33.4,"calibrating":false,"cycle":501,"sleep":")" +
            night + "\"}");
  CHECK(w.cells(cycles_key) == Texts{"501@ymd-2026-04-29"});
  CHECK(w.host.store.cell(cycles_key, "501")->data ==
        R"({"start":"2026-04-28T23:40:00.250+02:00","state":"scored","strain":9.25,"energy_kj":7210.5,)"
        R"("average_heart_rate":66,"max_heart_rate":149})");
  CHECK(w.cells(workouts_key) == Texts{"b7e90d14-5a2f-4f86-8c1d-93a4f06e2b58@ymd-2026-04-28"});
  CHECK(w.data("b7e90d14-5a2f-4f86-8c1d-93a4f06e2b58", workouts_key) ==
        json::parse(R"({"sport":"running","start":"2026-04-28T18:00:00+02:00","end":"2026-04-28T19:00:00+02:00",
    "state":"scored","strain":11.7,"energy_kj":2510.75,"average_heart_rate":139,"max_heart_rate":171,"distance_m":9870.5,
    "altitude_gain_m":81.2,"altitude_change_m":-3.5,"recorded":99.5,"zone_0_s":60,"zone_1_s":240,"zone_2_s":900,
    "zone_3_s":1500,"zone_4_s":780.5,"zone_5_s":119.5})"));
}

TEST_CASE("cells: what was not told is left out, and so is a sum of which a part was not told") {
  World w;
  json::object little = night("a", "2026-04-29");
  little["score"] = {{"stage_summary", {{"total_light_sleep_time_milli", 1500}, {"sleep_cycle_count", nullptr}}},
                     {"sleep_needed", {{"baseline_milli", 2000}}},
                     {"sleep_performance_percentage", 1e21}};
  w.service.put("sleep", {little});
  json::object bare = record("workout", {{"sport_name", nullptr}, {"score", json::object()}});
  w.service.put("workout", {bare});
  w.sync("stage1");
  w.sync("stage1", workouts_key);
  CHECK(w.host.store.cell(sleep_key, "a")->data ==
        R"({"kind":"night","start":"2026-04-28T23:00:00+02:00","end":"2026-04-29T07:00:00+02:00","state":"scored",)"
        R"("performance":1e+21,"light_s":1.5,"need_baseline_s":2,"cycle":501})");
  CHECK(w.host.store.cells(workouts_key).at(0).data ==
        R"({"start":"2026-04-28T18:00:00+02:00","end":"2026-04-28T19:00:00+02:00","state":"scored"})");
}

TEST_CASE("days: naps are entries of their own, and neither travel nor a change of clocks moves or splits a night") {
  World w;
  const auto nap = record(
      "sleep",
      {{"id", "nap"}, {"nap", true}, {"start", "2026-04-28T12:00:00.000Z"}, {"end", "2026-04-28T12:40:00.000Z"}});
  w.service.put("sleep", {night("home", "2026-04-28"), nap, night("tokyo", "2026-04-29", "+09:00"),
                          night("samoa", "2026-04-27", "-11:00"), night("line", "2026-04-26", "+14:00")});
  w.sync("stage1");
  CHECK(w.cells() == Texts{"line@ymd-2026-04-26", "samoa@ymd-2026-04-27", "home@ymd-2026-04-28", "nap@ymd-2026-04-28",
                           "tokyo@ymd-2026-04-29"});
  CHECK(w.data("nap").at("kind") == "nap");
  CHECK(w.data("tokyo").at("end") == "2026-04-29T07:00:00+09:00");

  // The night of a change of clocks, told with the offset from before or from after it.
  w.host.clock.advance(std::chrono::hours(24) * -31);
  for (const std::string offset : {"+01:00", "+02:00"}) {
    CAPTURE(offset);
    w.service.put("sleep", {night("changed", "2026-03-29", offset)});
    w.sync("stage1");
    CHECK(w.cells().front() == "changed@ymd-2026-03-29");
  }
}

TEST_CASE("days: a person far ahead of the account's zone has a night tomorrow, and it is there today") {
  World w;
  w.service.put("sleep", {night("kiritimati", "2026-04-30", "+14:00")});
  w.sync("stage1");
  CHECK(w.cells() == Texts{"kiritimati@ymd-2026-04-30"});
  w.service.remove("sleep", "kiritimati");
  w.host.clock.advance(std::chrono::hours(24));
  w.sync("stage1");
  CHECK(w.cells().empty());
}

TEST_CASE("recovery: its day is that of its sleep, also where that is not in the list") {
  World w;
  w.service.put("sleep", {night("a", "2026-04-29"), night("b", "2026-04-28", "-11:00", 502)});
  w.service.put("recovery", {record("recovery", {{"cycle_id", 501}, {"sleep_id", "a"}}),
                             record("recovery", {{"cycle_id", 502}, {"sleep_id", "b"}})});
  w.sync("stage1", recovery_key);
  CHECK(w.cells(recovery_key) == Texts{"502@ymd-2026-04-28", "501@ymd-2026-04-29"});

  // The sleep was edited, and is another now: the recovery stays the same cell.
  w.service.remove("sleep", "a");
  w.service.put("sleep", {night("c", "2026-04-29")});
  w.service.put("recovery", {record("recovery", {{"cycle_id", 501}, {"sleep_id", "c"}})});
  w.changes();
  w.sync("stage1", recovery_key);
  CHECK(w.changes() == Texts{"updated 501"});

  w.service.requests();
  w.service.answer_next("/v2/activity/sleep?", 200, R"({"records":[]})");
  w.sync("stage1", recovery_key);
  CHECK(w.changes().empty());
  const auto asked = w.service.requests();
  CHECK(std::count(asked.begin(), asked.end(), "GET /developer/v2/activity/sleep/b") == 1);
  CHECK(asked.size() == 4);
}

TEST_CASE("scores: what is pending or unscorable has no values, and days that wait are stale until they have them") {
  World w;
  const auto state = [](json::object one, const char* word) {
    one["score_state"] = word;
    one.erase("score");
    one["updated_at"] = std::string("2026-04-29T06:00:00.00") + std::to_string(std::string(word).size() % 10) + "Z";
    return one;
  };
  w.service.put("sleep", {night("a", "2026-04-29"), state(night("b", "2026-04-28"), "PENDING_SCORE"),
                          state(night("c", "2026-04-27"), "UNSCORABLE"), state(night("d", "2026-04-26"), "SCORED"),
                          state(night("e", "2026-04-25"), "REVISED")});
  CHECK(w.sync("stage1").skipped == 0);
  CHECK(
      json::serialize(w.data("b")) ==
      R"({"kind":"night","start":"2026-04-27T23:00:00+02:00","end":"2026-04-28T07:00:00+02:00","state":"pending","cycle":501})");
  CHECK(w.data("c").at("state") == "unscorable");
  CHECK_FALSE(w.data("c").contains("performance"));
  CHECK(w.data("d").at("state") == "scored");
  CHECK_FALSE(w.data("d").contains("performance"));
  CHECK(w.data("e").at("state") == "REVISED");
  CHECK(w.coverage("2026-04-29") == "have");
  CHECK(w.coverage("2026-04-28") == "stale");
  CHECK(w.coverage("2026-04-27") == "have");
  CHECK(w.coverage("2026-04-26") == "stale");
  CHECK(w.coverage("2026-04-25") == "stale");
  CHECK(w.coverage("2026-04-24") == "have");

  w.service.put("sleep", {night("b", "2026-04-28"), night("d", "2026-04-26")});
  w.changes();
  w.sync("stage1");
  CHECK(w.changes() == Texts{"updated b", "updated d"});
  CHECK(w.data("b").at("performance") == 91);
  CHECK(w.coverage("2026-04-28") == "have");
  CHECK(w.coverage("2026-04-25") == "stale");
}

TEST_CASE("scores: a day that waits for longer than the last week is asked for again, once a day") {
  World w;
  json::object waiting = night("old", "2026-04-15");
  waiting["score_state"] = "PENDING_SCORE";
  w.service.put("sleep", {waiting, night("new", "2026-04-29")});
  w.sync("stage2");
  CHECK(w.coverage("2026-04-15") == "stale");
  w.service.requests();
  w.sync("stage1");
  CHECK(w.service.requests().size() == 1);  // it was looked at a moment ago
  w.host.clock.advance(std::chrono::hours(25));
  w.sync("stage1");
  CHECK(w.service.requests().size() == 2);
  w.sync("stage1");
  CHECK(w.service.requests().size() == 1);

  // An answer for it that makes no sense does not keep the week away.
  w.host.clock.advance(std::chrono::hours(25));
  w.service.put("sleep", {night("newer", "2026-04-30")});
  w.service.answer_next("start=2026-04-13", 200, "{}");
  w.sync("stage1");
  CHECK(w.host.log.has("the sleeps of 2026-04-15 were to be asked for again"));
  CHECK(w.host.store.cell(sleep_key, "newer").has_value());
  w.service.put("sleep", {night("old", "2026-04-15")});
  w.host.clock.advance(std::chrono::hours(25));
  w.sync("stage1");
  CHECK(w.coverage("2026-04-15") == "have");
  CHECK(w.data("old").at("performance") == 91);
  CHECK_FALSE(w.host.store.cursor(sleep_key, "unsettled").has_value());
}

TEST_CASE("a second sync with nothing new asks little, and writes nothing") {
  World w;
  w.service.seed(60);
  for (const std::string& key : {sleep_key, recovery_key, cycles_key, workouts_key}) w.sync("stage1", key);
  CHECK(w.cells(sleep_key).size() == 9);  // the two days before the week came along
  CHECK(w.cells(workouts_key).size() == 4);
  w.changes();
  w.service.requests();
  for (const std::string& key : {sleep_key, recovery_key, cycles_key, workouts_key}) w.sync("stage1", key);
  CHECK(w.service.requests().size() == 5);
  CHECK(w.changes().empty());
  CHECK(w.host.http.requests().back().authenticated);
}

TEST_CASE("what is deleted upstream goes, within what was asked for and nowhere else") {
  World w;
  w.service.put("sleep", {night("a", "2026-04-29"), night("b", "2026-04-23"), night("c", "2026-04-22")});
  w.sync("stage1");
  w.sync("stage2");
  CHECK(w.cells().size() == 3);
  w.changes();
  for (const char* id : {"a", "b", "c"}) w.service.remove("sleep", id);
  w.sync("stage1");
  CHECK(w.changes() == Texts{"deleted a", "deleted b"});
  CHECK(w.coverage("2026-04-29") == "empty");
  w.sync("stage2");
  CHECK(w.changes() == Texts{"deleted c"});
  // A night that was moved to another day is one change.
  w.service.put("sleep", {night("a", "2026-04-28")});
  w.sync("stage1");
  w.service.put("sleep", {night("a", "2026-04-27")});
  w.changes();
  w.sync("stage1");
  CHECK(w.changes() == Texts{"updated a"});
  CHECK(w.cells() == Texts{"a@ymd-2026-04-27"});
}

TEST_CASE("scopes: what the account does not allow is not asked for") {
  World w;
  w.host.auth.put({.kind = "whoop", .auth_id = "4711", .scopes = "offline read:profile read:recovery read:cycles"});
  for (const std::string& key : {sleep_key, recovery_key, workouts_key}) {
    const auto error = w.failed_sync("stage1", key);
    CHECK(error.tag == "whoop_scope_missing");
    CHECK(error.error_class == tento::ErrorClass::auth);
    CHECK(error.remedy == "reconnect");
  }
  CHECK(w.failed_sync("stage1", workouts_key).message ==
        "the account does not allow reading workouts (read:workout): connect it again with that");
  CHECK(w.service.requests().empty());
  w.sync("stage1", cycles_key);
}

TEST_CASE("a dead account says so, and what is held stays") {
  World w;
  w.service.put("sleep", {night("a", "2026-04-29")});
  w.sync("stage1");
  w.service.tell("set", {{"dead", true}});
  const auto error = w.failed_sync("stage1");
  CHECK(error.tag == "whoop_auth_expired");
  CHECK(error.error_class == tento::ErrorClass::auth);
  CHECK(w.cells().size() == 1);
  CHECK(w.provider->check_account("Whoop", {.kind = "whoop", .auth_id = "x"}).error().tag == "whoop_auth_expired");
}

TEST_CASE("budgets: a minute's is kept to, and the answer says when there is a new one") {
  World w;
  w.service.tell("set", {{"limits", {{"minute", 2}, {"day", 10000}}}});
  w.service.put("sleep", {night("a", "2026-04-29")});
  w.sync("stage1");
  w.sync("stage1");
  const auto error = w.failed_sync("stage1");
  CHECK(error.error_class == tento::ErrorClass::rate_limit);
  CHECK(error.retry_after_ms == 60'000);
  w.service.tell("pass", {{"seconds", 60}});
  w.sync("stage1");
}
