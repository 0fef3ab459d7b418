// SPDX-License-Identifier: Apache-2.0
// Writes through the provider's real entries, against a host in memory and the stub of the service.
#include <ostream>

#include "world.hpp"

using namespace google::test;
using namespace tento::testing;
namespace json = boost::json;
using Ids = std::vector<std::string>;

namespace {

const std::string lunch_json =
    R"({"title":"Lunch","start":"2026-04-29T12:00:00+02:00","end":"2026-04-29T13:00:00+02:00","zone":"Europe/Berlin",)"
    R"("location":"Canteen","attendees":[{"email":"b@example.com","status":"needs_action"}]})";

json::object weekly() {
  return series(timed("weekly", "2026-04-20T15:00:00+02:00", "2026-04-20T16:00:00+02:00", "Weekly"),
                {"RRULE:FREQ=WEEKLY;COUNT=4"});
}

std::size_t count(const Ids& requests, const std::string& what) {
  return static_cast<std::size_t>(std::count_if(requests.begin(), requests.end(), [&what](const std::string& request) {
    return request.find(what) != std::string::npos;
  }));
}

}  // namespace

TEST_CASE("post: what the service made is what is stored, and a sync finds nothing to add") {
  World w;
  w.sync("backfill");
  const auto made = w.write(TENTO_VERB_POST, {.body = lunch_json});
  REQUIRE(made.size() == 1);
  CHECK(made[0].id == "made1");
  const auto data = w.data("made1");
  CHECK(data.at("title") == "Lunch");
  CHECK(data.at("location") == "Canteen");
  CHECK(data.at("attendees").at(0).at("status") == "needs_action");
  w.host.store.forget_changes();
  w.sync("backfill");
  CHECK(w.host.store.changes().empty());
  // Whole days, the last one named as it is meant.
  const auto trip =
      w.write(TENTO_VERB_POST, {.body = R"({"title":"Trip","start":"ymd-2026-05-01","end":"ymd-2026-05-03"})"});
  CHECK(json::parse(trip.at(0).raw).at("end").at("date") == "2026-05-04");
  CHECK(trip.at(0).end_date->text() == "ymd-2026-05-03");
}

TEST_CASE("post: the same idempotency key makes one event, however often it is tried") {
  World w;
  const WriteArgs args{.body = lunch_json, .idempotency_key = "write-1"};
  const auto first = w.write(TENTO_VERB_POST, args);
  CHECK(first.at(0).id.starts_with("t"));
  const auto again = w.write(TENTO_VERB_POST, args);
  CHECK(again.at(0).id == first.at(0).id);
  // The answer was lost on its way: the retry finds the event.
  const WriteArgs lost{.body = lunch_json, .idempotency_key = "write-2"};
  const auto second = w.write(TENTO_VERB_POST, lost);
  CHECK(second.at(0).id != first.at(0).id);
  w.sync("viewport");
  CHECK(w.ids().size() == 2);
  w.write(TENTO_VERB_DELETE, {.cell_id = first.at(0).id});
  const auto refused = w.failed_write(TENTO_VERB_POST, args);
  CHECK(refused.tag == "google_event_deleted");
  CHECK(refused.code == tento::ErrorCode::conflict);
}

TEST_CASE("post: a series comes as its instances, by the sync that follows") {
  World w;
  w.sync("backfill");
  const auto made =
      w.write(TENTO_VERB_POST, {.body = R"({"title":"Gym","start":"2026-05-01T18:00:00","end":"2026-05-01T19:00:00",)"
                                        R"("zone":"Europe/Berlin","recurrence":["RRULE:FREQ=WEEKLY;COUNT=3"]})"});
  CHECK(made.empty());
  w.sync("viewport");
  CHECK(w.ids().size() == 3);
}

TEST_CASE("patch: an event, with the version that was read and with an older one") {
  World w;
  w.service.put({timed("a", "2026-04-29T12:00:00+02:00", "2026-04-29T13:00:00+02:00")});
  w.sync("backfill");
  const std::string version = w.cell("a").version;
  w.write(TENTO_VERB_PATCH, {.cell_id = "a", .body = R"({"title":"Lunch","location":null})"});
  CHECK(w.data("a").at("title") == "Lunch");
  CHECK(w.cell("a").version != version);
  const auto late =
      w.failed_write(TENTO_VERB_PATCH, {.cell_id = "a", .body = R"({"title":"Late"})", .expected = version});
  CHECK(late.code == tento::ErrorCode::conflict);
  CHECK(late.tag == "google_event_changed");
  CHECK(late.http_status == 412);
  CHECK(w.data("a").at("title") == "Lunch");
  w.write(TENTO_VERB_PATCH, {.cell_id = "a", .body = R"({"start":"ymd-2026-05-01","end":"ymd-2026-05-01"})"});
  CHECK(w.data("a").at("all_day") == true);
  w.host.store.forget_changes();
  w.sync("backfill");
  CHECK(w.host.store.changes().empty());
}

