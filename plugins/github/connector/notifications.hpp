// SPDX-License-Identifier: Apache-2.0
/// @file notifications.hpp
/// `:~github:{authId}:notifications`: what the account was told, read and unread. A cell's id is the thread's, its date
/// that of its last update; a thread that is updated moves.
#pragma once

#include "github.hpp"

namespace github::rows {

/// The row.
struct Notifications : tento::RowBase<GitHub> {
  static constexpr std::string_view ROW_LABEL = "github-notifications";  ///< what it is called
  /// What is in the service's record.
  static constexpr auto FIELDS = tento::fields(
      tento::field("/subject/title").label("Subject").role(tento::FieldRole::title),
      tento::field("/reason").label("Reason").role(tento::FieldRole::category),
      tento::field("/unread").label("Unread").type(tento::FieldType::boolean),
      tento::field("/repository/full_name").label("Repository"), tento::field("/subject/type").label("Type"),
      tento::field("/updated_at").label("Updated").type(tento::FieldType::time).role(tento::FieldRole::start),
      tento::field("/last_read_at").label("Read").type(tento::FieldType::time));

  /// The key.
  static std::string lookup_key(const GitHubParams& params, const tento::NoParams&) {
    return account_key(params) + ":notifications";
  }
  /// The latest four weeks first.
  static constexpr tento::SyncShape sync_shape() {
    return {
        .stages = {"viewport", tento::Stage("backfill").after("viewport")}, .stale_after_s = 300, .interval_s = 300};
  }
  /// Fetches a stage.
  static tento::Result<tento::Synced> sync(tento::SyncCtx<Notifications>& ctx);
};

}  // namespace github::rows
