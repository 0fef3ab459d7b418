// SPDX-License-Identifier: Apache-2.0
// The library over answers that were made up: events of every form, and what no service should say.
#include <doctest/doctest.h>

#include <boost/json.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <ostream>
#include <string>
#include <tento/sdk/testing/transports.hpp>

#include "google/event_list.hpp"

using namespace google;
using namespace tento::testing;
namespace json = boost::json;
using tento::ErrorClass;
using tento::ErrorCode;

namespace {

const std::string calendar_url =
    "https://www.googleapis.com/calendar/v3/calendars/c/events?maxResults=1000&singleEvents=false";
const std::string times_json =
    R"("start":{"dateTime":"2026-04-29T09:00:00+02:00"},"end":{"dateTime":"2026-04-29T10:00:00+02:00"})";

struct Outcome {
  std::vector<Event> events;
  std::vector<OddRecord> odd;
  tento::Error error;
  std::string token;
};

Outcome walk(CannedTransport& http, EventQuery query = {.calendar = "c"}) {
  Outcome out;
  const Client client;
  EventList list(client, http, std::move(query));
  while (list.more()) {
    const auto read = list.fetch(
        [&out](Event& event) -> tento::Result<void> {
          out.events.push_back(event);
          return {};
        },
        [&out](const OddRecord& odd) { out.odd.push_back(odd); });
    if (!read) {
      out.error = read.error();
      return out;
    }
  }
  out.token = list.next_sync_token();
  return out;
}

Outcome of_body(const std::string& body, std::uint32_t status = 200, tento::http::Headers headers = {}) {
  CannedTransport http;
  http.on("GET", calendar_url, answer(status, body, std::move(headers)));
  return walk(http);
}

Outcome of_items(const std::string& items, const std::string& zone = "UTC") {
  return of_body(R"({"kind":"calendar#events","timeZone":")" + zone + R"(","items":[)" + items +
                 R"(],"nextSyncToken":"t"})");
}

std::string start_of(const Outcome& got, std::size_t index = 0) {
  REQUIRE_MESSAGE(got.odd.empty(), got.odd.front().why);
  return got.events.at(index).start->semantic().local_text();
}

}  // namespace

TEST_CASE("events: everything that is told of one") {
  const auto got = of_items(R"({"kind":"calendar#event","etag":"\"1\"","id":"a","status":"tentative",
    "htmlLink":"https://www.google.com/calendar/event?eid=x","created":"2026-01-01T00:00:00Z","updated":"2026-04-01T10:00:00.123Z",
    "summary":"Plan \"B\"","description":"<b>x</b>","location":"Room 1","transparency":"transparent","visibility":"private",
    "organizer":{"email":"o@example.com","displayName":"O"},"iCalUID":"a@google.com",
    "attendees":[{"email":"b@example.com","displayName":"B","responseStatus":"needsAction","optional":true},
                 {"email":"me@example.com","self":true,"organizer":true,"responseStatus":"accepted"}, 5],)" +
                            times_json + R"(,"hangoutLink":"https://x"})");
  REQUIRE_MESSAGE(got.error.message.empty(), got.error.message);
  REQUIRE(got.events.size() == 1);
  CHECK(got.token == "t");
  const Event& event = got.events[0];
  CHECK(event.etag == "\"1\"");
  CHECK(event.updated == "2026-04-01T10:00:00.123Z");
  const auto data = json::parse(event_data(event.details, *event.start, *event.end, event.series, event.original));
  CHECK(data ==
        json::parse(
            R"({"title":"Plan \"B\"","location":"Room 1","description":"<b>x</b>","status":"tentative","busy":false,
    "visibility":"private","url":"https://www.google.com/calendar/event?eid=x","organizer":{"name":"O","email":"o@example.com"},
    "attendees":[{"name":"B","email":"b@example.com","status":"needs_action","optional":true},
                 {"email":"me@example.com","self":true,"status":"accepted","organizer":true}],
    "uid":"a@google.com","updated":"2026-04-01T10:00:00.123Z",
    "start":"2026-04-29T09:00:00+02:00","end":"2026-04-29T10:00:00+02:00","all_day":false})"));
  CHECK(event.raw.find("hangoutLink") != std::string::npos);
}

