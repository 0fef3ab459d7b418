// SPDX-License-Identifier: Apache-2.0
/// @file events.hpp
/// `:~github:{authId}:events`: what the account did. The service shows the latest 300 of the last 30 days and no more,
/// so what is not fetched in time is not to be had: coverage says which spans those are.
#pragma once

#include "github.hpp"

namespace github::rows {

/// The row.
struct Events : tento::RowBase<GitHub> {
  static constexpr std::string_view ROW_LABEL = "github-events";  ///< what it is called
  /// What is in the service's record.
  static constexpr auto FIELDS = tento::fields(
      tento::field("/type").label("Type").role(tento::FieldRole::category),
      tento::field("/repo/name").label("Repository").role(tento::FieldRole::title),
      tento::field("/payload/action").label("Action"),
      tento::field("/public").label("Public").type(tento::FieldType::boolean),
      tento::field("/created_at").label("Time").type(tento::FieldType::time).role(tento::FieldRole::start),
      tento::field("/payload").label("Details").type(tento::FieldType::object));

  /// The key.
  static std::string lookup_key(const GitHubParams& params, const tento::NoParams&) {
    return account_key(params) + ":events";
  }
  /// One stage: there is no history to be fetched later.
  static constexpr tento::SyncShape sync_shape() {
    return {.stages = {"viewport"}, .stale_after_s = 300, .interval_s = 300};
  }
  /// Fetches what is new.
  static tento::Result<tento::Synced> sync(tento::SyncCtx<Events>& ctx);
};

}  // namespace github::rows
