// SPDX-License-Identifier: Apache-2.0
/// @file sleep.hpp
/// `:~whoop:{authId}:sleep`: nights and naps. A cell's id is the service's, its date the day on which the sleep
/// ends, by the clock that the person had.
#pragma once

#include "sync_shape.hpp"
#include "whoop.hpp"

namespace whoop::rows {

/// Nights and naps.
struct SleepRow : tento::RowBase<Whoop> {
  static constexpr std::string_view ROW_LABEL = "whoop-sleep";  ///< what it is called
  /// What is in a cell; values only where the service has evaluated the record.
  static constexpr auto FIELDS = tento::fields(
      tento::field("/kind").label("Kind").role(tento::FieldRole::title),
      tento::field("/start").label("Asleep").type(tento::FieldType::time).role(tento::FieldRole::start),
      tento::field("/end").label("Awake").type(tento::FieldType::time).role(tento::FieldRole::end),
      tento::field("/state").label("State").role(tento::FieldRole::category),
      tento::field("/performance")
          .label("Performance")
          .type(tento::FieldType::number)
          .unit("%")
          .role(tento::FieldRole::value),
      tento::field("/asleep_s").label("Slept").type(tento::FieldType::number).unit("s"),
      tento::field("/in_bed_s").label("In bed").type(tento::FieldType::number).unit("s"),
      tento::field("/awake_s").label("Awake in bed").type(tento::FieldType::number).unit("s"),
      tento::field("/light_s").label("Light sleep").type(tento::FieldType::number).unit("s"),
      tento::field("/slow_wave_s").label("Slow wave sleep").type(tento::FieldType::number).unit("s"),
      tento::field("/rem_s").label("REM sleep").type(tento::FieldType::number).unit("s"),
      tento::field("/no_data_s").label("Not measured").type(tento::FieldType::number).unit("s"),
      tento::field("/sleep_cycles").label("Sleep cycles").type(tento::FieldType::integer),
      tento::field("/disturbances").label("Disturbances").type(tento::FieldType::integer),
      tento::field("/efficiency").label("Efficiency").type(tento::FieldType::number).unit("%"),
      tento::field("/consistency").label("Consistency").type(tento::FieldType::number).unit("%"),
      tento::field("/respiratory_rate").label("Respiratory rate").type(tento::FieldType::number).unit("/min"),
      tento::field("/need_s").label("Needed").type(tento::FieldType::number).unit("s"),
      tento::field("/need_baseline_s").label("Needed usually").type(tento::FieldType::number).unit("s"),
      tento::field("/need_debt_s").label("Needed for missed sleep").type(tento::FieldType::number).unit("s"),
      tento::field("/need_strain_s").label("Needed for strain").type(tento::FieldType::number).unit("s"),
      tento::field("/need_nap_s").label("Needed less for naps").type(tento::FieldType::number).unit("s"),
      tento::field("/cycle").label("Cycle").type(tento::FieldType::integer));

  /// The key.
  static std::string lookup_key(const WhoopParams& params, const tento::NoParams&) {
    return account_key(params) + ":sleep";
  }
  /// A week, a month, a year.
  static constexpr tento::SyncShape sync_shape() { return week_month_year(); }
  /// Fetches a stage; see sync_plugin/window_sync.hpp.
  static tento::Result<tento::Synced> sync(tento::SyncCtx<SleepRow>& ctx);
};

}  // namespace whoop::rows