TEST_CASE("events: little is enough") {
  const auto got = of_items("{\"id\":\"a\"," + times_json +
                            "},"
                            R"({"id":"b","status":"cancelled"},
       {"id":"c_20260429","recurringEventId":"c","originalStartTime":{"date":"2026-04-29"},"status":"cancelled"},
       {"id":"d","start":{"date":"2026-04-29"}})");
  REQUIRE_MESSAGE(got.error.message.empty(), got.error.message);
  REQUIRE(got.events.size() == 4);
  CHECK(got.events[1].cancelled);
  CHECK(cell_id(got.events[2]) == "c_20260429");
  CHECK(got.events[3].start->key() == "20260429");
  CHECK(json::parse(got.events[0].details).at("title") == "");
  CHECK(inclusive_end(*got.events[3].start, *got.events[3].end).text() == "ymd-2026-04-29");
}

TEST_CASE("events: an instance is named by its series and its original start, whatever the service calls it") {
  const auto got = of_items(
      R"({"id":"whatever","recurringEventId":"s","originalStartTime":{"dateTime":"2026-04-29T09:00:00+02:00"},)" +
      times_json + "}");
  REQUIRE(got.events.size() == 1);
  CHECK(cell_id(got.events[0]) == "s_20260429T070000Z");
  CHECK(parse_instance_id("s_20260429T070000Z")->series == "s");
  CHECK(parse_instance_id("_a_b_20260429")->series == "_a_b");
  for (const char* other :
       {"s", "s_R20260429T070000", "s_2026042", "_20260429", "s_20260429T070000", "s_2026042aT070000Z"}) {
    CHECK_FALSE(parse_instance_id(other).has_value());
  }
}

TEST_CASE("events: odd ones are kept out and named, and all others come") {
  struct Row {
    std::string item;
    std::string what;
    std::string why;
  };
  const std::string place = "event 2 of page 1";
  for (const Row& row : {
           Row{"{" + times_json + "}", place, "it has no `id`"},
           Row{"{\"id\":7," + times_json + "}", place, "it has no `id`"},
           Row{"{\"id\":null," + times_json + "}", place, "it has no `id`"},
           Row{"5", place, "it is not an object"},
           Row{"null", place, "it is not an object"},
           Row{R"({"id":"a"})", "event a", "`start` is missing"},
           Row{R"({"id":"a","start":null})", "event a", "`start` is missing"},
           Row{R"({"id":"a","start":5})", "event a", "`start` is not an object"},
           Row{R"({"id":"a","start":{}})", "event a", "`start` has neither `date` nor `dateTime`"},
           Row{R"({"id":"a","start":{"date":"2026-02-30"}})", "event a",
               "`start` holds `2026-02-30`, which is not a date"},
           Row{R"({"id":"a","start":{"date":"2026-4-3"}})", "event a", "`start` holds `2026-4-3`, which is not a date"},
           Row{R"({"id":"a","start":{"date":"10000-01-01"}})", "event a",
               "`start` holds `10000-01-01`, which is not a date"},
           Row{R"({"id":"a","start":{"date":"9999-12-31"},"end":{"date":"10000-01-01"}})", "event a",
               "`end` holds `10000-01-01`, which is not a date"},
           Row{R"({"id":"a","start":{"dateTime":"yesterday"}})", "event a",
               "`start` holds `yesterday`, which is not a time"},
           Row{R"({"id":"a","start":{"dateTime":"10000-01-01T00:00:00Z"}})", "event a",
               "`start` holds `10000-01-01T00:00:00Z`, which is not a time"},
           Row{R"({"id":"a","start":{"dateTime":"0000-01-01T00:00:00","timeZone":"Asia/Tokyo"}})", "event a",
               "`start` holds `0000-01-01T00:00:00`, which is not within the years 0 to 9999"},
           Row{R"({"id":"a","start":{"date":"2026-04-29"},"end":{"dateTime":"2026-04-29T09:00:00Z"}})", "event a",
               "one of `start` and `end` is a day, the other not"},
           Row{R"({"id":"a","start":{"dateTime":"2026-04-29T09:00:00Z"},"end":{"date":"2026-04-29"}})", "event a",
               "one of `start` and `end` is a day, the other not"},
           Row{R"({"id":"a","recurringEventId":"s","status":"cancelled"})", "event a",
               "it is a cancelled instance, and neither `originalStartTime` nor its id says which"},
           Row{R"({"id":"a","recurringEventId":"s","originalStartTime":{"date":"2026-02-30"},)" + times_json + "}",
               "event a", "`originalStartTime` holds `2026-02-30`, which is not a date"},
           Row{"{\"id\":\"a\",\"recurrence\":[5]," + times_json + "}", "event a", "a line of `recurrence` is not text"},
           Row{"{\"id\":\"a\",\"recurrence\":\"RRULE:FREQ=DAILY\"," + times_json + "}", "event a",
               "`recurrence` is not a list"},
       }) {
    CAPTURE(row.item);
    const auto got =
        of_items("{\"id\":\"good1\"," + times_json + "}," + row.item + ",{\"id\":\"good2\"," + times_json + "}");
    REQUIRE_MESSAGE(got.error.message.empty(), got.error.message);
    CHECK(got.token == "t");
    REQUIRE(got.events.size() == 2);
    CHECK(got.events[1].id == "good2");
    REQUIRE(got.odd.size() == 1);
    CHECK(got.odd[0].what == row.what);
    CHECK(got.odd[0].why == row.why);
    CHECK(got.odd[0].id == (row.what == "event a" ? "a" : ""));
  }
}

