// SPDX-License-Identifier: Apache-2.0
// Answers that were made up, as the library reads them.
#include <doctest/doctest.h>

#include <algorithm>
#include <functional>
#include <map>
#include <tento/sdk/calendar.hpp>

#include "weather/client.hpp"
#include "weather/condition.hpp"
#include "weather/summary.hpp"

using namespace weather;
using tento::datetime;
using tento::ErrorClass;
using tento::ErrorCode;
using tento::naivedate;
using tento::Result;

namespace {

constexpr std::size_t temperature = static_cast<std::size_t>(Measure::temperature);
constexpr std::size_t rain = static_cast<std::size_t>(Measure::rain);

std::string replaced(std::string text, std::string_view what, std::string_view by) {
  const std::size_t at = text.find(what);
  REQUIRE_MESSAGE(at != std::string::npos, what);
  return text.replace(at, what.size(), by);
}

// An answer for Berlin, from midnight of the 29th on; every variable is its own hour but what `lists` say.
struct Answer {
  std::size_t hours = 24;
  std::map<std::string, std::string, std::less<>> lists = {};
  std::string zone = R"("timezone":"Europe/Berlin","utc_offset_seconds":7200,)";

  [[nodiscard]] std::string text() const {
    std::string units;
    std::string columns;
    const auto add = [&](const std::string& name, const std::function<std::string(std::size_t)>& entry) {
      std::string list = "[";
      for (std::size_t i = 0; i < hours; ++i) list += (i == 0 ? "" : ",") + entry(i);
      const auto other = lists.find(name);
      columns += (columns.empty() ? "\"" : ",\"") + name + "\":" + (other == lists.end() ? list + "]" : other->second);
    };
    add("time", [](std::size_t i) { return std::to_string(1777413600 + 3600 * static_cast<long long>(i)); });
    for (const Variable& one : weather_variables) {
      units += (units.empty() ? "\"" : ",\"") + std::string(one.name) + "\":\"" + std::string(one.unit) + "\"";
      const bool pressure = one.name == "pressure_msl";
      add(std::string(one.name), [pressure](std::size_t i) { return std::to_string(i + (pressure ? 1000 : 0)); });
    }
    return R"({"latitude":52.52,"longitude":13.419998,"generationtime_ms":0.4,)" + zone +
           R"("timezone_abbreviation":"CEST","elevation":38.0,"hourly_units":{"time":"unixtime",)" + units +
           R"(},"hourly":{)" + columns +
           R"(},"daily_units":{"time":"unixtime"},"daily":{"time":[1777413600],"sunrise":[1777434000],)" +
           R"("sunset":[1777486800]}})";
  }
};

// Answers what the test says next.
class NextAnswer final : public tento::http::Transport {
 public:
  void answer(std::uint32_t status, std::string body, tento::http::Headers headers = {}) {
    status_ = status;
    body_ = std::move(body);
    headers_ = std::move(headers);
  }
  Result<tento::http::Response> send(const tento::http::Request& request) override {
    tento::http::Response out;
    out.status = status_;
    out.headers = headers_;
    out.final_url = request.url;
    out.body = std::make_unique<tento::http::MemoryBody>(body_, 777);
    return out;
  }

 private:
  std::uint32_t status_ = 200;
  std::string body_;
  tento::http::Headers headers_;
};

struct Read {
  Result<Series> series;
  std::vector<std::string> odd = {};
};

Read read(const std::string& body, Source source = Source::forecast) {
  std::vector<std::string> odd;
  const Bounds bounds{datetime("2026-04-27T00:00:00Z"), datetime("2026-05-02T00:00:00Z")};
  auto series = read_series(body, source, bounds, "the answer",
                            [&odd](const OddRecord& one) { odd.push_back(one.what + ": " + one.why); });
  return {std::move(series), std::move(odd)};
}
Read read(const Answer& answer) {
  return read(answer.text());
}

Day the_29th(const Series& series) {
  return series.days(naivedate("2026-04-29"), naivedate("2026-04-30")).front();
}

}  // namespace

