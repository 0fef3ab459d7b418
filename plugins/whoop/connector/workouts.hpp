// SPDX-License-Identifier: Apache-2.0
/// @file workouts.hpp
/// `:~whoop:{authId}:workouts`: workouts. A cell's id is the service's, its date the day on which the workout starts,
/// by the clock that the person had.
#pragma once

#include "sync_shape.hpp"
#include "whoop.hpp"

namespace whoop::rows {

/// Workouts.
struct WorkoutsRow : tento::RowBase<Whoop> {
  static constexpr std::string_view ROW_LABEL = "whoop-workouts";  ///< what it is called
  /// What is in a cell; values only where the service has evaluated the record.
  static constexpr auto FIELDS = tento::fields(
      tento::field("/sport").label("Sport").role(tento::FieldRole::title),
      tento::field("/start").label("Start").type(tento::FieldType::time).role(tento::FieldRole::start),
      tento::field("/end").label("End").type(tento::FieldType::time).role(tento::FieldRole::end),
      tento::field("/state").label("State").role(tento::FieldRole::category),
      tento::field("/strain").label("Strain").type(tento::FieldType::number).role(tento::FieldRole::value),
      tento::field("/energy_kj").label("Energy").type(tento::FieldType::number).unit("kJ"),
      tento::field("/average_heart_rate").label("Average heart rate").type(tento::FieldType::number).unit("/min"),
      tento::field("/max_heart_rate").label("Highest heart rate").type(tento::FieldType::number).unit("/min"),
      tento::field("/distance_m").label("Distance").type(tento::FieldType::number).unit("m"),
      tento::field("/altitude_gain_m").label("Climbed").type(tento::FieldType::number).unit("m"),
      tento::field("/altitude_change_m").label("Altitude change").type(tento::FieldType::number).unit("m"),
      tento::field("/recorded").label("Recorded").type(tento::FieldType::number).unit("%"),
      tento::field("/zone_0_s").label("Zone 0").type(tento::FieldType::number).unit("s"),
      tento::field("/zone_1_s").label("Zone 1").type(tento::FieldType::number).unit("s"),
      tento::field("/zone_2_s").label("Zone 2").type(tento::FieldType::number).unit("s"),
      tento::field("/zone_3_s").label("Zone 3").type(tento::FieldType::number).unit("s"),
      tento::field("/zone_4_s").label("Zone 4").type(tento::FieldType::number).unit("s"),
      tento::field("/zone_5_s").label("Zone 5").type(tento::FieldType::number).unit("s"));

  /// The key.
  static std::string lookup_key(const WhoopParams& params, const tento::NoParams&) {
    return account_key(params) + ":workouts";
  }
  /// A week, a month, a year.
  static constexpr tento::SyncShape sync_shape() { return week_month_year(); }
  /// Fetches a stage; see sync_plugin/window_sync.hpp.
  static tento::Result<tento::Synced> sync(tento::SyncCtx<WorkoutsRow>& ctx);
};

}  // namespace whoop::rows