TEST_CASE("patch and delete: one instance of a series, whatever version the service gives it") {
  for (const bool own_versions : {false, true}) {
    CAPTURE(own_versions);
    World w;
    w.service.tell("set", {{"instanceEtags", own_versions}});
    w.service.put({weekly()});
    w.sync("backfill");
    const std::string second = "weekly_20260427T130000Z";
    const std::string third = "weekly_20260504T130000Z";
    w.write(TENTO_VERB_PATCH,
            {.cell_id = second, .body = R"({"title":"Special"})", .expected = w.cell(second).version});
    CHECK(w.data(second).at("title") == "Special");
    CHECK(w.data(second).at("series") == "weekly");
    CHECK(w.data("weekly_20260420T130000Z").at("title") == "Weekly");
    w.write(TENTO_VERB_DELETE, {.cell_id = third, .expected = w.cell(third).version});
    CHECK(w.ids().size() == 3);
    w.host.store.forget_changes();
    w.sync("backfill");
    CHECK(w.host.store.changes().empty());
    // An instance that was changed behind the store's back is not overwritten.
    const std::string fourth = "weekly_20260511T130000Z";
    const std::string read = w.cell(fourth).version;
    json::object moved = timed(fourth, "2026-05-11T17:00:00+02:00", "2026-05-11T18:00:00+02:00", "Moved");
    moved["recurringEventId"] = "weekly";
    moved["originalStartTime"] = {{"dateTime", "2026-05-11T15:00:00+02:00"}, {"timeZone", "Europe/Berlin"}};
    w.service.put({moved});
    const auto late =
        w.failed_write(TENTO_VERB_PATCH, {.cell_id = fourth, .body = R"({"title":"Late"})", .expected = read});
    CHECK(late.tag == "google_event_changed");
    CHECK(w.failed_write(TENTO_VERB_DELETE, {.cell_id = fourth, .expected = read}).tag == "google_event_changed");
  }
}

TEST_CASE("patch: a series changes by its id, its instances by the sync that follows") {
  World w;
  w.service.put({weekly()});
  w.sync("backfill");
  const auto made = w.write(
      TENTO_VERB_PATCH, {.cell_id = "weekly",
                         .body = R"({"title":"Fortnightly","recurrence":["RRULE:FREQ=WEEKLY;INTERVAL=2;COUNT=2"]})"});
  CHECK(made.empty());
  w.sync("viewport");
  CHECK(w.ids() == Ids{"weekly_20260420T130000Z", "weekly_20260504T130000Z"});
  CHECK(w.data("weekly_20260504T130000Z").at("title") == "Fortnightly");
}

TEST_CASE("delete: an event, one that is gone already, one that there never was, one that changed") {
  World w;
  w.service.put({timed("a", "2026-04-29T12:00:00+02:00", "2026-04-29T13:00:00+02:00"),
                 timed("b", "2026-04-29T12:00:00+02:00", "2026-04-29T13:00:00+02:00")});
  w.sync("backfill");
  const auto gone = w.write(TENTO_VERB_DELETE, {.cell_id = "a"});
  CHECK(gone.at(0).tombstone);
  CHECK(w.ids() == Ids{"b"});
  CHECK(w.write(TENTO_VERB_DELETE, {.cell_id = "a"}).at(0).tombstone);
  CHECK(w.write(TENTO_VERB_DELETE, {.cell_id = "never"}).at(0).tombstone);
  CHECK(w.failed_write(TENTO_VERB_DELETE, {.cell_id = "b", .expected = "\"older\""}).tag == "google_event_changed");
  CHECK(w.ids() == Ids{"b"});
  // The deletion was carried out between the look and the write.
  w.service.answer_next("DELETE ", 410, refusal(410, "deleted"));
  CHECK(w.write(TENTO_VERB_DELETE, {.cell_id = "b"}).at(0).tombstone);
}

