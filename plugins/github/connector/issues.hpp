// SPDX-License-Identifier: Apache-2.0
/// @file issues.hpp
/// `:~github:{authId}:repo:{owner}:{repo}:issues`: the issues of a repository, and its pull requests, which the service
/// lists among them; those have a member `pull_request`. A cell's id is the issue's number, its date that of creation,
/// its version the service's `updated_at`.
#pragma once

#include "github.hpp"

namespace github::rows {

/// The row. Read, created and changed.
struct Issues {
  using Integration = GitHub;                                     ///< the account
  using Params = RepoParams;                                      ///< the repository
  static constexpr std::string_view ROW_LABEL = "github-issues";  ///< what it is called
  /// What is in the service's record.
  static constexpr auto FIELDS = tento::fields(
      tento::field("/title").label("Title").role(tento::FieldRole::title),
      tento::field("/state").label("State").role(tento::FieldRole::category),
      tento::field("/pull_request").label("Pull request (absent for an issue)").type(tento::FieldType::object),
      tento::field("/number").label("Number").type(tento::FieldType::integer),
      tento::field("/user/login").label("Author"),
      tento::field("/comments").label("Comments").type(tento::FieldType::integer),
      tento::field("/labels").label("Labels").type(tento::FieldType::array),
      tento::field("/created_at").label("Created").type(tento::FieldType::time).role(tento::FieldRole::start),
      tento::field("/updated_at").label("Updated").type(tento::FieldType::time),
      tento::field("/closed_at").label("Closed").type(tento::FieldType::time),
      tento::field("/html_url").label("Page").type(tento::FieldType::url).role(tento::FieldRole::url));

  /// The key.
  static std::string lookup_key(const GitHubParams& params, const RepoParams& own) {
    return repo_key(params, own) + ":issues";
  }
  /// What is new first; the rest of the list, and a look for what is gone, after it.
  static constexpr tento::SyncShape sync_shape() {
    return {
        .stages = {"viewport", tento::Stage("backfill").after("viewport")}, .stale_after_s = 600, .interval_s = 900};
  }
  /// Fetches a stage.
  static tento::Result<tento::Synced> sync(tento::SyncCtx<Issues>& ctx);
  /// Creates an issue; the body is what the service takes (`title`, `body`, `labels`, ...).
  static tento::Result<tento::WriteOutput> post(tento::WriteCtx<Issues>& ctx);
  /// Changes one (`title`, `state`, ...). With a version that the writer expects it is looked at before, and `conflict`
  /// names both versions where it is another now. A best effort: the service itself takes no condition, so a change
  /// between the look and the write is overwritten.
  static tento::Result<tento::WriteOutput> patch(tento::WriteCtx<Issues>& ctx);
};

}  // namespace github::rows
