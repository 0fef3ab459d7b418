// SPDX-License-Identifier: Apache-2.0
// The library by itself, with no host: prints the weather of a place for a week, day by day.
//
//     weather-week 2063523        (a GeoNames id)
//     weather-week -31.95,115.86
#include <iostream>
#include <tento/http/client.hpp>
#include <tento/sdk/clock.hpp>

#include "weather/client.hpp"
#include "weather/condition.hpp"
#include "weather/summary.hpp"

namespace {

tento::Result<void> print_week(std::string_view where) {
  TENTO_TRY_ASSIGN(const weather::Location location, weather::Location::parse(where));
  TENTO_TRY_ASSIGN(const auto http, tento::http::Client::create());
  const weather::Client client;
  weather::Coordinates at = location.coordinates();
  if (location.is_id()) {
    TENTO_TRY_ASSIGN(const weather::Place place, client.place(*http, location.id()));
    std::cout << place.name << '\n';
    at = place.at;
  }
  const std::chrono::sys_days today = std::chrono::floor<std::chrono::days>(tento::SystemClock().now());
  const std::chrono::days week{7};
  // A day more on both sides: see Client::hours.
  const weather::Query query{at, tento::Date(today - std::chrono::days(1)), tento::Date(today + week)};
  TENTO_TRY_ASSIGN(const weather::Series series,
                   client.hours(*http, weather::Source::forecast, query, [](const weather::OddRecord& odd) {
                     std::cerr << "left out: " << odd.what << ": " << odd.why << '\n';
                   }));
  for (const weather::Day& day : series.days(tento::Date(today), tento::Date(today + week))) {
    const weather::Summary summary = weather::summary_of(series, day);
    std::cout << tento::PartialDate::ymd(day.date).text();
    if (summary.temperature_min) std::cout << '\t' << *summary.temperature_min << " to " << *summary.temperature_max;
    if (summary.weather_code) std::cout << '\t' << weather::condition_of(static_cast<int>(*summary.weather_code));
    std::cout << '\n';
  }
  return {};
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: weather-week GEONAMES_ID|LATITUDE,LONGITUDE\n";
    return 2;
  }
  const auto done = print_week(argv[1]);
  if (!done) std::cerr << done.error().message << '\n';
  return done ? 0 : 1;
}
