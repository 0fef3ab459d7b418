// SPDX-License-Identifier: Apache-2.0
// The sync through the provider's real entries, against a host in memory and the stub of the service.
#include <ostream>

#include "world.hpp"

using namespace google::test;
using namespace tento::testing;
namespace json = boost::json;
using Ids = std::vector<std::string>;

namespace {

const std::string window_query = "timeMin=2026-03-30T00%3A00%3A00Z&timeMax=2026-06-27T00%3A00%3A00Z";

json::object daily() {
  return series(timed("standup", "2026-04-20T09:00:00+02:00", "2026-04-20T09:15:00+02:00", "Stand-up"),
                {"RRULE:FREQ=DAILY;COUNT=20"});
}

// An instance of it that differs, or is cancelled.
json::object exception(const std::string& day, const std::string& start, const std::string& end) {
  json::object out = timed("standup_202604" + day + "T070000Z", start, end, "Stand-up, moved");
  out["recurringEventId"] = "standup";
  out["originalStartTime"] = {{"dateTime", "2026-04-" + day + "T09:00:00+02:00"}, {"timeZone", "Europe/Berlin"}};
  return out;
}
json::object cancelled(json::object event) {
  event["status"] = "cancelled";
  return event;
}

std::string text(const std::optional<tento::SemanticTime>& side) {
  return side ? side->text() : "open";
}

}  // namespace

TEST_CASE("provider: routes as documented") {
  World w;
  auto patterns = w.provider->patterns();
  std::sort(patterns.begin(), patterns.end());
  CHECK(patterns == Ids{":~google:{authId}:calendar:{calId}:events",
                        ":~google:{authId}:calendar:{calId}:events:freebusy",
                        ":~google:{authId}:calendar:{calId}:events:logs", ":~google:{authId}:calendars"});
}

TEST_CASE("account: the list of calendars is tried; what is missing or dead is named") {
  World w;
  const FakeAccount account{.kind = "google", .auth_id = "", .secret = "t"};
  const auto checked = w.provider->check_account("GoogleCalendar", account);
  REQUIRE_MESSAGE(checked.has_value(), (checked ? "" : checked.error().message));
  CHECK(checked->auth_id.empty());  // the host takes it from the user info
  CHECK(checked->label == "me@example.com");
  w.service.answer_next("calendarList", 401, refusal(401, "authError", "Invalid Credentials"));
  const auto dead = w.provider->check_account("GoogleCalendar", account);
  REQUIRE_FALSE(dead.has_value());
  CHECK(dead.error().tag == "google_auth_expired");
  CHECK(dead.error().error_class == tento::ErrorClass::auth);
  CHECK(dead.error().remedy == "reconnect");
}

TEST_CASE("account: each call needs one scope of its group, and says which group is missing") {
  World w;
  const std::string prefix = "https://www.googleapis.com/auth/";
  const auto with = [&](const std::string& scopes) {
    w.host.auth.put({.kind = "google", .auth_id = "1", .scopes = scopes});
  };
  with("openid email");
  const auto none = w.provider->sync(events_key, "viewport");
  REQUIRE_FALSE(none.has_value());
  CHECK(none.error().tag == "google_scope_missing");
  with(prefix + "calendar.calendarlist.readonly");
  CHECK(w.provider->get(calendars_key).has_value());
  const auto reading = w.provider->sync(events_key, "viewport");
  REQUIRE_FALSE(reading.has_value());
  CHECK(reading.error().error_class == tento::ErrorClass::auth);
  CHECK(reading.error().message.find("READ_EVENTS") != std::string::npos);
  CHECK(reading.error().message.find("connect it again") != std::string::npos);
  with(prefix + "calendar.events.readonly");
  CHECK(w.provider->sync(events_key, "viewport").has_value());
  CHECK(w.failed_write(TENTO_VERB_POST, {.body = R"({"title":"x","start":"ymd-2026-05-01"})"})
            .message.find("EDIT_EVENT_SCOPES") != std::string::npos);
  CHECK(w.provider->get(free_busy_key).error().message.find("READ_FREEBUSY") != std::string::npos);
  with(prefix + "calendar");
  CHECK(w.provider->get(free_busy_key).has_value());
  for (const auto& request : w.service.requests())
    CHECK(request.find("POST /calendar/v3/calendars") == std::string::npos);
  // The service says it, where the host does not know what was granted.
  with("");
  w.service.answer_next("/events", 403, refusal(403, "insufficientPermissions", "Insufficient Permission"));
  const auto told = w.failed_sync("viewport");
  CHECK(told.tag == "google_scope_missing");
  CHECK(told.http_status == 403);
}