TEST_CASE("a day") {
  const Read got = read(Answer());
  REQUIRE_MESSAGE(got.series.has_value(), (got.series ? "" : got.series.error().message));
  CHECK(got.odd.empty());
  const Series& series = *got.series;
  CHECK(series.times.size() == 24);
  CHECK(series.zone_name == "Europe/Berlin");
  CHECK(series.at(temperature, 5).number == 5.0);
  CHECK(series.at(temperature, 5).token == "5");
  const Day day = the_29th(series);
  CHECK(day.count == 24);
  CHECK(day.complete);
  CHECK(day.valued == 24);
  CHECK_FALSE(series.days(naivedate("2026-04-30"), naivedate("2026-05-01")).front().complete);
  const Summary summary = summary_of(series, day);
  CHECK(summary.temperature_max == 23.0);
  CHECK(summary.temperature_min == 0.0);
  CHECK(summary.temperature_mean == 11.5);
  CHECK(summary.precipitation == 276.0);
  CHECK(summary.precipitation_hours == 23.0);
  CHECK(summary.pressure == 1011.5);
  CHECK(summary.radiation == doctest::Approx(276 * 3600 / 1e6));
  CHECK(summary.weather_code == 23.0);
  REQUIRE(series.sun_of(day.date) != nullptr);
  CHECK(series.sun_of(day.date)->rise == datetime("2026-04-29T03:40:00Z"));
  CHECK(series.sun_of(naivedate("2026-04-30")) == nullptr);
}

TEST_CASE("numbers keep their own bytes") {
  Answer answer{.hours = 4, .lists = {{"temperature_2m", "[ 21.30 , -0.0,1.5e1\n,null]"}}};
  const Read got = read(answer);
  REQUIRE(got.series.has_value());
  CHECK(got.odd.empty());
  CHECK(got.series->at(temperature, 0).token == "21.30");
  CHECK(got.series->at(temperature, 1).token == "-0.0");
  CHECK(got.series->at(temperature, 2).number == 15.0);
  CHECK(got.series->at(temperature, 2).token == "1.5e1");
  CHECK(got.series->at(temperature, 3).token == "null");
  CHECK_FALSE(got.series->at(temperature, 3).number.has_value());
}

TEST_CASE("values that cannot be are kept out, one by one") {
  Answer answer{.hours = 5,
                .lists = {{"temperature_2m", R"([6.4e+37,12,"warm",[1],-999])"}, {"weather_code", "[1.5,2,3,4,5]"}}};
  const Read got = read(answer);
  REQUIRE(got.series.has_value());
  CHECK(got.odd == std::vector<std::string>{
                       "temperature_2m of 2026-04-28T22:00Z: 6.4e+37 °C cannot be",
                       "temperature_2m of 2026-04-29T00:00Z: it is not a number",
                       "temperature_2m of 2026-04-29T01:00Z: it is not a number",
                       "temperature_2m of 2026-04-29T02:00Z: -999 °C cannot be",
                       "weather_code of 2026-04-28T22:00Z: 1.5 wmo code cannot be",
                   });
  CHECK(got.series->at(temperature, 1).number == 12.0);
  CHECK(got.series->at(temperature, 2).token == "null");
  CHECK(got.series->at(temperature, 0).token == "6.4e+37");
  CHECK(got.series->at(rain, 0).number == 0.0);
}

TEST_CASE("a day of which a value is missing has no maximum of it, and all others") {
  Answer answer;
  answer.lists["temperature_2m"] = "[1,2,3,4,5,6,7,8,9,10,11,12,13,null,15,16,17,18,19,20,21,22,23,24]";
  const Read got = read(answer);
  REQUIRE(got.series.has_value());
  CHECK(got.odd.empty());
  const Summary summary = summary_of(*got.series, the_29th(*got.series));
  CHECK_FALSE(summary.temperature_max.has_value());
  CHECK_FALSE(summary.temperature_mean.has_value());
  CHECK(summary.precipitation.has_value());
}

