// SPDX-License-Identifier: Apache-2.0
/// @file variable.hpp
/// What is asked of the service for each hour: names, units, and what a value can be on this planet.
#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <string_view>

namespace weather {

/// Which of the service's programs is asked.
enum class Source : unsigned char {
  forecast,  ///< some days back and two weeks ahead
  archive,   ///< what was, since 1940; it comes some days late
  air,       ///< air quality, some days ahead and years back
};

/// One series of hourly values.
struct Variable {
  std::string_view name;     ///< what the service calls it
  std::string_view unit;     ///< how the service spells its unit; empty = it has none
  double low;                ///< least value that is believed
  double high;               ///< largest value that is believed
  bool archived = true;      ///< whether the archive has it, too
  bool whole = false;        ///< whether it is a whole number
  std::string_view as = {};  ///< what a cell calls it; empty = the same name
  /// What a cell calls it.
  [[nodiscard]] constexpr std::string_view member() const noexcept { return as.empty() ? name : as; }
};

/// The variables of the weather, by their place in weather_variables.
enum class Measure : std::size_t {
  temperature,                ///< air at 2 m
  apparent_temperature,       ///< as it feels
  dew_point,                  ///< at 2 m
  humidity,                   ///< relative, at 2 m
  precipitation,              ///< sum of the hour before
  rain,                       ///< of it
  snowfall,                   ///< depth of fresh snow
  precipitation_probability,  ///< of more than 0.1 mm
  weather_code,               ///< WMO code
  cloud_cover,                ///< of the sky
  pressure,                   ///< at sea level
  wind_speed,                 ///< at 10 m
  wind_gusts,                 ///< at 10 m, largest of the hour before
  wind_direction,             ///< at 10 m, where it comes from
  radiation,                  ///< of the sun, mean of the hour before
  sunshine,                   ///< within the hour before
  uv_index,                   ///< of the sun
};

/// What is asked of forecast and archive. The limits are wider than any record that was ever measured.
inline constexpr std::array<Variable, 17> weather_variables{{
    {"temperature_2m", "°C", -120, 80, true, false, "temperature"},
    {"apparent_temperature", "°C", -150, 100},
    {"dew_point_2m", "°C", -150, 60, true, false, "dew_point"},
    {"relative_humidity_2m", "%", 0, 100, true, false, "humidity"},
    {"precipitation", "mm", 0, 1000},
    {"rain", "mm", 0, 1000},
    {"snowfall", "cm", 0, 1000},
    {"precipitation_probability", "%", 0, 100, false},
    {"weather_code", "wmo code", 0, 99, true, true},
    {"cloud_cover", "%", 0, 100},
    {"pressure_msl", "hPa", 800, 1150, true, false, "pressure"},
    {"wind_speed_10m", "km/h", 0, 600, true, false, "wind_speed"},
    {"wind_gusts_10m", "km/h", 0, 800, true, false, "wind_gusts"},
    {"wind_direction_10m", "°", 0, 360, true, false, "wind_direction"},
    {"shortwave_radiation", "W/m²", 0, 1500, true, false, "radiation"},
    {"sunshine_duration", "s", 0, 3600, true, false, "sunshine"},
    {"uv_index", "", 0, 60, false},
}};

/// What is asked of air quality.
inline constexpr std::array<Variable, 16> air_variables{{
    {"european_aqi", "EAQI", 0, 10'000, true, true},
    {"us_aqi", "USAQI", 0, 10'000, true, true},
    {"pm2_5", "μg/m³", 0, 100'000},
    {"pm10", "μg/m³", 0, 1'000'000},
    {"carbon_monoxide", "μg/m³", 0, 10'000'000},
    {"nitrogen_dioxide", "μg/m³", 0, 100'000},
    {"sulphur_dioxide", "μg/m³", 0, 1'000'000},
    {"ozone", "μg/m³", 0, 100'000},
    {"ammonia", "μg/m³", 0, 1'000'000},
    {"dust", "μg/m³", 0, 10'000'000},
    {"alder_pollen", "grains/m³", 0, 1'000'000},
    {"birch_pollen", "grains/m³", 0, 1'000'000},
    {"grass_pollen", "grains/m³", 0, 1'000'000},
    {"mugwort_pollen", "grains/m³", 0, 1'000'000},
    {"olive_pollen", "grains/m³", 0, 1'000'000},
    {"ragweed_pollen", "grains/m³", 0, 1'000'000},
}};

/// What may be asked of a source. Those that it does not have are among them; see is_asked.
[[nodiscard]] constexpr std::span<const Variable> variables_of(Source source) noexcept {
  if (source == Source::air) return air_variables;
  return weather_variables;
}
/// Whether a source has a variable.
[[nodiscard]] constexpr bool is_asked(Source source, const Variable& variable) noexcept {
  return source != Source::archive || variable.archived;
}

}  // namespace weather