TEST_CASE("events: a time without an offset is by its zone, else by the calendar's") {
  const auto at = [](const std::string& start) { return "{\"id\":\"a\",\"start\":" + start + "}"; };
  CHECK(start_of(of_items(at(R"({"dateTime":"2026-07-20T19:00:00","timeZone":"America/Chicago"})"))) ==
        "2026-07-20T19:00:00-05:00");
  CHECK(start_of(of_items(at(R"({"dateTime":"2026-11-20T19:00:00.25","timeZone":"America/Chicago"})"))) ==
        "2026-11-20T19:00:00.250-06:00");
  CHECK(start_of(of_items(at(R"({"dateTime":"2026-07-20T19:00:00"})"), "Europe/Berlin")) ==
        "2026-07-20T19:00:00+02:00");
  CHECK(start_of(of_items(at(R"({"dateTime":"2026-07-20T19:00:00","timeZone":"Nowhere/At All"})"), "Europe/Berlin")) ==
        "2026-07-20T19:00:00+02:00");
  const auto none = of_items(at(R"({"dateTime":"2026-07-20T19:00:00","timeZone":"Nowhere"})"), "");
  REQUIRE(none.odd.size() == 1);
  CHECK(none.odd[0].why ==
        "`start` holds `2026-07-20T19:00:00`, without a UTC offset and in the unknown zone `Nowhere`");
  CHECK(of_items(at(R"({"dateTime":"2026-07-20T19:00:00"})"), "").odd.at(0).why ==
        "`start` holds `2026-07-20T19:00:00`, without a UTC offset and in no zone");
}

TEST_CASE("events: zones by the names of Windows, or unknown ones") {
  const auto of = [](const std::string& zone) {
    const auto got =
        of_items(R"({"id":"a","start":{"dateTime":"2026-11-20T19:00:00-06:00","timeZone":")" + zone + "\"}}");
    REQUIRE(got.events.size() == 1);
    const Event& event = got.events[0];
    const auto data = json::parse(event_data(event.details, *event.start, *event.end, {}, {})).as_object();
    const auto* named = data.if_contains("zone");
    return (named == nullptr ? std::string("-") : json::value_to<std::string>(*named)) + " " +
           json::value_to<std::string>(data.at("start"));
  };
  CHECK(of("Central Standard Time") == "America/Chicago 2026-11-20T19:00:00-06:00");
  CHECK(of("W. Europe Standard Time") == "Europe/Berlin 2026-11-21T02:00:00+01:00");
  CHECK(of("GMT+01:00") == "- 2026-11-21T02:00:00+01:00");
  CHECK(of("Customized Time Zone") == "- 2026-11-20T19:00:00-06:00");  // as it was written
  CHECK(of("../../../etc/passwd") == "- 2026-11-20T19:00:00-06:00");
  CHECK(of("leapseconds") == "- 2026-11-20T19:00:00-06:00");
}

TEST_CASE("events: what is null is as what is not there") {
  const auto got =
      of_items(R"({"id":"a","recurrence":null,"summary":null,"attendees":null,"organizer":null,"status":null,
    "recurringEventId":null,"originalStartTime":null,"start":{"date":"0000-12-31","dateTime":null},"end":null})");
  REQUIRE_MESSAGE(got.odd.empty(), got.odd.front().why);
  REQUIRE(got.events.size() == 1);
  CHECK(got.events[0].recurrence.empty());
  CHECK(got.events[0].start->semantic().text() == "ymd-0000-12-31");
  CHECK(json::parse(got.events[0].details).at("status") == "confirmed");
}

