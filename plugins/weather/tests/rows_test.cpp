// SPDX-License-Identifier: Apache-2.0
// Rows by their keys: days, hours, air; stages and what is known by them.
#include <set>

#include "connector/weather.hpp"
#include "world.hpp"

using namespace weather::test;
namespace json = boost::json;
using tento::testing::Change;

namespace {

std::size_t cells_of(World& w, const std::string& key) {
  return w.host.store.cells(key).size();
}

// What cells say of days is what the stub's own zones make of its hours.
void check_days(World& w, const std::string& key, const std::string& latitude, const std::string& longitude,
                const std::string& from, const std::string& to) {
  const json::object expected = w.service.days(latitude, longitude, from, to);
  REQUIRE_FALSE(expected.empty());
  for (const auto& expected_day : expected) {
    const std::string date = expected_day.key();
    const json::value& says = expected_day.value();
    CAPTURE(date);
    const json::object day = w.day(key, date);
    CHECK(day.at("hours") == says.at("hours"));
    for (const std::string name : {"temperature_max", "temperature_min", "precipitation", "weather_code"}) {
      CAPTURE(name);
      CHECK(day.at(name).to_number<double>() == doctest::Approx(says.at(name).to_number<double>()));
    }
  }
}

}  // namespace

TEST_CASE("days: a place by its GeoNames id") {
  World w;
  const auto done = w.sync(perth);
  CHECK(done.seen == 21);
  CHECK(done.skipped == 0);
  CHECK(cells_of(w, perth) == 21);
  CHECK(w.dates(perth).front() == "ymd-2026-04-22");
  CHECK(w.dates(perth).back() == "ymd-2026-05-12");
  CHECK(w.coverage(perth) == std::vector<std::string>{"have ymd-2026-04-22 ymd-2026-05-13"});
  const auto asked = w.service.requests();
  REQUIRE(asked.size() == 2);
  CHECK(asked[0] == "GET /v1/get?id=2063523");
  CHECK(asked[1].find("latitude=-31.95&longitude=115.86&") != std::string::npos);
  check_days(w, perth, "-31.95", "115.86", "2026-04-22", "2026-05-13");
  const json::object day = w.day(perth, "2026-04-29");
  CHECK(day.at("source") == "forecast");
  CHECK(day.at("sunrise").as_string().ends_with("+08:00"));
  CHECK(day.at("sunrise").as_string().starts_with("2026-04-29T06:"));
  CHECK(day.at("daylight").as_int64() > 36000);
  CHECK(day.contains("weather"));
  CHECK(day.contains("uv_index_max"));
  // Where it is, is not asked again, and nothing that is the same is written again.
  w.host.store.forget_changes();
  w.sync(perth);
  CHECK(w.service.requests().size() == 1);
  CHECK(w.host.store.changes().empty());
}

TEST_CASE("days: the service's own numbers are beside ours, byte for byte") {
  World w;
  w.sync(berlin);
  const auto cells = w.host.store.cells(berlin);
  const json::object raw = json::parse(cells.front().raw).as_object();
  CHECK(raw.at("timezone") == "Europe/Berlin");
  CHECK(raw.at("hourly_units").at("temperature_2m") == "°C");
  CHECK(raw.at("hourly").at("time").as_array().size() == 24);
  CHECK(raw.at("hourly").at("time").at(0) == 1776808800);
  CHECK(raw.at("hourly").at("temperature_2m").as_array().size() == 24);
}

TEST_CASE("hours: moments with the place's offset, and an id each") {
  World w;
  const std::string key = berlin + ":hourly";
  const auto done = w.sync(key);
  // Two days more on both sides: of hours none is to be missing in any calendar.
  CHECK(done.seen == (19 + 4) * 24);
  CHECK(w.coverage(key) == std::vector<std::string>{"have 2026-04-19T22:00:00+00:00 2026-05-12T22:00:00+00:00"});
  const auto cell = w.host.store.cell(key, "2026-04-29T10:00Z");
  REQUIRE(cell.has_value());
  CHECK(cell->date->local_text() == "2026-04-29T12:00:00+02:00");
  const json::object data = json::parse(cell->data).as_object();
  CHECK(data.contains("temperature"));
  CHECK(data.contains("wind_gusts"));
  CHECK(data.at("source") == "forecast");
  CHECK(json::parse(cell->raw).at("hourly").at("time") == json::array{1777456800});
}