TEST_CASE("calendars: all pages, with the rows of their events; discover finds them") {
  World w;
  w.service.tell("calendar", {{"id", "team#holidays@group.v.calendar.google.com"},
                              {"summary", "Holidays"},
                              {"summaryOverride", "Our holidays"},
                              {"timeZone", "UTC"},
                              {"accessRole", "reader"},
                              {"backgroundColor", "#123456"}});
  w.service.tell("calendar", {{"id", "boss@example.com"}, {"summary", "Boss"}, {"accessRole", "freeBusyReader"}});
  w.service.tell("set", {{"pageSize", 2}});
  const auto cells = w.provider->get(calendars_key);
  REQUIRE_MESSAGE(cells.has_value(), (cells ? "" : cells.error().message));
  REQUIRE(cells->size() == 3);
  CHECK(cells->at(0).id == "boss@example.com");
  CHECK(cells->at(1).date->text() == "ymd-2026-04-29");
  const auto holidays = json::parse(cells->at(2).data).as_object();
  CHECK(holidays.at("title") == "Our holidays");
  CHECK(holidays.at("colour") == "#123456");
  CHECK(holidays.at("events") == ":~google:1:calendar:team#holidays@group.v.calendar.google.com:events");
  const auto rows = w.provider->discover("GoogleCalendar", "1");
  REQUIRE_MESSAGE(rows.has_value(), (rows ? "" : rows.error().message));
  REQUIRE(rows->size() == 5);
  CHECK(rows->at(0).key == events_key);
  CHECK(rows->at(1).key == free_busy_key);
  CHECK(rows->at(2).label == "Our holidays");
  CHECK(rows->at(4).key == ":~google:1:calendar:boss@example.com:events:freebusy");
}

TEST_CASE("viewport: a few weeks, expanded by the service, and nothing twice") {
  World w;
  w.service.put({timed("lunch", "2026-04-29T12:00:00+02:00", "2026-04-29T13:00:00+02:00", "Lunch"),
                 days("trip", "2026-05-01", "2026-05-04", "Trip"), days("once", "2026-05-01", "2026-05-02", "May Day"),
                 timed("old", "2025-01-01T12:00:00+01:00", "2025-01-01T13:00:00+01:00"), daily()});
  w.service.requests();
  w.sync("viewport");
  CHECK(w.service.requests() ==
        Ids{"GET /calendar/v3/calendars/me%40example.com/events?maxResults=1000&singleEvents=true&" + window_query});
  CHECK(w.ids().size() == 23);
  CHECK_FALSE(w.host.store.cell(events_key, "old").has_value());
  CHECK(text(w.host.store.coverage(events_key).back().span.from) == "ymd-2026-04-01");
  CHECK(text(w.host.store.coverage(events_key).back().span.to) == "ymd-2026-06-25");

  const auto lunch = w.cell("lunch");
  CHECK(lunch.date->local_text() == "2026-04-29T12:00:00+02:00");
  CHECK(lunch.end_date->local_text() == "2026-04-29T13:00:00+02:00");
  CHECK(lunch.version == "\"1000\"");
  CHECK(json::parse(lunch.raw).at("kind") == "calendar#event");
  const auto data = w.data("lunch");
  CHECK(data.at("title") == "Lunch");
  CHECK(data.at("start") == "2026-04-29T12:00:00+02:00");
  CHECK(data.at("zone") == "Europe/Berlin");
  CHECK(data.at("all_day") == false);
  CHECK_FALSE(data.contains("series"));
  // Whole days: the service's end is the day after, ours the last one.
  CHECK(w.cell("trip").date->text() == "ymd-2026-05-01");
  CHECK(w.cell("trip").end_date->text() == "ymd-2026-05-03");
  CHECK(w.data("trip").at("end") == "ymd-2026-05-03");
  CHECK_FALSE(w.cell("once").end_date.has_value());
  const auto instance = w.data("standup_20260429T070000Z");
  CHECK(instance.at("series") == "standup");
  CHECK(instance.at("original_start") == "2026-04-29T09:00:00+02:00");

  w.host.store.forget_changes();
  w.sync("viewport");
  CHECK(w.host.store.changes().empty());
}

