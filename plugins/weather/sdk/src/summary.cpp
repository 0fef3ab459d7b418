// SPDX-License-Identifier: Apache-2.0
// Maxima, sums and means over the hours of a day.
#include "weather/summary.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace weather {
namespace {

using Hours = std::optional<std::vector<double>>;

// All hours of a day of one variable; nothing where one of them lacks it.
Hours hours_of(const Series& series, const Day& day, Measure measure) {
  if (day.count == 0) return std::nullopt;
  std::vector<double> out;
  for (std::size_t i = 0; i < day.count; ++i) {
    const Value& value = series.at(static_cast<std::size_t>(measure), day.first + i);
    if (!value.number) return std::nullopt;
    out.push_back(*value.number);
  }
  return out;
}

template <class F>
std::optional<double> over(const Hours& hours, F&& f) {
  return hours ? std::optional<double>(f(*hours)) : std::nullopt;
}

double largest(const std::vector<double>& values) {
  return *std::max_element(values.begin(), values.end());
}
double least(const std::vector<double>& values) {
  return *std::min_element(values.begin(), values.end());
}
double total(const std::vector<double>& values) {
  double out = 0;
  for (const double one : values) out += one;
  return out;
}
double mean(const std::vector<double>& values) {
  return total(values) / static_cast<double>(values.size());
}

// The direction of the sum of all winds; nothing for a day without any.
std::optional<double> main_direction(const Hours& speeds, const Hours& directions) {
  if (!speeds || !directions) return std::nullopt;
  double north = 0;
  double east = 0;
  for (std::size_t i = 0; i < speeds->size(); ++i) {
    const double angle = (*directions)[i] * std::numbers::pi / 180;
    north += (*speeds)[i] * std::cos(angle);
    east += (*speeds)[i] * std::sin(angle);
  }
  constexpr double nothing = 1e-6;
  if (std::hypot(north, east) < nothing) return std::nullopt;
  const double degrees = std::round(std::atan2(east, north) * 180 / std::numbers::pi);
  return degrees < 0 ? degrees + 360 : degrees;
}

}  // namespace

Summary summary_of(const Series& series, const Day& day) {
  const auto of = [&](Measure measure) { return hours_of(series, day, measure); };
  constexpr double seconds_of_hour = 3600;
  constexpr double joules_of_megajoule = 1e6;
  Summary out;
  const Hours temperature = of(Measure::temperature);
  out.temperature_max = over(temperature, largest);
  out.temperature_min = over(temperature, least);
  out.temperature_mean = over(temperature, mean);
  const Hours apparent = of(Measure::apparent_temperature);
  out.apparent_temperature_max = over(apparent, largest);
  out.apparent_temperature_min = over(apparent, least);
  const Hours precipitation = of(Measure::precipitation);
  out.precipitation = over(precipitation, total);
  out.precipitation_hours = over(precipitation, [](const std::vector<double>& values) {
    return static_cast<double>(std::count_if(values.begin(), values.end(), [](double mm) { return mm > 0; }));
  });
  out.rain = over(of(Measure::rain), total);
  out.snowfall = over(of(Measure::snowfall), total);
  out.precipitation_probability_max = over(of(Measure::precipitation_probability), largest);
  out.weather_code = over(of(Measure::weather_code), largest);
  out.cloud_cover = over(of(Measure::cloud_cover), mean);
  out.humidity = over(of(Measure::humidity), mean);
  out.pressure = over(of(Measure::pressure), mean);
  const Hours wind = of(Measure::wind_speed);
  out.wind_speed_max = over(wind, largest);
  out.wind_gusts_max = over(of(Measure::wind_gusts), largest);
  out.wind_direction = main_direction(wind, of(Measure::wind_direction));
  out.sunshine = over(of(Measure::sunshine), total);
  out.radiation = over(of(Measure::radiation), [](const std::vector<double>& watts) {
    return total(watts) * seconds_of_hour / joules_of_megajoule;
  });
  out.uv_index_max = over(of(Measure::uv_index), largest);
  return out;
}

}  // namespace weather
