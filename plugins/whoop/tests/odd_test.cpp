// SPDX-License-Identifier: Apache-2.0
// What no service should answer, through the provider's real entries: odd records are kept out, counted and named, the
// rest comes, what is held of them stays; an answer that is odd as a whole changes nothing.
#include <ostream>

#include "world.hpp"

using namespace whoop::test;
using namespace tento::testing;
namespace json = boost::json;
using Texts = std::vector<std::string>;

namespace {

std::string page(const json::array& records) {
  return json::serialize(json::object{{"records", records}});
}

json::object without(json::object from, const char* member) {
  from.erase(member);
  return from;
}

}  // namespace

TEST_CASE("odd records: the others come, and the run says which did not") {
  World w;
  w.service.answer_next("/sleep?", 200,
                        page({night("a", "2026-04-29"), without(night("b", "2026-04-28"), "end"), 7,
                              record("sleep", {{"id", "c"}, {"timezone_offset", "+99:00"}})}));
  const auto done = w.sync("stage1");
  CHECK(w.cells() == Texts{"a@ymd-2026-04-29"});
  CHECK(done.skipped == 3);
  CHECK(done.skipped_note ==
        "sleep b: `end` is missing; sleep 3 of page 1: it is not an object; sleep c: `timezone_offset` holds `+99:00`, "
        "which is not an offset from UTC");
  CHECK(w.host.store.logs(sleep_key).at(0).data == R"({"stage":"stage1","status":"partial"})");
  CHECK(w.coverage("2026-04-29") == "have");
}

TEST_CASE("odd records: what is held of one stays, what is gone goes") {
  World w;
  w.service.answer_next("/sleep?", 200, page({night("a", "2026-04-29"), night("b", "2026-04-28")}));
  w.sync("stage1");
  w.changes();
  w.service.answer_next("/sleep?", 200, page({without(night("b", "2026-04-28"), "end")}));
  CHECK(w.sync("stage1").skipped == 1);
  CHECK(w.changes() == Texts{"deleted a"});
  CHECK(w.cells() == Texts{"b@ymd-2026-04-28"});
  CHECK(w.coverage("2026-04-28") == "have");  // something is there, though nothing was understood
}

TEST_CASE("odd records: dates that were not asked for, from 1903 to 9999") {
  World w;
  const auto at = [](const char* id, const char* start, const char* end) {
    return record("sleep", {{"id", id}, {"start", start}, {"end", end}});
  };
  w.service.answer_next("/sleep?", 200,
                        page({night("a", "2026-04-29"), at("b", "1903-05-01T22:00:00Z", "1903-05-02T06:00:00Z"),
                              at("c", "9999-12-31T16:00:00Z", "9999-12-31T23:00:00Z"),
                              at("d", "1903-05-01T22:00:00Z", "2026-04-29T06:00:00Z")}));
  const auto done = w.sync("stage1");
  CHECK(w.cells() == Texts{"a@ymd-2026-04-29"});
  CHECK(done.skipped_note ==
        "sleep b: it is of 1903-05-02, which was not asked for; sleep c: it is of 9999-12-31, which was not asked for; "
        "sleep d: it lasts for 44923 days");
  w.service.answer_next(
      "/cycle?", 200,
      page({record("cycle", {{"id", 1}, {"start", "1903-05-01T22:00:00Z"}, {"end", "1903-05-02T22:00:00Z"}}),
            record("cycle", {{"id", 2}, {"start", "9999-12-31T20:00:00Z"}})}));
  CHECK(w.sync("stage1", cycles_key).skipped == 2);
  CHECK(w.cells(cycles_key).empty());
}

TEST_CASE("odd records: recoveries without a day") {
  World w;
  w.service.put("sleep", {night("a", "2026-04-29"), without(night("b", "2026-04-28"), "nap")});
  w.service.put("recovery",
                {record("recovery", {{"cycle_id", 1}, {"sleep_id", "a"}}),
                 record("recovery", {{"cycle_id", 2}, {"sleep_id", "b"}}),
                 record("recovery", {{"cycle_id", 3}, {"sleep_id", "gone"}, {"created_at", "2026-04-28T05:00:00Z"}})});
  const auto done = w.sync("stage1", recovery_key);
  CHECK(w.cells(recovery_key) == Texts{"1@ymd-2026-04-29"});
  CHECK(done.skipped_note ==
        "recovery of cycle 3: its sleep gone is gone, so that it has no day; recovery of cycle 2: its sleep b makes no "
        "sense, so that it has no day");
  // However many there are, few of their sleeps are asked for.
  json::array many;
  for (int i = 0; i < 25; ++i) {
    many.push_back(record("recovery", {{"cycle_id", 100 + i}, {"sleep_id", "gone" + std::to_string(i)}}));
  }
  w.service.requests();
  w.service.answer_next("/recovery?", 200, page(many));
  CHECK(w.sync("stage1", recovery_key).skipped == 25);
  CHECK(w.service.requests().size() == 12);
}