TEST_CASE("air: what was and what will be come from one source; pollen where there is any") {
  World w;
  const std::string here = berlin + ":air";
  const std::string there = perth + ":air";
  w.sync(here);
  w.sync(there);
  CHECK(w.coverage(here) == std::vector<std::string>{"have 2026-04-19T22:00:00+00:00 2026-05-03T22:00:00+00:00"});
  const auto of = [&](const std::string& key) {
    return json::parse(w.host.store.cell(key, "2026-04-29T10:00Z")->data).as_object();
  };
  CHECK(of(here).contains("birch_pollen"));
  CHECK_FALSE(of(there).contains("birch_pollen"));
  CHECK(of(there).contains("pm2_5"));
  CHECK(w.service.asked("/v1/air-quality") == 2);
  w.sync(here, "backfill");
  const auto asked = w.service.requests();
  CHECK(asked.size() == 5);
  for (const auto& one : asked) CHECK(one.find("/v1/air-quality") != std::string::npos);
  CHECK(w.dates(here).front() == "2025-04-26T00:00:00+02:00");
}

TEST_CASE("backfill: a year of the archive, newest first, and none of it twice") {
  World w;
  w.sync(berlin);
  w.service.requests();
  const auto done = w.sync(berlin, "backfill");
  CHECK(done.seen == 359);
  CHECK(cells_of(w, berlin) == 366 + 14);
  const auto asked = w.service.requests();
  CHECK(asked.size() == 5);
  CHECK(asked[0].find("/v1/forecast") != std::string::npos);
  CHECK(asked[1].find("/v1/archive") != std::string::npos);
  CHECK(asked[1].ends_with("start_date=2026-01-14&end_date=2026-04-17"));
  CHECK(asked[4].find("start_date=2025-04-27&") != std::string::npos);
  CHECK(w.day(berlin, "2026-01-15").at("source") == "archive");
  CHECK_FALSE(w.day(berlin, "2026-01-15").contains("uv_index_max"));
  CHECK(w.coverage(berlin).back() == "have ymd-2025-04-28 ymd-2025-07-15");
  CHECK(w.host.store.cursor(berlin, "history") == "1 2025-04-28 2026-04-17");
  // Winter is told by the offset of summer; its days are their own all the same.
  check_days(w, berlin, "52.52", "13.41", "2025-10-20", "2025-11-02");
  check_days(w, berlin, "52.52", "13.41", "2026-01-10", "2026-01-20");
  check_days(w, berlin, "52.52", "13.41", "2026-03-25", "2026-04-02");
  CHECK(w.day(berlin, "2025-10-26").at("hours") == 25);
  CHECK(w.day(berlin, "2026-03-29").at("hours") == 23);

  w.sync(berlin, "backfill");
  CHECK(w.service.asked("/v1/archive") == 0);
  w.set_now("2026-05-04T12:00:00Z");
  w.sync(berlin, "backfill");
  const auto later = w.service.requests();
  CHECK(later.size() == 2);
  CHECK(later[1].ends_with("start_date=2026-04-16&end_date=2026-04-22"));
  CHECK(w.host.store.cursor(berlin, "history") == "1 2025-04-28 2026-04-22");
}

TEST_CASE("backfill yields between two quarters and goes on where it was") {
  World w;
  int runs = 0;
  for (bool more = true; more; ++runs) {
    REQUIRE(runs < 10);
    const auto done = w.provider->sync(berlin, "backfill", {.yield_after = 1});
    REQUIRE(done.has_value());
    more = done->more;
  }
  CHECK(runs == 4);
  CHECK(w.service.asked("/v1/archive") == 4);
  CHECK(w.host.store.cursor(berlin, "history") == "1 2025-04-28 2026-04-17");
}