TEST_CASE("writes: what is wrong with a body is said before anything is sent") {
  World w;
  w.service.requests();
  struct Row {
    std::string body;
    std::string error;
  };
  for (const Row& row : {
           Row{"[]", "not a JSON object"},
           Row{"{\"title\":", "not valid JSON"},
           Row{R"({"title":"x"})", "`start` is missing"},
           Row{R"({"start":"2026-04-29T12:00:00Z"})", "`end` is missing"},
           Row{R"({"title":5,"start":"ymd-2026-04-29"})", "`title` is not text"},
           Row{R"({"start":"tomorrow"})", "`start` is neither a day"},
           Row{R"({"start":"ymd-2026-02-30"})", "`start` is neither a day"},
           Row{R"({"start":"ym-2026-02"})", "`start` is neither a day"},
           Row{R"({"start":"2026-04-29T12:00:00","end":"2026-04-29T13:00:00"})", "`start` has no UTC offset"},
           Row{R"({"start":"ymd-2026-04-29","end":"2026-04-29T13:00:00Z"})", "`end` is a day and `start` is not"},
           Row{R"({"start":"ymd-2026-04-29","end":"ymd-2026-04-28"})", "`end` is before `start`"},
           Row{R"({"start":"ymd-2026-04-29","all_day":false})", "`all_day` does not agree"},
           Row{R"({"start":"ymd-2026-04-29","zone":"Mars/Olympus"})", "`zone` is unknown"},
           Row{R"({"start":"ymd-2026-04-29","summary":"x"})", "`summary` cannot be written"},
           Row{R"({"start":"ymd-2026-04-29","status":"cancelled"})", "`status` is neither"},
           Row{R"({"start":"ymd-2026-04-29","busy":"no"})", "`busy` is neither"},
           Row{R"({"start":"ymd-2026-04-29","attendees":[{"name":"B"}]})", "one without `email`"},
           Row{R"({"start":"ymd-2026-04-29","attendees":[{"email":"b","mood":"x"}]})",
               "`attendees.mood` is not one of an attendee's members"},
           Row{R"({"start":"ymd-2026-04-29","recurrence":"RRULE:FREQ=DAILY"})", "`recurrence` is not a list"},
           Row{R"({"start":"ymd-2026-04-29","recurrence":["DTSTART:20260101"]})", "not an RRULE, EXRULE"},
           Row{R"({"start":"2026-04-29T12:00:00Z","end":"2026-04-29T13:00:00Z","recurrence":["RRULE:FREQ=DAILY"]})",
               "`zone` is missing"},
       }) {
    CAPTURE(row.body);
    const auto error = w.failed_write(TENTO_VERB_POST, {.body = row.body});
    CAPTURE(error.message);
    CHECK(error.message.find(row.error) != std::string::npos);
    CHECK(error.error_class == tento::ErrorClass::config);
    CHECK(error.tag == "google_bad_event");
  }
  CHECK(w.failed_write(TENTO_VERB_PATCH, {.cell_id = "a", .body = R"({"zone":"Europe/Berlin"})"})
            .message.find("`zone` needs") != std::string::npos);
  CHECK(w.service.requests().empty());
}

TEST_CASE("writes: what the service refuses is told as what it is") {
  World w;
  w.service.answer_next("POST ", 403, refusal(403, "forbidden", "You need to have writer access to this calendar."));
  const auto reader = w.failed_write(TENTO_VERB_POST, {.body = lunch_json});
  CHECK(reader.code == tento::ErrorCode::forbidden);
  CHECK(reader.message.find("writer access") != std::string::npos);
  w.service.answer_next("POST ", 403, refusal(403, "userRateLimitExceeded"));
  CHECK(w.failed_write(TENTO_VERB_POST, {.body = lunch_json}).error_class == tento::ErrorClass::rate_limit);
  w.service.answer_next("POST ", 400, refusal(400, "timeRangeEmpty", "The specified time range is empty."));
  CHECK(w.failed_write(TENTO_VERB_POST, {.body = lunch_json}).message.find("time range is empty") != std::string::npos);
  w.service.answer_next("POST ", 200, "<html>proxy</html>");
  CHECK(w.failed_write(TENTO_VERB_POST, {.body = lunch_json}).tag == "google_bad_answer");
  CHECK(w.failed_write(TENTO_VERB_PATCH, {.cell_id = "never", .body = "{}"}).code == tento::ErrorCode::not_found);
  CHECK(count(w.service.requests(), "POST ") == 4);
}
