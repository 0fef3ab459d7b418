// SPDX-License-Identifier: Apache-2.0
/// @file repos.hpp
/// `:~github:{authId}:repos`: the repositories that the account can see as owner, collaborator or member. A cell's id
/// is the repository's number, which outlives its name, its date that of creation.
#pragma once

#include "github.hpp"

namespace github::rows {

/// The row.
struct Repos : tento::RowBase<GitHub> {
  static constexpr std::string_view ROW_LABEL = "github-repos";  ///< what it is called
  /// What is in the service's record.
  static constexpr auto FIELDS = tento::fields(
      tento::field("/full_name").label("Name").role(tento::FieldRole::title),
      tento::field("/language").label("Language").role(tento::FieldRole::category),
      tento::field("/description").label("Description"),
      tento::field("/private").label("Private").type(tento::FieldType::boolean),
      tento::field("/fork").label("Fork").type(tento::FieldType::boolean),
      tento::field("/archived").label("Archived").type(tento::FieldType::boolean),
      tento::field("/stargazers_count").label("Stars").type(tento::FieldType::integer).role(tento::FieldRole::value),
      tento::field("/open_issues_count").label("Open issues").type(tento::FieldType::integer),
      tento::field("/created_at").label("Created").type(tento::FieldType::time).role(tento::FieldRole::start),
      tento::field("/pushed_at").label("Pushed").type(tento::FieldType::time),
      tento::field("/html_url").label("Page").type(tento::FieldType::url).role(tento::FieldRole::url));

  /// The key.
  static std::string lookup_key(const GitHubParams& params, const tento::NoParams&) {
    return account_key(params) + ":repos";
  }
  /// One stage: the list is short, and each page says by its version whether it changed.
  static constexpr tento::SyncShape sync_shape() {
    return {.stages = {"viewport"}, .stale_after_s = 3600, .interval_s = 3600};
  }
  /// Fetches all of them.
  static tento::Result<tento::Synced> sync(tento::SyncCtx<Repos>& ctx);
};

}  // namespace github::rows