TEST_CASE("viewport: what is gone from the window goes, what lies outside stays") {
  World w;
  w.service.put({timed("a", "2026-04-29T12:00:00+02:00", "2026-04-29T13:00:00+02:00"),
                 timed("b", "2026-04-30T12:00:00+02:00", "2026-04-30T13:00:00+02:00")});
  w.sync("viewport");
  w.host.store.put(events_key,
                   {{.id = "elsewhere", .date = tento::PartialDate::ymd(2020, 1, 1).value(), .data = "{}"}});
  w.service.put({cancelled(timed("a", "2026-04-29T12:00:00+02:00", "2026-04-29T13:00:00+02:00")),
                 timed("b", "2026-05-02T12:00:00+02:00", "2026-05-02T13:00:00+02:00")});
  w.sync("viewport");
  CHECK(w.ids() == Ids{"elsewhere", "b"});
  CHECK(w.cell("b").date->local_text() == "2026-05-02T12:00:00+02:00");
}

TEST_CASE("backfill: one list without bounds, its token from then on, and instances expanded here") {
  World w;
  w.service.put({timed("old", "2021-01-01T12:00:00+01:00", "2021-01-01T13:00:00+01:00"), daily(),
                 exception("22", "2026-04-22T11:00:00+02:00", "2026-04-22T11:30:00+02:00"),
                 cancelled(exception("23", "2026-04-23T09:00:00+02:00", "2026-04-23T09:15:00+02:00"))});
  w.service.requests();
  w.sync("backfill");
  CHECK(w.service.requests() ==
        Ids{"GET /calendar/v3/calendars/me%40example.com/events?maxResults=1000&singleEvents=false"});
  CHECK(w.ids().size() == 1 + 20 - 1);
  CHECK(w.cell("standup_20260422T070000Z").date->local_text() == "2026-04-22T11:00:00+02:00");
  CHECK(w.data("standup_20260422T070000Z").at("original_start") == "2026-04-22T09:00:00+02:00");
  CHECK_FALSE(w.host.store.cell(events_key, "standup_20260423T070000Z").has_value());
  CHECK_FALSE(w.host.store.cell(events_key, "standup").has_value());
  CHECK(text(w.host.store.coverage(events_key).back().span.from) == "open");
  CHECK(text(w.host.store.coverage(events_key).back().span.to) == "ymd-2028-04-29");

  // Nothing new: one question with the token, in either stage, and nothing is written.
  w.host.store.forget_changes();
  w.sync("backfill");
  w.sync("viewport");
  const auto asked = w.service.requests();
  REQUIRE(asked.size() == 2);
  for (const auto& one : asked) {
    CHECK(one.find("maxResults=1000&singleEvents=false&syncToken=1.") != std::string::npos);
    CHECK(one.find("timeM") == std::string::npos);
  }
  CHECK(w.host.store.changes().empty());
}

