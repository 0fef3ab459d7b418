// SPDX-License-Identifier: Apache-2.0
// Records that are not understood, through the provider's real entries: they are kept out, counted and named; the rest
// comes, and what the store held of them before stays.
#include <ostream>

#include "world.hpp"

using namespace google::test;
using namespace tento::testing;
namespace json = boost::json;
using Ids = std::vector<std::string>;

namespace {

// An answer of the list of events.
std::string page(const json::array& items, const std::string& token = "") {
  json::object out{{"timeZone", "Europe/Berlin"}, {"items", items}};
  if (!token.empty()) out["nextSyncToken"] = token;
  return json::serialize(out);
}

json::object versioned(json::object event, const std::string& version) {
  event["etag"] = version;
  event["status"] = "confirmed";
  return event;
}

json::object lunch() {
  return versioned(timed("lunch", "2026-04-29T12:00:00+02:00", "2026-04-29T13:00:00+02:00", "Lunch"), "1");
}
json::object trip() {
  return versioned(days("trip", "2026-05-01", "2026-05-04", "Trip"), "2");
}
json::object standup(const json::array& lines = {"RRULE:FREQ=DAILY;COUNT=3"}) {
  json::object out = versioned(timed("standup", "2026-04-20T09:00:00+02:00", "2026-04-20T09:15:00+02:00"), "3");
  out["recurrence"] = lines;
  return out;
}
// The same with a start that is not one.
json::object broken(json::object event, const json::value& start = {{"date", "2026-02-30"}}) {
  event["start"] = start;
  return event;
}

std::string state_of(const World& w) {
  return std::to_string(w.host.store.coverage(events_key).back().state);
}

}  // namespace

TEST_CASE("odd events: the others of a window come, and the run says which did not") {
  World w;
  w.service.answer_next("singleEvents=true", 200,
                        page({lunch(), broken(timed("x", "", "")), json::object{{"id", nullptr}}, trip()}));
  const auto done = w.sync("viewport");
  CHECK(w.ids() == Ids{"lunch", "trip"});
  CHECK(done.seen == 4);
  CHECK(done.skipped == 2);
  CHECK(done.skipped_note ==
        "event x: `start` holds `2026-02-30`, which is not a date; event 3 of page 1: it has no `id`");
  CHECK(w.host.store.coverage(events_key).back().state == TENTO_COVERAGE_HAVE);
  CHECK(w.host.store.logs(events_key).at(0).data == R"({"stage":"viewport","status":"partial"})");
}

TEST_CASE("odd events: what a window held of one stays, what is gone goes") {
  World w;
  w.service.answer_next("singleEvents=true", 200, page({lunch(), trip()}));
  w.sync("viewport");
  const auto before = w.cell("trip");
  w.host.store.forget_changes();
  w.service.answer_next("singleEvents=true", 200, page({broken(trip())}));
  CHECK(w.sync("viewport").skipped == 1);
  CHECK(w.ids() == Ids{"trip"});
  CHECK(w.cell("trip") == before);
  CHECK(w.host.store.changes() == std::vector<Change>{{Change::Kind::deleted, events_key, "lunch"}});
  // A window of which nothing is understood is not said to be empty.
  CHECK(state_of(w) == std::to_string(TENTO_COVERAGE_HAVE));
}

