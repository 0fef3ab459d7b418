// SPDX-License-Identifier: Apache-2.0
/// @file hourly.hpp
/// `:~weather:{locationId}:hourly`: the weather of a place hour by hour. A cell is a moment, told with the offset from
/// UTC that holds there at that moment; what happened within an hour is told at its end.
#pragma once

#include "weather.hpp"

namespace weather::rows {

/// The row.
struct Hourly : tento::RowBase<Weather> {
  static constexpr std::string_view ROW_LABEL = "weather-hourly";                ///< what it is called
  static constexpr std::string_view CELL_ENCODING = "weather-hour.v1";           ///< see README.md
  static constexpr tento::Cardinality CARDINALITY = tento::Cardinality::single;  ///< one cell an hour
  /// What hour_data writes.
  static constexpr auto FIELDS = tento::fields(
      tento::field("/weather").label("Weather").role(tento::FieldRole::title),
      tento::field("/temperature")
          .label("Temperature")
          .type(tento::FieldType::number)
          .unit("Cel")
          .role(tento::FieldRole::value),
      tento::field("/apparent_temperature").label("Apparent temperature").type(tento::FieldType::number).unit("Cel"),
      tento::field("/dew_point").label("Dew point").type(tento::FieldType::number).unit("Cel"),
      tento::field("/humidity").label("Humidity").type(tento::FieldType::number).unit("%"),
      tento::field("/precipitation").label("Precipitation").type(tento::FieldType::number).unit("mm"),
      tento::field("/rain").label("Rain").type(tento::FieldType::number).unit("mm"),
      tento::field("/snowfall").label("Snowfall").type(tento::FieldType::number).unit("cm"),
      tento::field("/precipitation_probability")
          .label("Probability of precipitation")
          .type(tento::FieldType::number)
          .unit("%"),
      tento::field("/cloud_cover").label("Cloud cover").type(tento::FieldType::number).unit("%"),
      tento::field("/pressure").label("Pressure at sea level").type(tento::FieldType::number).unit("hPa"),
      tento::field("/wind_speed").label("Wind speed").type(tento::FieldType::number).unit("km/h"),
      tento::field("/wind_gusts").label("Gusts").type(tento::FieldType::number).unit("km/h"),
      tento::field("/wind_direction").label("Wind direction").type(tento::FieldType::number).unit("deg"),
      tento::field("/radiation").label("Sun's radiation").type(tento::FieldType::number).unit("W/m2"),
      tento::field("/sunshine").label("Sunshine").type(tento::FieldType::number).unit("s"),
      tento::field("/uv_index").label("UV index").type(tento::FieldType::number),
      tento::field("/weather_code").label("WMO code").type(tento::FieldType::integer),
      tento::field("/source").label("Told by").role(tento::FieldRole::category));

  /// The key.
  static std::string lookup_key(const WeatherParams& params, const tento::NoParams&) {
    return place_key(params) + ":hourly";
  }
  /// Rows of one place have the same cells.
  static tento::Result<std::string> alias_key(const tento::RowKeyCtx<Hourly>& ctx) {
    return place_alias("hourly", ctx.params);
  }
  /// Forecasts are made anew every hour at most.
  static constexpr tento::SyncShape sync_shape() {
    return {
        .stages = {"viewport", tento::Stage("backfill").after("viewport")}, .stale_after_s = 3600, .interval_s = 3600};
  }
  /// Fetches a stage.
  static tento::Result<tento::Synced> sync(tento::SyncCtx<Hourly>& ctx);
};

}  // namespace weather::rows