TEST_CASE("events: an instance without its original start is named by its id, or stands for itself") {
  const auto got = of_items(
      R"({"id":"s_20260429T070000Z","recurringEventId":"s",)" + times_json +
      R"(},{"id":"s_20260430","recurringEventId":"s","status":"cancelled"},{"id":"private","recurringEventId":"gone",)" +
      times_json + "}");
  REQUIRE_MESSAGE(got.odd.empty(), got.odd.front().why);
  REQUIRE(got.events.size() == 3);
  CHECK(got.events[0].original->key() == "20260429T070000Z");
  CHECK(got.events[1].original->key() == "20260430");
  CHECK_FALSE(got.events[2].original.has_value());
  CHECK(cell_id(got.events[2]) == "private");
  for (const char* key : {"", "2026042", "20260230", "20260429T250000Z", "20260429T070000X", "20260429X070000Z"}) {
    CHECK_FALSE(EventTime::of_key(key).has_value());
  }
}

TEST_CASE("zones: a name is unknown only where the database can be read") {
  char folder[] = "/tmp/tento-zones-XXXXXX";
  REQUIRE(mkdtemp(folder) != nullptr);
  const std::filesystem::path at = folder;
  const auto none = detail::why_not_found(at, "Europe/Berlin");
  REQUIRE(none.has_value());
  CHECK(none->tag == "google_zone_database");
  CHECK(none->code == ErrorCode::io);
  CHECK(none->error_class == ErrorClass::config);
  CHECK(none->message.find("/UTC: No such file or directory; install the package tzdata") != std::string::npos);
  CHECK(detail::why_not_found(at / "not-there", "Nowhere").has_value());
  std::ofstream(at / "UTC") << "TZif2";
  std::ofstream(at / "tables") << "# text";
  std::ofstream(at / "New") << "TZif2";
  std::filesystem::create_directory(at / "Folder");
  std::filesystem::create_symlink("Loop", at / "Loop");  // cannot be opened, whoever asks
  for (const char* unknown : {"Nowhere", "Folder/Nowhere", "UTC/Nowhere", "tables", "Folder", "../../etc/passwd",
                              "Central Standard Time", ""}) {
    CAPTURE(unknown);
    CHECK_FALSE(detail::why_not_found(at, unknown).has_value());
  }
  CHECK(detail::why_not_found(at, "Loop")->message.find("Too many levels of symbolic links") != std::string::npos);
  CHECK(detail::why_not_found(at, "New")->message.find("start it again") != std::string::npos);
  std::filesystem::remove_all(at);
}

TEST_CASE("pages: HTML, broken JSON, no list, loops, too many, too large") {
  for (const std::string body : {"<html>Sign in</html>", "", "{\"items\":[", "[]", "null", "{\"items\":{}}", "{}"}) {
    CAPTURE(body);
    const auto got = of_body(body);
    CHECK(got.error.tag == "google_bad_answer");
    CHECK(got.error.message.starts_with("page 1 of the events of c: "));
  }
  CannedTransport circle;
  const std::string page = R"({"items":[],"nextPageToken":"x"})";
  circle.on("GET", calendar_url, answer(200, page));
  circle.on("GET", calendar_url + "&pageToken=x", answer(200, R"({"items":[],"nextPageToken":"y"})"));
  circle.on("GET", calendar_url + "&pageToken=y", answer(200, page));
  CHECK(walk(circle).error.tag == "page_repeats");
  CannedTransport many;
  many.on("GET", calendar_url, answer(200, page));
  CHECK(walk(many, {.calendar = "c", .limits = {.most_pages = 1}}).error.tag == "too_many_pages");
  CHECK(of_body("{\"items\":[],\"x\":\"" + std::string(70u << 20, 'x') + "\"}").error.code == ErrorCode::too_large);
}

