// SPDX-License-Identifier: Apache-2.0
/// @file daily.hpp
/// `:~weather:{locationId}`: the weather of a place day by day, a year back and two weeks ahead. A cell is a day of the
/// place's own calendar.
#pragma once

#include "weather.hpp"

namespace weather::rows {

/// The row.
struct Daily : tento::RowBase<Weather> {
  static constexpr std::string_view ROW_LABEL = "weather-daily";                 ///< what it is called
  static constexpr std::string_view CELL_ENCODING = "weather-day.v1";            ///< see README.md
  static constexpr tento::Cardinality CARDINALITY = tento::Cardinality::single;  ///< one cell a day
  /// What day_data writes.
  static constexpr auto FIELDS = tento::fields(
      tento::field("/weather").label("Weather").role(tento::FieldRole::title),
      tento::field("/temperature_max")
          .label("Highest temperature")
          .type(tento::FieldType::number)
          .unit("Cel")
          .role(tento::FieldRole::value),
      tento::field("/temperature_min").label("Lowest temperature").type(tento::FieldType::number).unit("Cel"),
      tento::field("/temperature_mean").label("Mean temperature").type(tento::FieldType::number).unit("Cel"),
      tento::field("/apparent_temperature_max")
          .label("Highest apparent temperature")
          .type(tento::FieldType::number)
          .unit("Cel"),
      tento::field("/apparent_temperature_min")
          .label("Lowest apparent temperature")
          .type(tento::FieldType::number)
          .unit("Cel"),
      tento::field("/precipitation").label("Precipitation").type(tento::FieldType::number).unit("mm"),
      tento::field("/rain").label("Rain").type(tento::FieldType::number).unit("mm"),
      tento::field("/snowfall").label("Snowfall").type(tento::FieldType::number).unit("cm"),
      tento::field("/precipitation_hours").label("Hours with precipitation").type(tento::FieldType::integer).unit("h"),
      tento::field("/precipitation_probability_max")
          .label("Highest probability of precipitation")
          .type(tento::FieldType::integer)
          .unit("%"),
      tento::field("/cloud_cover").label("Mean cloud cover").type(tento::FieldType::integer).unit("%"),
      tento::field("/humidity").label("Mean humidity").type(tento::FieldType::integer).unit("%"),
      tento::field("/pressure").label("Mean pressure at sea level").type(tento::FieldType::number).unit("hPa"),
      tento::field("/wind_speed_max").label("Highest wind speed").type(tento::FieldType::number).unit("km/h"),
      tento::field("/wind_gusts_max").label("Strongest gust").type(tento::FieldType::number).unit("km/h"),
      tento::field("/wind_direction").label("Main wind direction").type(tento::FieldType::integer).unit("deg"),
      tento::field("/sunshine").label("Sunshine").type(tento::FieldType::integer).unit("s"),
      tento::field("/radiation").label("Sun's energy").type(tento::FieldType::number).unit("MJ/m2"),
      tento::field("/uv_index_max").label("Highest UV index").type(tento::FieldType::number),
      tento::field("/sunrise").label("Sunrise").type(tento::FieldType::time),
      tento::field("/sunset").label("Sunset").type(tento::FieldType::time),
      tento::field("/daylight").label("Daylight").type(tento::FieldType::integer).unit("s"),
      tento::field("/hours").label("Hours of the day").type(tento::FieldType::integer).unit("h"),
      tento::field("/weather_code").label("WMO code").type(tento::FieldType::integer),
      tento::field("/source").label("Told by").role(tento::FieldRole::category));

  /// The key.
  static std::string lookup_key(const WeatherParams& params, const tento::NoParams&) { return place_key(params); }
  /// Rows of one place have the same cells.
  static tento::Result<std::string> alias_key(const tento::RowKeyCtx<Daily>& ctx) {
    return place_alias("daily", ctx.params);
  }
  /// Forecasts are made anew every hour at most.
  static constexpr tento::SyncShape sync_shape() {
    return {
        .stages = {"viewport", tento::Stage("backfill").after("viewport")}, .stale_after_s = 3600, .interval_s = 3600};
  }
  /// Fetches a stage.
  static tento::Result<tento::Synced> sync(tento::SyncCtx<Daily>& ctx);
};

}  // namespace weather::rows
