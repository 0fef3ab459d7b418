// SPDX-License-Identifier: Apache-2.0
/// @file commits_daily.hpp
/// The row of days: computed from the stored commits.
#pragma once

#include <string>
#include <string_view>
#include <tento/sdk/row.hpp>

#include "commits.hpp"

namespace tento::git {

/// `:~git:{authId}:commits:daily`: one cell a day, in each author's own offset.
struct CommitsDaily : RowBase<GitRepository> {
  static constexpr std::string_view ROW_LABEL = "git-commits-daily";  ///< its name
  static constexpr Cardinality CARDINALITY = Cardinality::single;     ///< one cell a day
  /// What DayBook writes.
  static constexpr auto FIELDS =
      tento::fields(field("/commits").label("Commits").type(FieldType::integer).role(FieldRole::value),
                    field("/insertions").label("Lines added").type(FieldType::integer),
                    field("/deletions").label("Lines removed").type(FieldType::integer),
                    field("/files_changed").label("Files changed").type(FieldType::integer),
                    field("/authors").label("Authors").type(FieldType::array));

  /// The canonical key.
  static std::string lookup_key(const RepositoryParams& params, const NoParams&) {
    return tento::lookup_key(":~git:{authId}:commits:daily", params);
  }
  /// Reads the stored commits and gives the days that the window holds, ascending.
  static Result<void> list_cells(ReadCtx<CommitsDaily>& ctx, CellSink& out);
};

}  // namespace tento::git