TEST_CASE("variables that are odd as a whole") {
  SUBCASE("another length") {
    Answer answer;
    answer.lists["temperature_2m"] = "[1,2,3]";
    const Read got = read(answer);
    CHECK(got.odd == std::vector<std::string>{"temperature_2m: 3 values for 24 hours"});
    CHECK_FALSE(got.series->at(temperature, 0).number.has_value());
    CHECK(got.series->at(rain, 0).number == 0.0);
  }
  SUBCASE("no list") {
    Answer answer;
    answer.lists["temperature_2m"] = "{}";
    CHECK(read(answer).odd == std::vector<std::string>{"temperature_2m: it is not a list"});
    answer.lists["temperature_2m"] = "null";
    CHECK(read(answer).odd == std::vector<std::string>{"temperature_2m: it is not a list"});
  }
  SUBCASE("missing") {
    const Read got = read(replaced(Answer().text(), "\"rain\":[", "\"drizzle\":["));
    CHECK(got.odd == std::vector<std::string>{"rain: it was asked for and is missing"});
  }
  SUBCASE("another unit") {
    const Read got = read(replaced(Answer().text(), R"("temperature_2m":"°C")", R"("temperature_2m":"°F")"));
    REQUIRE(got.odd.size() == 1);
    CHECK(got.odd[0] == "temperature_2m: its unit is `°F`, not `°C`");
    CHECK_FALSE(got.series->at(temperature, 0).number.has_value());
  }
  SUBCASE("no units") {
    const Read got = read(replaced(Answer().text(), "\"hourly_units\"", "\"minutely_units\""));
    CHECK(got.odd.size() == weather_variables.size());
    CHECK(got.series->times.size() == 24);
    CHECK(the_29th(*got.series).valued == 0);
  }
  SUBCASE("a name twice: the first") {
    const Read got = read(replaced(Answer().text(), "\"rain\":[", "\"rain\":[9,9],\"rain\":["));
    CHECK(got.odd == std::vector<std::string>{"rain: 2 values for 24 hours"});
  }
}

TEST_CASE("hours that are odd") {
  Answer answer{.hours = 6,
                .lists = {{"time", R"([1777413600,1777417200,1777417200,-2114380800,253402300799,"now"])"}}};
  const Read got = read(answer);
  REQUIRE(got.series.has_value());
  CHECK(got.odd == std::vector<std::string>{
                       "hour 4: its time -2114380800 is not one that was asked for",
                       "hour 5: its time 253402300799 is not one that was asked for",
                       "hour 6: its time is not a number",
                       "hour 2026-04-28T23:00Z: it is told twice",
                   });
  CHECK(got.series->times.size() == 2);
  CHECK(got.series->at(temperature, 1).number == 1.0);
  for (const std::string_view times : {"[1e300,1.5,null,true,18446744073709551615,1777413600]"}) {
    answer.lists["time"] = times;
    const Read more = read(answer);
    REQUIRE(more.series.has_value());
    CHECK(more.odd.size() == 5);
    CHECK(more.series->at(temperature, 0).number == 5.0);
  }
}

TEST_CASE("hours in any order are one series") {
  Answer answer{.hours = 3, .lists = {{"time", "[1777420800,1777413600,1777417200]"}}};
  const Read got = read(answer);
  CHECK(got.odd.empty());
  CHECK(got.series->at(temperature, 0).number == 1.0);
  CHECK(got.series->at(temperature, 2).number == 0.0);
}

TEST_CASE("a day with a gap, or of half its hours, is not complete") {
  Answer answer;
  answer.lists["time"] = "[";
  for (int i = 0; i < 24; ++i) {
    answer.lists["time"] += (i == 0 ? "" : ",") + std::to_string(1777413600 + 3600 * (i < 12 ? i : i + 1));
  }
  answer.lists["time"] += "]";
  Read got = read(answer);
  CHECK(got.odd.empty());
  CHECK(the_29th(*got.series).count == 23);
  CHECK_FALSE(the_29th(*got.series).complete);
  got = read(Answer{.hours = 12});
  CHECK_FALSE(the_29th(*got.series).complete);
}

TEST_CASE("answers that make no sense") {
  const std::string good = Answer().text();
  const auto error_of = [](const std::string& body) {
    const Read got = read(body);
    REQUIRE_FALSE(got.series.has_value());
    CHECK(got.series.error().message.starts_with("the answer: "));
    CHECK(got.series.error().message.size() < 400);
    return got.series.error();
  };
  for (const std::string& body :
       {std::string(), std::string("<html>Bad gateway</html>"), good.substr(0, good.size() / 2), good + "x",
        std::string("[]"), std::string("null"), std::string("{}"), std::string("\xff\xfe"), std::string(2000, '['),
        std::string(R"({"hourly":[]})"), replaced(good, "\"hourly\":{", "\"daily\":{"),
        replaced(good, "\"time\":[", "\"time\":{}, \"times\":["), replaced(good, "\"time\":[1", "\"time\":[1e999,1")}) {
    CAPTURE(body.substr(0, 60));
    const auto error = error_of(body);
    CHECK(error.code == ErrorCode::invalid_data);
    CHECK(error.error_class == ErrorClass::provider);
    CHECK(error.tag == "weather_bad_answer");
  }
  CHECK(error_of(R"({"error":true,"reason":"No data is available for this location"})").message ==
        "the answer: the service says that it failed: No data is available for this location");
  CHECK(error_of(R"({"error":true})").message == "the answer: the service says that it failed");
  const auto broken = error_of(good.substr(0, 300) + "Unexpected error while streaming data: timeoutReached");
  CHECK(broken.error_class == ErrorClass::transient);
  CHECK(broken.message.find("timeoutReached") != std::string::npos);
}

