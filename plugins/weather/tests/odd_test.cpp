// SPDX-License-Identifier: Apache-2.0
// Answers that nobody expects: what is odd is kept out and named, the rest lands; what makes no sense changes nothing.
#include <tento/sdk/testing/fake_provider.hpp>

#include "weather/variable.hpp"
#include "world.hpp"

using namespace weather::test;
namespace json = boost::json;

TEST_CASE("one value that cannot be: its day lacks what it needs, and the run says so") {
  World w;
  w.service.edit("/v1/forecast", {{"path", "hourly.temperature_2m.30"}, {"value", 6.4e37}});
  const auto done = w.sync(berlin);
  CHECK(done.skipped == 1);
  CHECK(done.skipped_note.find("temperature_2m of 2026-04-22T04:00Z: 6.4e+37 °C cannot be") != std::string::npos);
  CHECK(w.host.store.cells(berlin).size() == 21);
  CHECK_FALSE(w.day(berlin, "2026-04-22").contains("temperature_max"));
  CHECK(w.day(berlin, "2026-04-22").contains("precipitation"));
  CHECK(w.day(berlin, "2026-04-23").contains("temperature_max"));
  w.sync(berlin + ":hourly");
  const auto hour = w.host.store.cell(berlin + ":hourly", "2026-04-20T04:00Z");
  REQUIRE(hour.has_value());
  CHECK_FALSE(json::parse(hour->data).as_object().contains("temperature"));
  CHECK(hour->raw.find("6.4e+37") != std::string::npos);
}

TEST_CASE("hours that are odd: twice, in 1903, in 9999, nowhere") {
  World w;
  w.service.edit("/v1/forecast", {{"path", "hourly.time.30"}, {"copy", "hourly.time.31"}});
  w.service.edit("/v1/forecast", {{"path", "hourly.time.60"}, {"value", -2114380800}});
  w.service.edit("/v1/forecast", {{"path", "hourly.time.90"}, {"value", 253402300799}});
  w.service.edit("/v1/forecast", {{"path", "hourly.time.120"}, {"value", nullptr}});
  const auto done = w.sync(berlin);
  // Four hours, and the four days that are not whole without them.
  CHECK(done.skipped == 8);
  CHECK(w.host.store.cells(berlin).size() == 17);
  CHECK(w.coverage(berlin) ==
        std::vector<std::string>{"have ymd-2026-04-25 ymd-2026-04-26", "have ymd-2026-04-27 ymd-2026-05-13"});
  // Hours stand for themselves: all but the four are there.
  const auto hours = w.sync(berlin + ":hourly");
  CHECK(hours.seen == 23 * 24 - 4);
  CHECK(w.coverage(berlin + ":hourly").size() == 2);
}

TEST_CASE("variables that are odd as a whole: the others land") {
  World w;
  const auto partial = [&](json::object change, std::string_view says) {
    w.service.tell("set", {{"edits", json::array()}});
    w.service.edit("/v1/forecast", std::move(change));
    const auto done = w.sync(berlin);
    CHECK(done.skipped == 1);
    CHECK_MESSAGE(done.skipped_note.find(says) != std::string::npos, done.skipped_note);
    CHECK(w.day(berlin, "2026-04-29").contains("temperature_max"));
    CHECK_FALSE(w.day(berlin, "2026-04-29").contains("rain"));
    CHECK(w.coverage(berlin).back() == "have ymd-2026-04-22 ymd-2026-05-13");
  };
  partial({{"path", "hourly.rain"}, {"cut", 10}}, "rain: 10 values for 552 hours");
  partial({{"path", "hourly.rain"}}, "rain: it was asked for and is missing");
  partial({{"path", "hourly.rain"}, {"value", "much"}}, "rain: it is not a list");
  partial({{"path", "hourly_units.rain"}, {"value", "inch"}}, "rain: its unit is `inch`, not `mm`");
  partial({{"path", "hourly_units.rain"}}, "rain: its unit is not told; it should be `mm`");
}

TEST_CASE("nothing but nulls: it was asked, and there is nothing") {
  World w;
  for (const std::string name :
       {"temperature_2m", "apparent_temperature", "dew_point_2m", "relative_humidity_2m", "precipitation", "rain",
        "snowfall", "precipitation_probability", "weather_code", "cloud_cover", "pressure_msl", "wind_speed_10m",
        "wind_gusts_10m", "wind_direction_10m", "shortwave_radiation", "sunshine_duration", "uv_index"}) {
    w.service.edit("/v1/forecast", {{"path", "hourly." + name + ".*"}, {"value", nullptr}});
  }
  const auto done = w.sync(berlin);
  CHECK(done.skipped == 0);
  CHECK(w.host.store.cells(berlin).empty());
  CHECK(w.coverage(berlin) == std::vector<std::string>{"empty ymd-2026-04-22 ymd-2026-05-13"});
}