TEST_CASE("odd events: in a list of everything, what was held of an event, a series and an instance stays") {
  World w;
  json::object moved = versioned(
      timed("standup_20260421T070000Z", "2026-04-21T15:00:00+02:00", "2026-04-21T15:15:00+02:00", "Moved"), "4");
  moved["recurringEventId"] = "standup";
  moved["originalStartTime"] = {{"dateTime", "2026-04-21T09:00:00+02:00"}};
  w.service.answer_next("singleEvents=false", 200, page({lunch(), trip(), standup(), moved}, "t1"));
  CHECK(w.sync("backfill").skipped == 0);
  const Ids all = {"standup_20260420T070000Z", "standup_20260421T070000Z", "standup_20260422T070000Z", "lunch", "trip"};
  CHECK(w.ids() == all);
  w.host.store.forget_changes();

  // The token is gone, and of all that is listed anew something is odd.
  w.service.answer_next("syncToken=t1", 410, refusal(410, "fullSyncRequired"));
  w.service.answer_next("singleEvents=false", 200, page({lunch(), broken(trip()), standup(), broken(moved)}, "t2"));
  CHECK(w.sync("backfill").skipped == 2);
  CHECK(w.ids() == all);
  CHECK(w.data("standup_20260421T070000Z").at("title") == "Moved");
  CHECK(w.host.store.changes().empty());

  w.service.answer_next("syncToken=t2", 410, refusal(410, "fullSyncRequired"));
  w.service.answer_next("singleEvents=false", 200, page({lunch(), broken(standup(), {{"dateTime", "soon"}})}, "t3"));
  const auto done = w.sync("backfill");
  CHECK(done.skipped_note == "event standup: `start` holds `soon`, which is not a time");
  CHECK(w.ids() == Ids{"standup_20260420T070000Z", "standup_20260421T070000Z", "standup_20260422T070000Z", "lunch"});
  CHECK(w.host.store.changes() == std::vector<Change>{{Change::Kind::deleted, events_key, "trip"}});

  // Understood again, everything is as the service has it.
  w.service.answer_next("syncToken=t3", 410, refusal(410, "fullSyncRequired"));
  w.service.answer_next("singleEvents=false", 200,
                        page({trip(), standup(json::array{"RRULE:FREQ=DAILY;COUNT=2"})}, "t4"));
  CHECK(w.sync("backfill").skipped == 0);
  CHECK(w.ids() == Ids{"standup_20260420T070000Z", "standup_20260421T070000Z", "trip"});
  CHECK(w.data("standup_20260421T070000Z").at("title") == "Meeting");
}

TEST_CASE("odd events: among changes, the token goes on and what is held stays") {
  World w;
  w.service.answer_next("singleEvents=false", 200, page({lunch(), standup()}, "t1"));
  w.sync("backfill");
  w.service.answer_next(
      "syncToken=t1", 200,
      page({broken(lunch()), versioned(days("new", "2026-05-06", "2026-05-07"), "9"),
            json::object{{"id", "standup_x"}, {"recurringEventId", "standup"}, {"status", "cancelled"}}},
           "t2"));
  const auto done = w.sync("backfill");
  CHECK(done.skipped == 2);
  CHECK(done.skipped_note.find("event standup_x: it is a cancelled instance, and neither") != std::string::npos);
  CHECK(w.ids() ==
        Ids{"standup_20260420T070000Z", "standup_20260421T070000Z", "standup_20260422T070000Z", "lunch", "new"});
  w.service.answer_next("syncToken=t2", 200, page({}, "t3"));
  CHECK(w.sync("backfill").skipped == 0);
}

TEST_CASE("odd events: an answer that is odd as a whole is a failure, and nothing goes") {
  World w;
  w.service.answer_next("singleEvents=true", 200, page({lunch()}));
  w.sync("viewport");
  for (const char* body : {"{}", R"({"items":{}})", R"({"items":null})", "[]"}) {
    CAPTURE(body);
    w.service.answer_next("singleEvents=true", 200, body);
    CHECK(w.failed_sync("viewport").tag == "google_bad_answer");
    CHECK(w.ids() == Ids{"lunch"});
  }
}