TEST_CASE("both stages: the same ids, whoever expands; nothing is written twice") {
  for (const bool own_versions : {false, true}) {
    CAPTURE(own_versions);
    World w;
    w.service.tell("set", {{"instanceEtags", own_versions}});
    w.service.put({daily(), days("trip", "2026-05-01", "2026-05-04"),
                   series(days("birthday", "1980-05-05", "1980-05-06"), {"RRULE:FREQ=YEARLY"}),
                   series(timed("night", "2026-03-01T23:30:00+01:00", "2026-03-02T00:30:00+01:00"),
                          {"RRULE:FREQ=WEEKLY;BYDAY=SU,WE", "EXDATE;TZID=Europe/Berlin:20260405T233000"}),
                   exception("24", "2026-04-25T18:00:00+02:00", "2026-04-25T18:30:00+02:00"),
                   cancelled(exception("25", "2026-04-25T09:00:00+02:00", "2026-04-25T09:15:00+02:00"))});
    w.sync("viewport");
    const auto seen = w.ids();
    w.host.store.forget_changes();
    w.sync("backfill");
    // Of what was there before, nothing is new and nothing is gone.
    for (const auto& change : w.host.store.changes()) {
      CAPTURE(change.id);
      const bool was_there = std::find(seen.begin(), seen.end(), change.id) != seen.end();
      const auto expected = was_there ? Change::Kind::updated : Change::Kind::created;
      CHECK(change.kind == expected);
      // Where instances have their series' version, they are as they were.
      if (!own_versions) CHECK_FALSE(was_there);
    }
    auto mine = w.ids();
    std::sort(mine.begin(), mine.end());
    auto theirs = w.upstream_ids("2016-01-03T00:00:00Z", "2028-05-01T00:00:00Z");
    std::erase_if(mine, [](const std::string& id) { return id >= "night_20280429" && id < "night_3"; });
    std::erase_if(theirs, [](const std::string& id) { return id >= "night_20280429" && id < "night_3"; });
    CHECK(mine == theirs);
    w.host.store.forget_changes();
    w.sync("viewport");
    w.sync("backfill");
    CHECK(w.host.store.changes().empty());
  }
}

TEST_CASE("changes: of events, series and instances") {
  World w;
  w.service.put({timed("a", "2026-04-29T12:00:00+02:00", "2026-04-29T13:00:00+02:00"),
                 timed("b", "2026-04-30T12:00:00+02:00", "2026-04-30T13:00:00+02:00"), daily(),
                 exception("22", "2026-04-22T11:00:00+02:00", "2026-04-22T11:30:00+02:00")});
  w.sync("backfill");
  REQUIRE(w.ids().size() == 22);
  w.host.store.forget_changes();

  SUBCASE("an event is moved: one change, no ghost") {
    w.service.put({timed("a", "2026-06-01T12:00:00+02:00", "2026-06-01T13:00:00+02:00")});
    w.sync("viewport");
    CHECK(w.host.store.changes() == std::vector<Change>{{Change::Kind::updated, events_key, "a"}});
    CHECK(w.cell("a").date->text() == "2026-06-01T10:00:00+00:00");
  }
  SUBCASE("an event is cancelled") {
    w.service.put({cancelled(timed("a", "2026-04-29T12:00:00+02:00", "2026-04-29T13:00:00+02:00"))});
    w.sync("backfill");
    CHECK(w.host.store.changes() == std::vector<Change>{{Change::Kind::deleted, events_key, "a"}});
  }
  SUBCASE("an instance is changed, then cancelled, then there again") {
    w.service.put({exception("24", "2026-04-24T17:00:00+02:00", "2026-04-24T18:00:00+02:00")});
    w.sync("backfill");
    CHECK(w.host.store.changes() ==
          std::vector<Change>{{Change::Kind::updated, events_key, "standup_20260424T070000Z"}});
    w.service.put({cancelled(exception("24", "2026-04-24T17:00:00+02:00", "2026-04-24T18:00:00+02:00"))});
    w.sync("backfill");
    CHECK(w.ids().size() == 21);
    // The series changes meanwhile: what was cancelled stays so.
    auto renamed = daily();
    renamed["summary"] = "Stand-down";
    w.service.put({renamed});
    w.sync("backfill");
    CHECK(w.ids().size() == 21);
    w.service.put({exception("24", "2026-04-24T17:00:00+02:00", "2026-04-24T18:00:00+02:00")});
    w.sync("backfill");
    CHECK(w.ids().size() == 22);
  }
  SUBCASE("a series is renamed: its instances are, but not the one that differs") {
    auto renamed = daily();
    renamed["summary"] = "Stand-down";
    w.service.put({renamed});
    w.sync("backfill");
    CHECK(w.host.store.changes().size() == 19);
    CHECK(w.data("standup_20260421T070000Z").at("title") == "Stand-down");
    CHECK(w.data("standup_20260422T070000Z").at("title") == "Stand-up, moved");
  }
  SUBCASE("a series is shortened") {
    w.service.put({series(timed("standup", "2026-04-20T09:00:00+02:00", "2026-04-20T09:15:00+02:00"),
                          {"RRULE:FREQ=DAILY;UNTIL=20260424T070000Z"})});
    w.sync("viewport");
    CHECK(w.ids().size() == 2 + 5);
  }
  SUBCASE("a series is moved by an hour") {
    w.service.put({series(timed("standup", "2026-04-20T10:00:00+02:00", "2026-04-20T10:15:00+02:00"),
                          {"RRULE:FREQ=DAILY;COUNT=20"})});
    w.sync("backfill");
    CHECK_FALSE(w.host.store.cell(events_key, "standup_20260421T070000Z").has_value());
    CHECK(w.host.store.cell(events_key, "standup_20260421T080000Z").has_value());
    CHECK(w.ids().size() == 2 + 20 + 1);  // the exception is the service's to take away
  }
  SUBCASE("a series is deleted, its instance that differs with it") {
    const auto before = w.host.store.cells(events_key).size();
    w.provider->write(TENTO_VERB_DELETE, events_key, {.cell_id = "standup"}).value();
    CHECK(w.host.store.cells(events_key).size() == before);
    w.sync("viewport");
    CHECK(w.ids() == Ids{"a", "b"});
    CHECK(w.host.store.tombstones(events_key).size() == 20);
  }
  SUBCASE("a series becomes an event of its own, and the reverse") {
    w.service.put(
        {timed("standup", "2026-04-20T09:00:00+02:00", "2026-04-20T09:15:00+02:00"),
         series(timed("a", "2026-04-29T12:00:00+02:00", "2026-04-29T13:00:00+02:00"), {"RRULE:FREQ=DAILY;COUNT=2"}),
         cancelled(exception("22", "2026-04-22T11:00:00+02:00", "2026-04-22T11:30:00+02:00"))});
    w.sync("backfill");
    CHECK(w.ids() == Ids{"standup", "a_20260429T100000Z", "a_20260430T100000Z", "b"});
  }
}