TEST_CASE("the archive is late: what it has not got yet is said, and asked for again") {
  World w;
  w.service.tell("set", {{"lateDays", 20}});
  w.sync(berlin);
  w.sync(berlin, "backfill");
  const auto first = w.coverage(berlin);
  CHECK(std::find(first.begin(), first.end(), "failed ymd-2026-04-09 ymd-2026-04-17") != first.end());
  CHECK(w.host.store.cursor(berlin, "history") == "1 2025-04-28 2026-04-09");
  for (const auto& one : w.host.store.coverage(berlin)) {
    if (one.state == TENTO_COVERAGE_FAILED) {
      CHECK(one.error_class == tento::ErrorClass::transient);
      CHECK(one.retry_after_ms == 86'400'000);
    }
  }
  // What the forecast had told of such days is held, and not the last word.
  w.host.store.put(berlin, {{.date = tento::partial_date("ymd-2026-04-12"), .data = "{}"}});
  w.sync(berlin, "backfill");
  CHECK(w.coverage(berlin).back() == "stale ymd-2026-04-09 ymd-2026-04-17");
  w.service.tell("set", {{"lateDays", 5}});
  w.service.requests();
  w.sync(berlin, "backfill");
  CHECK(w.service.asked("start_date=2026-04-08&end_date=2026-04-17") == 1);
  CHECK(w.host.store.cursor(berlin, "history") == "1 2025-04-28 2026-04-17");
  CHECK(w.day(berlin, "2026-04-12").at("source") == "archive");
}

TEST_CASE("a day is the place's own, wherever who looks at it is") {
  // The place is a day ahead of its owner, or behind; who travels finds the same days.
  for (const std::string zone : {"Pacific/Honolulu", "Pacific/Kiritimati", "UTC"}) {
    CAPTURE(zone);
    World w;
    w.host.zones.set_zone("Pacific/Honolulu", -600);
    w.host.zones.set_zone("Pacific/Kiritimati", 840);
    w.host.defaults.owner_zone = zone;
    for (const std::string at : {"1.98,-157.48", "21.31,-157.86", "-31.95,115.86"}) {
      CAPTURE(at);
      const std::string key = ":~weather:" + at;
      w.sync(key);
      const std::size_t comma = at.find(',');
      check_days(w, key, at.substr(0, comma), at.substr(comma + 1), "2026-04-24", "2026-05-11");
    }
  }
}

TEST_CASE("hours cover the window in the calendar of whoever owns the row") {
  World w;
  w.host.zones.set_zone("Pacific/Honolulu", -600);
  w.host.defaults.owner_zone = "Pacific/Honolulu";
  const std::string key = ":~weather:1.98,-157.48:hourly";  // 24 hours ahead
  w.sync(key);
  const auto window = w.provider->window(key, "viewport");
  REQUIRE(window.has_value());
  const auto covered = w.host.store.coverage(key);
  REQUIRE(covered.size() == 1);
  const auto midnight = [](tento::Date day) { return tento::utc_datetime(day) + std::chrono::hours(10); };
  CHECK(*covered[0].span.from->instant() <= midnight(window->from->start()));
  CHECK(*covered[0].span.to->instant() >= midnight(window->to->start()));
}

