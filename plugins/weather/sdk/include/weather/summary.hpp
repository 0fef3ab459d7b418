// SPDX-License-Identifier: Apache-2.0
/// @file summary.hpp
/// What a local day was like, made of its hours.
#pragma once

#include <optional>

#include "series.hpp"

namespace weather {

/// A day of the weather. A value is there when each hour of the day has it: half a day has no maximum. Sums and maxima
/// of what the service tells for "the hour before" are of the hours that it labels with the day, as its own are.
struct Summary {
  std::optional<double> temperature_max;                ///< degrees Celsius
  std::optional<double> temperature_min;                ///< degrees Celsius
  std::optional<double> temperature_mean;               ///< degrees Celsius
  std::optional<double> apparent_temperature_max;       ///< degrees Celsius
  std::optional<double> apparent_temperature_min;       ///< degrees Celsius
  std::optional<double> precipitation;                  ///< mm
  std::optional<double> rain;                           ///< mm
  std::optional<double> snowfall;                       ///< cm
  std::optional<double> precipitation_hours;            ///< hours with any
  std::optional<double> precipitation_probability_max;  ///< percent
  std::optional<double> weather_code;                   ///< the gravest
  std::optional<double> cloud_cover;                    ///< percent, mean
  std::optional<double> humidity;                       ///< percent, mean
  std::optional<double> pressure;                       ///< hPa, mean
  std::optional<double> wind_speed_max;                 ///< km/h
  std::optional<double> wind_gusts_max;                 ///< km/h
  std::optional<double> wind_direction;                 ///< degrees that the wind came from most, by its speed
  std::optional<double> sunshine;                       ///< seconds
  std::optional<double> radiation;                      ///< MJ/m2
  std::optional<double> uv_index_max;                   ///< without a unit
};

/// Summarises a day of a series of the weather.
[[nodiscard]] Summary summary_of(const Series& series, const Day& day);

}  // namespace weather
