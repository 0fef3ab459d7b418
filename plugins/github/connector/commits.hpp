// SPDX-License-Identifier: Apache-2.0
/// @file commits.hpp
/// `:~github:{authId}:repo:{owner}:{repo}:commits`: the commits of a repository's default branch. A cell's id is the
/// commit's hash, its date the committer's. What a force push took off the branch is deleted.
#pragma once

#include "github.hpp"

namespace github::rows {

/// The row.
struct Commits {
  using Integration = GitHub;                                      ///< the account
  using Params = RepoParams;                                       ///< the repository
  static constexpr std::string_view ROW_LABEL = "github-commits";  ///< what it is called
  /// What is in the service's record.
  static constexpr auto FIELDS =
      tento::fields(tento::field("/commit/message").label("Message").role(tento::FieldRole::title),
                    tento::field("/commit/author/name").label("Author").role(tento::FieldRole::category),
                    tento::field("/author/login").label("Author's account"), tento::field("/sha").label("Hash"),
                    tento::field("/commit/author/date").label("Written").type(tento::FieldType::time),
                    tento::field("/commit/committer/date")
                        .label("Committed")
                        .type(tento::FieldType::time)
                        .role(tento::FieldRole::start),
                    tento::field("/parents").label("Parents").type(tento::FieldType::array),
                    tento::field("/html_url").label("Page").type(tento::FieldType::url).role(tento::FieldRole::url));

  /// The key.
  static std::string lookup_key(const GitHubParams& params, const RepoParams& own) {
    return repo_key(params, own) + ":commits";
  }
  /// The latest four weeks first.
  static constexpr tento::SyncShape sync_shape() {
    return {
        .stages = {"viewport", tento::Stage("backfill").after("viewport")}, .stale_after_s = 600, .interval_s = 900};
  }
  /// Fetches a stage.
  static tento::Result<tento::Synced> sync(tento::SyncCtx<Commits>& ctx);
};

}  // namespace github::rows