TEST_CASE("zones whose clocks change elsewhere, at midnight, or by half an hour") {
  struct Case {
    std::string_view now;
    std::string latitude, longitude, from, to;
    std::string_view odd_day;
    int hours;
  };
  for (const Case& c :
       std::vector<Case>{{"2026-04-04T12:00:00Z", "-33.87", "151.21", "2026-04-01", "2026-04-09", "2026-04-05", 25},
                         {"2026-10-03T12:00:00Z", "-33.87", "151.21", "2026-09-30", "2026-10-08", "2026-10-04", 23},
                         {"2026-04-04T12:00:00Z", "-31.55", "159.08", "2026-04-01", "2026-04-09", "2026-04-05", 24},
                         {"2026-09-05T12:00:00Z", "-33.45", "-70.65", "2026-09-02", "2026-09-10", "2026-09-06", 23},
                         {"2026-10-24T12:00:00Z", "52.52", "13.41", "2026-10-21", "2026-10-29", "2026-10-25", 25},
                         {"2026-04-29T12:00:00Z", "22.56", "88.36", "2026-04-26", "2026-05-04", "2026-04-29", 24},
                         {"2026-04-29T12:00:00Z", "27.70", "85.32", "2026-04-26", "2026-05-04", "2026-04-29", 24}}) {
    World w;
    w.set_now(c.now);
    const std::string key = ":~weather:" + c.latitude + "," + c.longitude;
    CAPTURE(key);
    CAPTURE(c.now);
    const auto done = w.sync(key);
    CHECK(done.skipped == 0);
    check_days(w, key, c.latitude, c.longitude, c.from, c.to);
    const auto hours = w.day(key, c.odd_day).at("hours").as_int64();
    // The island's half hour makes 24 or 25 of the whole hours in which the service tells.
    CHECK((hours == c.hours || (c.longitude == "159.08" && hours == c.hours + 1)));
    w.sync(key + ":hourly");
    std::set<std::string> moments;
    for (const auto& cell : w.host.store.cells(key + ":hourly")) moments.insert(cell.date->text());
    CHECK(moments.size() == cells_of(w, key + ":hourly"));
    CHECK((moments.size() + 1) % 24 <= 2);
  }
}

TEST_CASE("polar day and night: no sunrise, and how long it is light") {
  World w;
  w.set_now("2026-06-20T12:00:00Z");
  const std::string key = ":~weather:69.65,18.96";
  w.sync(key);
  CHECK_FALSE(w.day(key, "2026-06-20").contains("sunrise"));
  CHECK(w.day(key, "2026-06-20").at("daylight") == 86400);
  World night;
  night.set_now("2026-12-20T12:00:00Z");
  night.sync(key);
  CHECK_FALSE(night.day(key, "2026-12-20").contains("sunset"));
  CHECK(night.day(key, "2026-12-20").at("daylight") == 0);
}

TEST_CASE("keys: one place has one alias in each row, however it is written") {
  World w;
  for (const std::string same :
       {"-31.95,115.86", " -31.95 ,115.86", "-31.9500,+115.860", "-31.95%2C115.86", "-31.95%2c115.86"}) {
    CAPTURE(same);
    CHECK(w.provider->alias_key(":~weather:" + same).value() == "daily/-31.95,115.86");
  }
  CHECK(w.provider->alias_key(":~weather:0002063523:hourly").value() == "hourly/2063523");
  CHECK(w.provider->alias_key(perth + ":air").value() == "air/2063523");
  w.sync(":~weather: -31.95 ,115.86");
  CHECK(w.service.asked("latitude=-31.95&longitude=115.86&") == 1);
  for (const std::string odd : {"91,0", "1e2,3", "NaN", "NaN,NaN", "0", "-5", "1,2,3", "99999999999"}) {
    CAPTURE(odd);
    CHECK(w.provider->alias_key(":~weather:" + odd).error().tag == "weather_bad_location");
    const auto error = w.failed_sync(":~weather:" + odd);
    CHECK(error.tag == "weather_bad_location");
    CHECK(error.error_class == tento::ErrorClass::config);
  }
  CHECK(w.service.requests().empty());
}

TEST_CASE("keys: the parameter has an older name, which is taken as well") {
  const std::string id = "2063523";
  for (const std::string_view name : {"locationId", "lid"}) {
    const tento_param given{tento::str(name), tento::str(id)};
    const auto params = tento::decode_params<weather::rows::WeatherParams>({&given, 1});
    REQUIRE(params.has_value());
    CHECK(params->location_id == id);
  }
  const tento_param other{tento::str("location"), tento::str(id)};
  CHECK_FALSE(tento::decode_params<weather::rows::WeatherParams>({&other, 1}).has_value());
}

