// SPDX-License-Identifier: Apache-2.0
/// @file commits.hpp
/// The row of commits: what its cells hold and how it syncs.
#pragma once

#include <string>
#include <string_view>
#include <tento/sdk/row.hpp>

#include "git_repository.hpp"

namespace tento::git {

/// `:~git:{authId}:commits`: a cell is a commit, its id the hash, its date the author's.
struct Commits : RowBase<GitRepository> {
  static constexpr std::string_view ROW_LABEL = "git-commits";  ///< its name
  /// What commit_json writes.
  static constexpr auto FIELDS = tento::fields(
      field("/subject").label("Subject").role(FieldRole::title),
      field("/author/name").label("Author").role(FieldRole::category), field("/author/email").label("Author's e-mail"),
      field("/author/time").label("Written").type(FieldType::time).role(FieldRole::start),
      field("/insertions").label("Lines added").type(FieldType::integer).role(FieldRole::value),
      field("/deletions").label("Lines removed").type(FieldType::integer),
      field("/files_changed").label("Files changed").type(FieldType::integer), field("/hash").label("Hash"),
      field("/parents").label("Parents").type(FieldType::array), field("/committer/name").label("Committer"),
      field("/committer/email").label("Committer's e-mail"),
      field("/committer/time").label("Committed").type(FieldType::time), field("/message").label("Message"),
      field("/files").label("Files").type(FieldType::array));

  /// The canonical key.
  static std::string lookup_key(const RepositoryParams& params, const NoParams&) {
    return tento::lookup_key(":~git:{authId}:commits", params);
  }
  /// Viewport first; the rest of history waits for it. Looking again costs next to nothing while no reference moved.
  static constexpr SyncShape sync_shape() {
    return {.stages = {"viewport", Stage("backfill").after("viewport")}, .stale_after_s = 60, .interval_s = 300};
  }
  /// For hosts that use the connector alone; the same as the sync-plugin's executor.
  static Result<Synced> sync(SyncCtx<Commits>& ctx);
};

}  // namespace tento::git