TEST_CASE("410: the calendar is read anew, with no duplicate and no ghost") {
  World w;
  w.service.put(
      {timed("a", "2026-04-29T12:00:00+02:00", "2026-04-29T13:00:00+02:00"),
       timed("b", "2026-04-30T12:00:00+02:00", "2026-04-30T13:00:00+02:00"), daily(),
       exception("22", "2026-04-22T11:00:00+02:00", "2026-04-22T11:30:00+02:00"),
       series(timed("gone", "2026-04-20T15:00:00+02:00", "2026-04-20T16:00:00+02:00"), {"RRULE:FREQ=WEEKLY"})});
  w.sync("viewport");
  w.sync("backfill");
  w.host.store.forget_changes();
  w.service.put({cancelled(timed("a", "2026-04-29T12:00:00+02:00", "2026-04-29T13:00:00+02:00")),
                 cancelled(series(timed("gone", "2026-04-20T15:00:00+02:00", "2026-04-20T16:00:00+02:00"),
                                  {"RRULE:FREQ=WEEKLY"})),
                 cancelled(exception("26", "2026-04-26T09:00:00+02:00", "2026-04-26T09:15:00+02:00"))});
  w.service.tell("forget");  // nobody is told of these any more
  w.service.tell("expire");

  SUBCASE("found by backfill") {
    w.sync("backfill");
    const auto asked = w.service.requests();
    CHECK(asked.back().find("syncToken") == std::string::npos);
    for (const auto& change : w.host.store.changes()) CHECK(change.kind == Change::Kind::deleted);
  }
  SUBCASE("found by viewport, which is quick at once and leaves the rest to backfill") {
    w.sync("viewport");
    CHECK(w.service.requests().back().find(window_query) != std::string::npos);
    CHECK_FALSE(w.host.store.cell(events_key, "a").has_value());
    CHECK(w.host.store.cell(events_key, "gone_20270104T140000Z").has_value());
    w.sync("backfill");
    CHECK(w.service.requests().back().find("syncToken") == std::string::npos);
  }
  auto mine = w.ids();
  CHECK(mine.size() == 1 + 19);
  std::sort(mine.begin(), mine.end());
  CHECK(mine == w.upstream_ids("2016-01-03T00:00:00Z", "2028-05-01T00:00:00Z"));
  w.host.store.forget_changes();
  w.sync("backfill");
  CHECK(w.host.store.changes().empty());
}