TEST_CASE("a place that nobody knows, and one that is not known any more") {
  World w;
  CHECK(w.failed_sync(":~weather:42").tag == "weather_no_such_place");
  w.sync(perth);
  // A month later it is looked at again; that this fails for now changes nothing.
  w.set_now("2026-06-05T12:00:00Z");
  w.service.answer_next("/v1/get", 503, "{}");
  w.service.requests();
  w.sync(perth);
  CHECK(w.service.asked("/v1/get") == 1);
  CHECK(w.host.log.has("taken to be where it was", TENTO_LOG_WARN));
  w.sync(perth);
  w.sync(perth);
  CHECK(w.service.asked("/v1/get") == 1);
  w.set_now("2026-08-05T12:00:00Z");
  w.service.answer_next("/v1/get", 400, R"({"error":true,"reason":"Location ID not found."})");
  CHECK(w.failed_sync(perth).tag == "weather_no_such_place");
  // A cursor that was damaged is none.
  w.host.store.set_cursor(perth, "place", "nowhere 2026-08-05T12:00:00Z");
  w.sync(perth);
  w.host.store.set_cursor(perth, "place", "-31.95,115.86 2036-08-05T12:00:00Z");
  w.service.requests();
  w.sync(perth);
  CHECK(w.service.asked("/v1/get") == 1);
}

TEST_CASE("windows and limits, as a host sees them") {
  World w;
  const auto text = [&](const std::string& key, const std::string& stage) {
    const auto window = w.provider->window(key, stage);
    REQUIRE(window.has_value());
    return window->from->text() + " " + window->to->text();
  };
  CHECK(text(berlin, "viewport") == "ymd-2026-04-22 ymd-2026-05-13");
  CHECK(text(berlin + ":hourly", "viewport") == "ymd-2026-04-22 ymd-2026-05-11");
  CHECK(text(berlin + ":air", "viewport") == "ymd-2026-04-22 ymd-2026-05-02");
  CHECK(text(berlin, "backfill") == "ymd-2025-04-28 ymd-2026-04-22");
  w.sync(berlin);
  const auto sent = w.host.http.requests();
  REQUIRE(sent.size() == 1);
  CHECK_FALSE(sent[0].authenticated);
  CHECK(sent[0].limits == std::vector<std::string>{"minute", "hour", "day"});
  CHECK(sent[0].request.limit_cost == 4);
}

TEST_CASE("windows of any kind: nothing is asked that the service refuses") {
  World w;
  const auto ran = [&](tento::Span window) {
    const auto done = w.provider->sync(berlin, "viewport", {}, window);
    REQUIRE_MESSAGE(done.has_value(), (done ? "" : done.error().message));
    return done->seen;
  };
  CHECK(ran({}) == 366 + 15);
  CHECK(ran(days("2026-05-01", "2026-05-02")) == 1);
  CHECK(ran(days("2026-05-02", "2026-05-01")) == 0);
  CHECK(ran(days("2031-01-01", "2032-01-01")) == 0);
  CHECK(ran(days("1903-01-01", "1903-02-01")) == 0);
  CHECK(ran(days("1939-12-30", "1940-01-05")) == 3);
  CHECK(ran({tento::SemanticTime(tento::datetime("2026-04-29T22:00:00Z")),
             tento::SemanticTime(tento::datetime("2026-04-30T02:00:00Z"))}) == 2);
}

TEST_CASE("cancelled at any step, what landed is sound, and a last sync completes it") {
  World w;
  for (const std::string stage : {"viewport", "backfill"}) {
    const auto rounds = tento::testing::cancel_at_every_step(
        *w.provider, perth, stage, [&](std::size_t) { CHECK(w.host.store.open_transactions() == 0); });
    REQUIRE_MESSAGE(rounds.has_value(), (rounds ? "" : rounds.error().message));
  }
  CHECK(cells_of(w, perth) == 366 + 14);
}