TEST_CASE("private instances of a series that cannot be seen stand for themselves, in both stages") {
  World w;
  json::object one = versioned(timed("p1", "2026-04-29T16:00:00+02:00", "2026-04-29T18:00:00+02:00", "Private"), "1");
  one["recurringEventId"] = "gone";
  w.service.answer_next("singleEvents=true", 200, page({one}));
  CHECK(w.sync("viewport").skipped == 0);
  CHECK(w.ids() == Ids{"p1"});
  CHECK(w.data("p1").at("series") == "gone");
  w.service.answer_next("singleEvents=false", 200, page({one}, "t1"));
  CHECK(w.sync("backfill").skipped == 0);
  CHECK(w.ids() == Ids{"p1"});
  w.service.answer_next("syncToken=t1", 200, page({json::object{{"id", "p1"}, {"status", "cancelled"}}}, "t2"));
  w.sync("backfill");
  CHECK(w.ids().empty());
}

TEST_CASE("odd calendars: the others are found and listed, and the log says which are not") {
  World w;
  const json::array items{5, json::object{{"id", nullptr}, {"summary", "Team"}},
                          json::object{{"summary", "x"}, {"id", 7}},
                          json::object{{"id", "good@example.com"}, {"summary", "Good"}, {"accessRole", "owner"}},
                          json::object{{"id", std::string(3000, 'x')}, {"accessRole", "owner"}}};
  const std::string body = json::serialize(json::object{{"items", items}});
  w.service.answer_next("calendarList", 200, body);
  const auto cells = w.provider->get(calendars_key);
  REQUIRE_MESSAGE(cells.has_value(), (cells ? "" : cells.error().message));
  REQUIRE(cells->size() == 1);
  CHECK(cells->at(0).id == "good@example.com");
  CHECK(w.host.log.has(
      "4 records of the list of calendars are kept out: calendar 1: it is not an object; calendar 2 (Team): "
      "it has no `id`"));
  w.service.answer_next("calendarList", 200, body);
  const auto rows = w.provider->discover("GoogleCalendar", "1");
  REQUIRE_MESSAGE(rows.has_value(), (rows ? "" : rows.error().message));
  REQUIRE(rows->size() >= 2);
  CHECK(rows->at(0).key == ":~google:1:calendar:good@example.com:events");
  CHECK(rows->at(0).label == "Good");
}

TEST_CASE("odd busy times: the others are told") {
  World w;
  const json::array busy{json::object{{"start", "2026-04-29T10:00:00Z"}, {"end", "2026-04-29T11:00:00Z"}},
                         json::object{{"start", "2026-04-29"}, {"end", "2026-04-30"}}, 5,
                         json::object{{"start", "2026-04-29T13:00:00Z"}, {"end", "2026-04-29T12:00:00Z"}},
                         json::object{{"start", "2026-04-29T14:00:00Z"}, {"end", "2026-04-29T15:00:00Z"}}};
  w.service.answer_next("freeBusy", 200,
                        json::serialize(json::object{{"calendars", {{"me@example.com", {{"busy", busy}}}}}}));
  const auto cells = w.provider->get(
      free_busy_key, {tento::PartialDate::ymd(2026, 4, 20).value(), tento::PartialDate::ymd(2026, 5, 10).value()});
  REQUIRE_MESSAGE(cells.has_value(), (cells ? "" : cells.error().message));
  CHECK(cells->size() == 2);
  CHECK(w.host.log.has("3 records of the busy times of me@example.com are kept out"));
}

TEST_CASE("a clock that was ahead: series that were expanded from then on reach back again") {
  World w;
  w.host.clock.set(*tento::SemanticTime::parse("2040-01-01T00:00:00Z")->instant());
  w.service.answer_next("singleEvents=false", 200, page({standup({"RRULE:FREQ=YEARLY"})}, "t1"));
  w.sync("backfill");
  CHECK(w.ids().front() == "standup_20300420T070000Z");
  w.host.clock.set(*tento::SemanticTime::parse("2026-04-29T12:00:00Z")->instant());
  w.service.answer_next("syncToken=t1", 200, page({}, "t2"));
  w.sync("backfill");
  CHECK(w.ids().front() == "standup_20260420T070000Z");
}
