// SPDX-License-Identifier: Apache-2.0
/// @file air.hpp
/// `:~weather:{locationId}:air`: the air of a place hour by hour. A cell is a moment, as in the row of hours. Pollen is
/// told for Europe, in its season.
#pragma once

#include "weather.hpp"

namespace weather::rows {

/// The row.
struct Air : tento::RowBase<Weather> {
  static constexpr std::string_view ROW_LABEL = "weather-air";                   ///< what it is called
  static constexpr std::string_view CELL_ENCODING = "weather-air.v1";            ///< see README.md
  static constexpr tento::Cardinality CARDINALITY = tento::Cardinality::single;  ///< one cell an hour
  /// What hour_data writes.
  static constexpr auto FIELDS = tento::fields(
      tento::field("/european_aqi")
          .label("European air quality index")
          .type(tento::FieldType::integer)
          .role(tento::FieldRole::value),
      tento::field("/us_aqi").label("United States air quality index").type(tento::FieldType::integer),
      tento::field("/pm2_5").label("Particles up to 2.5 micrometres").type(tento::FieldType::number).unit("ug/m3"),
      tento::field("/pm10").label("Particles up to 10 micrometres").type(tento::FieldType::number).unit("ug/m3"),
      tento::field("/carbon_monoxide").label("Carbon monoxide").type(tento::FieldType::number).unit("ug/m3"),
      tento::field("/nitrogen_dioxide").label("Nitrogen dioxide").type(tento::FieldType::number).unit("ug/m3"),
      tento::field("/sulphur_dioxide").label("Sulphur dioxide").type(tento::FieldType::number).unit("ug/m3"),
      tento::field("/ozone").label("Ozone").type(tento::FieldType::number).unit("ug/m3"),
      tento::field("/ammonia").label("Ammonia").type(tento::FieldType::number).unit("ug/m3"),
      tento::field("/dust").label("Dust").type(tento::FieldType::number).unit("ug/m3"),
      tento::field("/alder_pollen").label("Alder pollen").type(tento::FieldType::number).unit("{grains}/m3"),
      tento::field("/birch_pollen").label("Birch pollen").type(tento::FieldType::number).unit("{grains}/m3"),
      tento::field("/grass_pollen").label("Grass pollen").type(tento::FieldType::number).unit("{grains}/m3"),
      tento::field("/mugwort_pollen").label("Mugwort pollen").type(tento::FieldType::number).unit("{grains}/m3"),
      tento::field("/olive_pollen").label("Olive pollen").type(tento::FieldType::number).unit("{grains}/m3"),
      tento::field("/ragweed_pollen").label("Ragweed pollen").type(tento::FieldType::number).unit("{grains}/m3"));

  /// The key.
  static std::string lookup_key(const WeatherParams& params, const tento::NoParams&) {
    return place_key(params) + ":air";
  }
  /// Rows of one place have the same cells.
  static tento::Result<std::string> alias_key(const tento::RowKeyCtx<Air>& ctx) {
    return place_alias("air", ctx.params);
  }
  /// Its models are run twice a day.
  static constexpr tento::SyncShape sync_shape() {
    return {
        .stages = {"viewport", tento::Stage("backfill").after("viewport")}, .stale_after_s = 7200, .interval_s = 7200};
  }
  /// Fetches a stage.
  static tento::Result<tento::Synced> sync(tento::SyncCtx<Air>& ctx);
};

}  // namespace weather::rows
