// SPDX-License-Identifier: Apache-2.0
/// @file recovery.hpp
/// `:~whoop:{authId}:recovery`: one recovery for a cycle. The service gives a recovery neither an id nor a time: a
/// cell's id is that of the cycle, which the service itself asks for one by, and which stays when a sleep is edited and
/// becomes another; its date is the day of the sleep.
#pragma once

#include "sync_shape.hpp"
#include "whoop.hpp"

namespace whoop::rows {

/// Recoveries.
struct RecoveryRow : tento::RowBase<Whoop> {
  static constexpr std::string_view ROW_LABEL = "whoop-recovery";  ///< what it is called
  /// What is in a cell; values only where the service has evaluated the record.
  static constexpr auto FIELDS = tento::fields(
      tento::field("/state").label("State").role(tento::FieldRole::category),
      tento::field("/recovery")
          .label("Recovery")
          .type(tento::FieldType::number)
          .unit("%")
          .role(tento::FieldRole::value),
      tento::field("/resting_heart_rate").label("Resting heart rate").type(tento::FieldType::number).unit("/min"),
      tento::field("/hrv_rmssd_ms").label("Heart rate variability").type(tento::FieldType::number).unit("ms"),
      tento::field("/spo2").label("Blood oxygen").type(tento::FieldType::number).unit("%"),
      tento::field("/skin_temperature_c").label("Skin temperature").type(tento::FieldType::number).unit("Cel"),
      tento::field("/calibrating").label("Calibrating").type(tento::FieldType::boolean),
      tento::field("/cycle").label("Cycle").type(tento::FieldType::integer), tento::field("/sleep").label("Sleep"));

  /// The key.
  static std::string lookup_key(const WhoopParams& params, const tento::NoParams&) {
    return account_key(params) + ":recovery";
  }
  /// A week, a month, a year.
  static constexpr tento::SyncShape sync_shape() { return week_month_year(); }
  /// Fetches a stage; see sync_plugin/window_sync.hpp.
  static tento::Result<tento::Synced> sync(tento::SyncCtx<RecoveryRow>& ctx);
};

}  // namespace whoop::rows
