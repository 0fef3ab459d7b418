// SPDX-License-Identifier: Apache-2.0
// `:~myprovider:{authId}:activities`: synced from the service, one cell for each activity.
#pragma once

#include "myprovider.hpp"

namespace myprovider {

// [activities]
/// Activities, fetched stage by stage and stored.
struct Activities : tento::RowBase<MyProvider> {
  static constexpr std::string_view ROW_LABEL = "myprovider-activities";
  static constexpr auto FIELDS = tento::fields(tento::field("/kind").label("Kind").role(tento::FieldRole::category),
                                               tento::field("/minutes")
                                                   .type(tento::FieldType::integer)
                                                   .label("Duration")
                                                   .unit("min")
                                                   .role(tento::FieldRole::value));

  static std::string lookup_key(const MyProviderParams& params, const tento::NoParams&) {
    return ":~myprovider:" + tento::percent_encode_param(params.auth_id) + ":activities";
  }

  static constexpr tento::SyncShape sync_shape() {
    return {.stages = {"viewport", tento::Stage("backfill").after("viewport")}};
  }

  static tento::Result<tento::Synced> sync(tento::SyncCtx<Activities>& ctx);
};
// [/activities]

}  // namespace myprovider