TEST_CASE("zones that this machine does not know, and none") {
  Answer answer{.zone = R"("timezone":"Mars/Olympus","utc_offset_seconds":7200,)"};
  Read got = read(answer);
  REQUIRE(got.series.has_value());
  CHECK_FALSE(got.series->zone_known);
  CHECK(the_29th(*got.series).complete);
  answer.zone = R"("timezone":"\"},\u0000evil","utc_offset_seconds":7200,)";
  got = read(answer);
  REQUIRE(got.series.has_value());
  CHECK(got.series->zone_name == "\"},?evil");
  for (const std::string_view none : {R"("timezone":"Mars/Olympus",)", R"("timezone":7,"utc_offset_seconds":1e9,)",
                                      R"("utc_offset_seconds":-99999,)", R"("utc_offset_seconds":"+02:00",)"}) {
    answer.zone = none;
    got = read(answer);
    REQUIRE_FALSE(got.series.has_value());
    CHECK(got.series.error().message == "the answer: it names neither a time zone nor an offset from UTC");
  }
}

TEST_CASE("sunrise and sunset that are odd") {
  const std::string good = Answer().text();
  const std::string told = R"("sunrise":[1777434000],"sunset":[1777486800])";
  const auto odd = [&](std::string_view instead) {
    const Read got = read(replaced(good, told, instead));
    REQUIRE(got.series.has_value());
    CHECK(got.series->sun_of(naivedate("2026-04-29")) == nullptr);
    REQUIRE(got.odd.size() == 1);
    return got.odd.front();
  };
  CHECK(odd(R"("sun":[])") == "sunrise and sunset: they were asked for and are missing");
  CHECK(odd(R"("sunrise":[1777434000],"sunset":[])") == "sunrise and sunset: there are 1 and 0 of them");
  CHECK(odd(R"("sunrise":[1777486800],"sunset":[1777434000])") == "sunrise and sunset 1: they are no times of one day");
  CHECK(odd(R"("sunrise":[-2114380800],"sunset":[1777434000])") ==
        "sunrise and sunset 1: they are no times of one day");
  CHECK(odd(R"("sunrise":["soon"],"sunset":[null])") == "sunrise and sunset 1: they are no times of one day");
}

TEST_CASE("where the sun does not rise, or does not set") {
  const std::string good = Answer().text();
  const std::string told = R"("sunrise":[1777434000],"sunset":[1777486800])";
  // By the offset that holds now: an hour beside the day's own midnight.
  Read got = read(replaced(good, told, R"("sunrise":[1777410000],"sunset":[1777410000])"));
  REQUIRE(got.series.has_value());
  REQUIRE(got.series->sun_of(naivedate("2026-04-29")) != nullptr);
  got = read(replaced(good, told, R"("sunrise":[1777410000],"sunset":[1777496400])"));
  REQUIRE(got.series->sun_of(naivedate("2026-04-29")) != nullptr);
  CHECK(got.odd.empty());
}

TEST_CASE("wind from the north has one direction") {
  Answer answer{.hours = 24};
  answer.lists["wind_direction_10m"] =
      "[350,10,350,10,350,10,350,10,350,10,350,10,350,10,350,10,350,10,350,10,350,10,350,10]";
  answer.lists["wind_speed_10m"] = "[5,5,5,5,5,5,5,5,5,5,5,5,5,5,5,5,5,5,5,5,5,5,5,5]";
  Read got = read(answer);
  CHECK(summary_of(*got.series, the_29th(*got.series)).wind_direction == 0.0);
  answer.lists["wind_speed_10m"] = "[0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0]";
  got = read(answer);
  CHECK_FALSE(summary_of(*got.series, the_29th(*got.series)).wind_direction.has_value());
}

TEST_CASE("words for codes") {
  CHECK(condition_of(0) == "Clear");
  CHECK(condition_of(99) == "Thunderstorm with heavy hail");
  CHECK(condition_of(4).empty());
  CHECK(condition_of(-1).empty());
}

