// SPDX-License-Identifier: Apache-2.0
/// @file cycles.hpp
/// `:~whoop:{authId}:cycles`: days of the body, from falling asleep to falling asleep. A cell's id is the service's,
/// its date the day that follows the falling asleep (Cycle::day).
#pragma once

#include "sync_shape.hpp"
#include "whoop.hpp"

namespace whoop::rows {

/// Cycles.
struct CyclesRow : tento::RowBase<Whoop> {
  static constexpr std::string_view ROW_LABEL = "whoop-cycles";  ///< what it is called
  /// What is in a cell; values only where the service has evaluated the record.
  static constexpr auto FIELDS = tento::fields(
      tento::field("/start").label("Start").type(tento::FieldType::time).role(tento::FieldRole::start),
      tento::field("/end").label("End").type(tento::FieldType::time).role(tento::FieldRole::end),
      tento::field("/state").label("State").role(tento::FieldRole::category),
      tento::field("/strain").label("Strain").type(tento::FieldType::number).role(tento::FieldRole::value),
      tento::field("/energy_kj").label("Energy").type(tento::FieldType::number).unit("kJ"),
      tento::field("/average_heart_rate").label("Average heart rate").type(tento::FieldType::number).unit("/min"),
      tento::field("/max_heart_rate").label("Highest heart rate").type(tento::FieldType::number).unit("/min"));

  /// The key.
  static std::string lookup_key(const WhoopParams& params, const tento::NoParams&) {
    return account_key(params) + ":cycles";
  }
  /// A week, a month, a year.
  static constexpr tento::SyncShape sync_shape() { return week_month_year(); }
  /// Fetches a stage; see sync_plugin/window_sync.hpp.
  static tento::Result<tento::Synced> sync(tento::SyncCtx<CyclesRow>& ctx);
};

}  // namespace whoop::rows