TEST_CASE("410 in the middle of pages: what its first pages brought goes with it") {
  World w;
  w.service.put({timed("a", "2026-04-29T12:00:00+02:00", "2026-04-29T13:00:00+02:00")});
  w.sync("backfill");
  w.service.tell("set", {{"pageSize", 1}});
  w.service.put({timed("b", "2026-04-30T12:00:00+02:00", "2026-04-30T13:00:00+02:00"),
                 timed("c", "2026-04-30T12:00:00+02:00", "2026-04-30T13:00:00+02:00")});
  w.service.answer_next("pageToken=1", 410, refusal(410, "fullSyncRequired"));
  w.sync("backfill");
  CHECK(w.ids() == Ids{"a", "b", "c"});
}

TEST_CASE("pages: all of them, and the token of the last one") {
  World w;
  w.service.tell("set", {{"pageSize", 3}});
  for (int i = 0; i < 10; ++i) {
    const std::string hour = std::to_string(10 + i);
    w.service.put({timed("e" + hour, "2026-04-29T" + hour + ":00:00+02:00", "2026-04-29T" + hour + ":30:00+02:00")});
  }
  w.service.requests();
  w.sync("backfill");
  CHECK(w.service.requests().size() == 4);
  CHECK(w.ids().size() == 10);
  CHECK(w.host.store.cursor(events_key, "head")->find("\"token\":\"1.10.false\"") != std::string::npos);
}

TEST_CASE("time goes on: series reach further, month by month") {
  World w;
  w.service.put({series(days("bins", "2026-01-01", "2026-01-02"), {"RRULE:FREQ=MONTHLY"})});
  w.sync("backfill");
  CHECK(w.ids().size() == 28);
  CHECK(w.ids().back() == "bins_20280401");
  w.host.clock.advance(std::chrono::hours(24 * 3));  // into May
  w.host.store.forget_changes();
  w.sync("viewport");
  CHECK(w.host.store.changes() == std::vector<Change>{{Change::Kind::created, events_key, "bins_20280501"}});
  w.sync("backfill");
  CHECK(w.host.store.changes().size() == 1);
}

TEST_CASE("cancelled at any step, what landed is sound, and a last sync completes it") {
  World w;
  w.service.tell("set", {{"pageSize", 2}});
  w.service.put(
      {timed("a", "2026-04-29T12:00:00+02:00", "2026-04-29T13:00:00+02:00"),
       series(timed("s", "2026-04-20T15:00:00+02:00", "2026-04-20T16:00:00+02:00"), {"RRULE:FREQ=WEEKLY;COUNT=5"}),
       timed("c", "2026-04-30T12:00:00+02:00", "2026-04-30T13:00:00+02:00")});
  for (const std::string stage : {"viewport", "backfill"}) {
    const auto before = w.ids();
    const auto rounds = cancel_at_every_step(*w.provider, events_key, stage, [&](std::size_t) {
      CHECK(w.host.store.open_transactions() == 0);
      const auto now = w.ids().size();
      CHECK((now == before.size() || now == 7));
    });
    REQUIRE_MESSAGE(rounds.has_value(), (rounds ? "" : rounds.error().message));
    CHECK(w.ids().size() == 7);
  }
}