TEST_CASE("the same record twice, in a page and across pages: the one that changed last counts") {
  World w;
  const auto of = [](const char* updated, double performance) {
    json::object out = night("a", "2026-04-29");
    out["updated_at"] = updated;
    out["score"] = {{"sleep_performance_percentage", performance}};
    return out;
  };
  json::object first{{"records", {of("2026-04-29T08:00:00Z", 1), of("2026-04-29T09:00:00Z", 2)}}, {"next_token", "x"}};
  w.service.answer_next("/sleep?", 200, json::serialize(first));
  w.service.answer_next("nextToken=x", 200, page({of("2026-04-29T08:30:00Z", 3), night("b", "2026-04-28")}));
  CHECK(w.sync("stage1").seen == 2);
  CHECK(w.data("a").at("performance") == 2);
  CHECK(w.changes() == Texts{"created a", "created b"});
}

TEST_CASE("pages that end never, in every way, are noticed, and nothing is written") {
  struct Case {
    std::string fault;
    bool keep;
    const char* tag;
    std::size_t most_requests;
  };
  for (const auto& [fault, keep, tag, most_requests] :
       {Case{"repeat", false, "page_repeats", 2}, Case{"endless", false, "whoop_bad_answer", 4},
        Case{"hollow", false, "whoop_bad_answer", 3}}) {
    World w;
    w.service.seed(3);
    w.service.spoil("/sleep?", fault, keep);
    const auto error = w.failed_sync("stage1");
    CHECK(error.tag == tag);
    CHECK(error.error_class == tento::ErrorClass::provider);
    CHECK(w.service.requests().size() == most_requests);
    CHECK(w.cells().empty());
    CHECK(w.coverage("2026-04-29") == "failed");
  }
}

TEST_CASE("answers that are odd as a whole: an error that says where, and what is held stays") {
  World w;
  w.service.seed(3);
  w.sync("stage1");
  w.sync("stage1", recovery_key);
  for (const std::string fault : {"truncated", "garbled", "two", "empty", "page", "error", "null", "huge"}) {
    CAPTURE(fault);
    w.service.tell("set", {{"faults", json::array{json::object{{"match", "/sleep?"}, {"fault", fault}}}}});
    for (const std::string& key : {sleep_key, recovery_key}) {
      const auto error = w.failed_sync("stage1", key);
      CHECK(error.tag == "whoop_bad_answer");
      CHECK(error.error_class == tento::ErrorClass::provider);
      CHECK(error.message.find("page 1 of the sleeps from 2026-04-21 to 2026-05-01: ") == 0);
      CHECK(error.message.size() < 300);
      CHECK(w.cells(key).size() == 3);
    }
  }
}

TEST_CASE("refusals: the wait is told on, what is held stays, and the next sync is as good as ever") {
  World w;
  w.service.seed(3);
  w.sync("stage1");
  w.service.answer_next("/sleep?", 429, "", {{"Retry-After", "17"}});
  CHECK(w.failed_sync("stage1").retry_after_ms == 17'000);
  w.service.answer_next("/sleep?", 429, "{}", {{"X-RateLimit-Remaining", "0"}, {"X-RateLimit-Reset", "-1"}});
  CHECK(w.failed_sync("stage1").retry_after_ms == 60'000);
  CHECK(w.host.log.has("X-RateLimit-Reset"));
  for (const int status : {500, 502, 503, 504}) {
    w.service.answer_next("/sleep?", status, "<html>");
    CHECK(w.failed_sync("stage1").error_class == tento::ErrorClass::transient);
  }
  w.service.answer_next("/sleep?", 403, R"({"error":"deactivated_user"})");
  CHECK(w.failed_sync("stage1").tag == "whoop_membership_ended");
  w.changes();
  w.sync("stage1");
  CHECK(w.changes().empty());
}

TEST_CASE("pages that move while they are read: what they leave out is looked for before it is deleted") {
  World w;
  w.service.seed(30);
  w.sync("stage2");
  CHECK(w.cells().size() == 25);
  w.service.remove("sleep", "00000000-0000-4000-8000-000000000010");
  w.changes();
  // Two pages that leave out all but what was there before.
  w.service.answer_next("/sleep?", 200, R"({"records":[],"next_token":"x"})");
  w.service.answer_next("nextToken=x", 200, R"({"records":[]})");
  w.sync("stage2");
  CHECK(w.changes() == Texts{"deleted 00000000-0000-4000-8000-000000000010"});
  CHECK(w.cells().size() == 24);
}