TEST_CASE("refusals") {
  NextAnswer http;
  const Client client({.now = [] { return datetime("2026-04-29T21:40:30Z"); }});
  const Query query{*Coordinates::of(52.52, 13.41), naivedate("2026-04-28"), naivedate("2026-04-30")};
  const auto asked = [&](std::uint32_t status, std::string body, tento::http::Headers headers = {}) {
    http.answer(status, std::move(body), std::move(headers));
    const auto got = client.hours(http, Source::forecast, query, [](const OddRecord&) {});
    REQUIRE_FALSE(got.has_value());
    return got.error();
  };
  const auto limited = [&](std::string_view reason) {
    const auto error = asked(429, R"({"error":true,"reason":")" + std::string(reason) + "\"}");
    CHECK(error.error_class == ErrorClass::rate_limit);
    return error.retry_after_ms;
  };
  CHECK(limited("Minutely API request limit exceeded. Please try again in one minute.") == 60'000);
  CHECK(limited("Hourly API request limit exceeded. Please try again in the next hour.") == (19 * 60 + 30) * 1000);
  CHECK(limited("Daily API request limit exceeded. Please try again tomorrow.") == ((2 * 60 + 19) * 60 + 30) * 1000);
  CHECK(limited("Too many concurrent requests") == 10'000);
  CHECK(limited("No") == -1);
  CHECK(asked(429, "", {{"Retry-After", "7"}}).retry_after_ms == 7000);
  CHECK(asked(503, R"({"error":true,"reason":"The service is overloaded"})").error_class == ErrorClass::transient);
  CHECK(asked(502, "<html>").error_class == ErrorClass::transient);
  const auto refused = asked(400, R"({"error":true,"reason":"Latitude must be in range of -90 to 90°. Given: 91.0."})");
  CHECK(refused.error_class == ErrorClass::config);
  CHECK(refused.message.find("Given: 91.0.") != std::string::npos);
  CHECK(refused.message.find("the forecast for 52.52,13.41") != std::string::npos);
  CHECK(asked(404, std::string(200'000, 'x')).code == ErrorCode::not_found);
}

TEST_CASE("places by id") {
  NextAnswer http;
  const Client client;
  const auto asked = [&](std::uint32_t status, std::string body) {
    http.answer(status, std::move(body));
    return client.place(http, 2063523);
  };
  CHECK(asked(200, R"({"id":2063523,"name":"Perth","latitude":-31.95224,"longitude":115.8614})")->at.text() ==
        "-31.95,115.86");
  // What is zero is left out.
  CHECK(asked(200, R"({"id":2063523,"longitude":6.5})")->at.text() == "0.00,6.50");
  for (const std::string_view bad :
       {R"({"id":1,"latitude":1,"longitude":1})", R"({"id":2063523})", R"({"id":"2063523","latitude":1})",
        R"({"id":2063523,"latitude":91,"longitude":1})", R"({"id":2063523,"latitude":null,"longitude":"1"})", "[]",
        ""}) {
    CAPTURE(bad);
    const auto got = asked(200, std::string(bad));
    REQUIRE_FALSE(got.has_value());
    CHECK(got.error().tag == "weather_bad_answer");
  }
  const auto none = asked(400, R"({"error":true,"reason":"Location ID not found."})");
  REQUIRE_FALSE(none.has_value());
  CHECK(none.error().tag == "weather_no_such_place");
  CHECK(none.error().message.find("2063523") != std::string::npos);
  CHECK(asked(500, "").error().error_class == ErrorClass::transient);
}

TEST_CASE("questions: what is asked, and what it costs") {
  const Client client;
  const Query query{*Coordinates::of(-31.952, 115.861), naivedate("2026-04-28"), naivedate("2026-04-30")};
  const std::string url = client.url_of(Source::archive, query);
  CHECK(url.starts_with("https://archive-api.open-meteo.com/v1/archive?latitude=-31.95&longitude=115.86&hourly="));
  CHECK(url.find("uv_index") == std::string::npos);
  CHECK(url.ends_with("&timezone=auto&timeformat=unixtime&start_date=2026-04-28&end_date=2026-04-30"));
  CHECK(client.url_of(Source::air, query).find("daily=") == std::string::npos);
  CHECK(cost_of(Source::forecast, query) == 2);
  CHECK(cost_of(Source::archive, {query.at, naivedate("2026-01-01"), naivedate("2026-04-03")}) == 12);
  CHECK(cost_of(Source::archive, {query.at, naivedate("2026-01-01"), naivedate("2025-01-01")}) == 2);
  const Reach reach = reach_of(Source::forecast, datetime("2026-04-29T23:59:59Z"));
  CHECK(reach.last == naivedate("2026-05-14"));
  CHECK(reach.first == naivedate("2026-01-27"));
}