TEST_CASE("a hundred series, and one with much to say: the memory of a row fits into cursors") {
  World w;
  json::array many;
  for (int i = 0; i < 100; ++i) {
    auto one = series(days("s" + std::to_string(i), "2026-04-01", "2026-04-02"), {"RRULE:FREQ=YEARLY;COUNT=2"});
    one["description"] = std::string(i == 50 ? 150'000 : 3'000, static_cast<char>('a' + i % 26));
    many.push_back(one);
  }
  w.service.tell("put", {{"events", many}});
  w.sync("backfill");
  CHECK(w.ids().size() == 200);
  // One of them changes: the others are remembered.
  w.host.store.forget_changes();
  w.service.put({series(days("s7", "2026-04-01", "2026-04-02"), {"RRULE:FREQ=YEARLY;COUNT=3"})});
  w.sync("backfill");
  CHECK(w.ids().size() == 201);
  CHECK(w.host.store.changes().size() == 3);
  CHECK(w.data("s50_20270401").at("description").as_string().size() == 150'000);
  // A memory that was damaged is none: everything is read anew, and is as it was.
  std::string piece;
  for (int i = 0; piece.empty() || !w.host.store.cursor(events_key, piece); ++i)
    piece = "series." + std::to_string(i) + ".0";
  w.host.store.set_cursor(events_key, piece, "[{]");
  w.host.store.forget_changes();
  w.sync("backfill");
  CHECK(w.host.store.changes().empty());
  CHECK(w.service.requests().back().find("syncToken") == std::string::npos);
}

TEST_CASE("a rule that nobody understands holds nothing up") {
  World w;
  w.service.put({timed("a", "2026-04-29T12:00:00+02:00", "2026-04-29T13:00:00+02:00")});
  w.service.answer_next("singleEvents=false", 200,
                        R"({"timeZone":"Europe/Berlin","nextSyncToken":"1.1.false","items":[
    {"id":"odd","etag":"\"1\"","summary":"Odd","recurrence":["RRULE:FREQ=SOMETIMES"],
     "start":{"dateTime":"2026-04-29T12:00:00+02:00","timeZone":"Europe/Berlin"},
     "end":{"dateTime":"2026-04-29T13:00:00+02:00","timeZone":"Europe/Berlin"}}]})");
  const auto done = w.sync("backfill");
  CHECK(w.ids() == Ids{"odd_20260429T100000Z"});
  CHECK(done.skipped == 1);
  CHECK(done.skipped_note == "series odd: the recurrence line `RRULE:FREQ=SOMETIMES` is not understood (RFC 5545)");
}

TEST_CASE("topology: both stages of a calendar take turns, whichever account reads it") {
  World w;
  w.host.auth.put({.kind = "google", .auth_id = "2"});
  CHECK(w.provider->lock_key(events_key, "backfill") == "calendar:me@example.com");
  CHECK(w.provider->lock_key(events_key, "viewport") == "calendar:me@example.com");
  CHECK(w.provider->lock_key(":~google:2:calendar:me@example.com:events", "backfill") == "calendar:me@example.com");
  CHECK(text(w.provider->window(events_key, "viewport")->from) == "ymd-2026-04-01");
  CHECK(text(w.provider->window(events_key, "backfill")->from) == "open");
}

TEST_CASE("freebusy: the asked range, piece by piece") {
  World w;
  w.service.put({timed("a", "2026-04-29T12:00:00+02:00", "2026-04-29T13:00:00+02:00"),
                 timed("b", "2026-04-29T12:30:00+02:00", "2026-04-29T14:00:00+02:00"),
                 days("leave", "2026-04-10", "2026-08-20")});
  w.service.tell("put", {{"events", json::array{json::object{{"id", "free"},
                                                             {"transparency", "transparent"},
                                                             {"start", {{"dateTime", "2026-02-01T12:00:00Z"}}},
                                                             {"end", {{"dateTime", "2026-02-01T13:00:00Z"}}}}}}});
  const auto cells = w.provider->get(
      free_busy_key, {tento::PartialDate::ymd(2026, 1, 1).value(), tento::PartialDate::ymd(2026, 12, 1).value()});
  REQUIRE_MESSAGE(cells.has_value(), (cells ? "" : cells.error().message));
  REQUIRE(cells->size() == 1);  // one absence over several questions
  CHECK(cells->at(0).date->text() == "2026-04-10T00:00:00+00:00");
  CHECK(cells->at(0).end_date->text() == "2026-08-20T00:00:00+00:00");
  CHECK(json::parse(cells->at(0).data).at("busy") == true);
  CHECK(w.provider->get(free_busy_key).value().size() == 1);
  const auto much = w.provider->get(
      free_busy_key, {tento::PartialDate::ymd(2026, 1, 1).value(), tento::PartialDate::ymd(2028, 1, 1).value()});
  REQUIRE_FALSE(much.has_value());
  CHECK(much.error().tag == "range_too_long");
  const auto none = w.provider->get(":~google:1:calendar:nobody@example.com:events:freebusy");
  REQUIRE_FALSE(none.has_value());
  CHECK(none.error().message.find("nobody@example.com") != std::string::npos);
}