TEST_CASE("an hour of which nothing is told has no cell, and its day is whole") {
  World w;
  const std::string key = berlin + ":air";
  for (const auto& variable : weather::air_variables) {
    w.service.edit("/v1/air-quality", {{"path", "hourly." + std::string(variable.name) + ".40"}, {"value", nullptr}});
  }
  const auto done = w.sync(key);
  CHECK(done.skipped == 0);
  CHECK(done.seen == 14 * 24 - 1);
  CHECK(w.coverage(key).size() == 1);
}

TEST_CASE("what it no longer tells is not taken away") {
  World w;
  w.sync(berlin);
  w.service.edit("/v1/forecast", {{"path", "hourly.time"}, {"cut", 100}});
  const auto done = w.sync(berlin);
  CHECK(done.skipped > 0);
  CHECK(w.host.store.cells(berlin).size() == 21);
  CHECK(w.host.store.tombstones(berlin).empty());
}

TEST_CASE("refusals and answers that make no sense: an error that says which, and nothing changes") {
  World w;
  w.sync(berlin);
  w.host.store.forget_changes();
  const auto transactions = w.host.store.transactions();
  const auto fails = [&](int status, const std::string& body, const json::object& more = {}) {
    w.service.answer_next("/v1/forecast", status, body, more);
    const auto error = w.failed_sync(berlin);
    CHECK(w.host.store.changes().empty());
    CHECK(w.host.store.transactions() == transactions);
    return error;
  };
  using tento::ErrorClass;
  auto error =
      fails(429, R"({"error":true,"reason":"Hourly API request limit exceeded. Please try again in the next hour."})");
  CHECK(error.error_class == ErrorClass::rate_limit);
  CHECK(error.retry_after_ms == 3'600'000);
  error = fails(429, "{}", {{"headers", {{"Retry-After", "90"}}}});
  CHECK(error.retry_after_ms == 90'000);
  CHECK(fails(429, "{}", {{"headers", {{"Retry-After", "99999999999"}}}}).error_class == ErrorClass::rate_limit);
  CHECK(fails(500, R"({"error":true,"reason":"Something"})").error_class == ErrorClass::transient);
  CHECK(fails(503, "<html>").error_class == ErrorClass::transient);
  error = fails(200, R"({"error":true,"reason":"No data is available for this location"})");
  CHECK(error.tag == "weather_bad_answer");
  CHECK(error.message ==
        "the forecast for 52.52,13.41: the service says that it failed: No data is available for this location");
  CHECK(fails(200, "").tag == "weather_bad_answer");
  CHECK(fails(200, "\x1f\x8b\x08garbage").tag == "weather_bad_answer");
  CHECK(fails(200, R"({"latitude":52.52,"hourly":{"time":[177)").tag == "weather_bad_answer");
  CHECK(fails(200, R"({"latitude":52.52,"hourly":{"time":[1Unexpected error while streaming data: noDataAvailable)")
            .error_class == ErrorClass::transient);
  error = fails(200, R"({"latitude":)", {{"breakOff", 1}});
  CHECK(error.error_class == ErrorClass::transient);
  error = fails(200, "", {{"megabytes", 50}});
  CHECK(error.code == tento::ErrorCode::too_large);
  CHECK(fails(301, "", {{"headers", {{"Location", "https://elsewhere.example/"}}}}).stopped == false);
  CHECK(fails(204, "").tag == "weather_bad_answer");
}

TEST_CASE("half a backfill is kept when the other half fails") {
  World w;
  w.service.answer_next("start_date=2025-10-14", 503, "{}");
  w.failed_sync(berlin, "backfill");
  CHECK(w.host.store.cursor(berlin, "history") == "1 2026-01-15 2026-04-17");
  w.service.requests();
  w.sync(berlin, "backfill");
  CHECK(w.service.asked("/v1/archive") == 3);
  CHECK(w.host.store.cursor(berlin, "history") == "1 2025-04-28 2026-04-17");
  // A cursor that makes no sense is none.
  w.host.store.set_cursor(berlin, "history", "1 2026-13-01 soon");
  w.host.store.forget_changes();
  w.sync(berlin, "backfill");
  CHECK(w.service.asked("/v1/archive") == 4);
  CHECK(w.host.store.changes().empty());
}

TEST_CASE("a zone that this machine does not know: days by the offset of now, and a word in the log") {
  World w;
  w.service.edit("/v1/forecast", {{"path", "timezone"}, {"value", "Mars/Olympus"}});
  w.sync(berlin);
  CHECK(w.host.store.cells(berlin).size() == 21);
  CHECK(w.host.log.has("no zone `Mars/Olympus`", TENTO_LOG_WARN));
  CHECK(w.host.store.cells(berlin).front().raw.find("Mars") == std::string::npos);
}

TEST_CASE("no request goes anywhere but to the four origins, and none says who asks") {
  World w;
  w.sync(perth);
  w.sync(perth, "backfill");
  w.sync(perth + ":air");
  for (const auto& sent : w.host.http.requests()) {
    CAPTURE(sent.request.url);
    CHECK(sent.request.url.find(".open-meteo.com/v1/") != std::string::npos);
    CHECK(sent.request.headers.size() == 1);
  }
}