TEST_CASE("refusals: dead tokens, scopes, budgets of every kind, what is gone, trouble") {
  const auto refused = [](std::uint32_t status, const std::string& reason, tento::http::Headers headers = {}) {
    return of_body(R"({"error":{"code":1,"message":"Said so","errors":[{"domain":"x","reason":")" + reason + "\"}]}}",
                   status, std::move(headers))
        .error;
  };
  const auto dead = refused(401, "authError");
  CHECK(dead.tag == "google_auth_expired");
  CHECK(dead.error_class == ErrorClass::auth);
  CHECK(dead.message.find("Said so") != std::string::npos);
  CHECK(refused(403, "insufficientPermissions").tag == "google_scope_missing");
  CHECK(refused(403, "insufficientPermissions").message.find("READ_EVENTS") != std::string::npos);
  CHECK(of_body(R"({"error":{"code":403,"details":[{"@type":"x","reason":"ACCESS_TOKEN_SCOPE_INSUFFICIENT"}]}})", 403)
            .error.tag == "google_scope_missing");
  for (const char* reason : {"rateLimitExceeded", "userRateLimitExceeded", "quotaExceeded"}) {
    CAPTURE(reason);
    const auto budget = refused(403, reason);
    CHECK(budget.error_class == ErrorClass::rate_limit);
    CHECK(budget.retry_after_ms == 60'000);
    CHECK(refused(403, reason, {{"Retry-After", "17"}}).retry_after_ms == 17'000);
    CHECK(refused(429, reason).error_class == ErrorClass::rate_limit);
    CHECK(budget.remedy == "wait, then try again");
  }
  for (const char* body :
       {"", "<html>", R"({"error":{"code":429,"message":"Too many","status":"RESOURCE_EXHAUSTED"}})"}) {
    CHECK(of_body(body, 429).error.error_class == ErrorClass::rate_limit);
    CHECK(of_body(body, 429).error.retry_after_ms == 60'000);
  }
  CHECK(
      of_body(R"({"error":{"code":403,"message":"Too many","status":"RESOURCE_EXHAUSTED"}})", 403).error.error_class ==
      ErrorClass::rate_limit);
  CHECK(of_body(R"({"error":{"code":403,"message":"No","status":"PERMISSION_DENIED"}})", 403).error.remedy ==
        "grant_access");
  CHECK(refused(403, "forbidden").code == ErrorCode::forbidden);
  CHECK(refused(404, "notFound").code == ErrorCode::not_found);
  CHECK(refused(404, "notFound").message.starts_with("the events of c: "));
  CHECK(refused(410, "fullSyncRequired").http_status == 410);
  CHECK(refused(500, "backendError").error_class == ErrorClass::transient);
  CHECK(of_body("<html>", 503).error.error_class == ErrorClass::transient);
  CHECK(of_body("<html>", 403).error.code == ErrorCode::forbidden);
}

TEST_CASE("scopes: read, asserted, told") {
  const auto granted = GoogleScopes::parse(
      "openid https://www.googleapis.com/auth/userinfo.email https://www.googleapis.com/auth/gmail.readonly  "
      "https://www.googleapis.com/auth/calendar.events");
  CHECK(granted ==
        GoogleScopes{GoogleScope::Name::openid, GoogleScope::Name::email, GoogleScope::Name::calendar_events});
  CHECK(granted.text() == "openid email https://www.googleapis.com/auth/calendar.events");
  CHECK(granted.assert_one_of(READ_EVENTS).has_value());
  CHECK(granted.assert_one_of(WATCH_CALENDAR).has_value());
  CHECK(granted.assert_one_of(EDIT_EVENT_SCOPES).has_value());
  CHECK_FALSE(granted.assert_one_of(READ_CALENDAR).has_value());
  for (const ScopeGroup& group : {READ_CALENDAR, READ_EVENTS, WATCH_CALENDAR, EDIT_EVENT_SCOPES, READ_FREEBUSY}) {
    CAPTURE(group.name);
    CHECK(group.any.has(group.least));
    CHECK(group.any.has(GoogleScope::Name::calendar));
    CHECK(GoogleScope::parse(group.least.text()) == group.least);
  }
  CHECK(GoogleScopes::parse("").empty());
  CHECK_FALSE(Client::new_from_handle("openid", READ_EVENTS).has_value());
  CHECK(Client::new_from_handle("", READ_EVENTS).has_value());
}

TEST_CASE("paths: whatever a calendar is called, it stays one segment") {
  const Client client;
  CHECK(client.events_url("a/../b?c#d@example.com", "/x") ==
        "https://www.googleapis.com/calendar/v3/calendars/a%2F..%2Fb%3Fc%23d%40example.com/events/x");
}
