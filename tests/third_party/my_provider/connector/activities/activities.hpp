// SPDX-License-Identifier: Apache-2.0
/// @file activities.hpp
/// MyProvider activities: `:~myprovider:{authId}:activities`, one cell per activity.
#pragma once

#include <string>
#include <tento/sdk.hpp>

#include "../my_provider.hpp"

namespace myprovider {

/// The sync row.
struct Activities {
  using Integration = MyProvider;                                         ///< its integration
  using Params = tento::NoParams;                                         ///< nothing beyond the account
  static constexpr std::string_view ROW_LABEL = "myprovider-activities";  ///< what people see
  /// What is in a cell.
  static constexpr auto FIELDS = tento::fields(tento::field("/name").label("Name").role(tento::FieldRole::title),
                                               tento::field("/minutes")
                                                   .label("Duration")
                                                   .type(tento::FieldType::integer)
                                                   .unit("min")
                                                   .role(tento::FieldRole::value));

  /// The canonical key.
  static std::string lookup_key(const MyProviderParams& account, const tento::NoParams&) {
    return tento::lookup_key(":~myprovider:{authId}:activities", account);
  }
  /// Newest first, then the rest.
  static constexpr tento::SyncShape sync_shape() { return {.stages = {"viewport", "backfill"}}; }
  /// Fetches one stage.
  static tento::Result<std::size_t> sync(tento::SyncCtx<Activities>& ctx);
};

/// The cell of an activity.
tento::Cell to_cell(const Activity& activity);
/// The days that a window holds.
DayRange days_of(const tento::Span& window);

}  // namespace myprovider
