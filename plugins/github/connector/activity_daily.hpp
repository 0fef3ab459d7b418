// SPDX-License-Identifier: Apache-2.0
/// @file activity_daily.hpp
/// `:~github:{authId}:activity:daily`: what the account did on each day of its zone, computed from the rows that are
/// held: its events, and its commits in the repositories whose rows of commits are synced.
#pragma once

#include "github.hpp"

namespace github::rows {

/// The row.
struct ActivityDaily : tento::RowBase<GitHub> {
  static constexpr std::string_view ROW_LABEL = "github-activity-daily";         ///< what it is called
  static constexpr tento::Cardinality CARDINALITY = tento::Cardinality::single;  ///< one cell a day
  /// What a day has.
  static constexpr auto FIELDS = tento::fields(
      tento::field("/events").label("Events").type(tento::FieldType::integer).role(tento::FieldRole::value),
      tento::field("/commits").label("Commits").type(tento::FieldType::integer),
      tento::field("/pushes").label("Pushes").type(tento::FieldType::integer),
      tento::field("/issues").label("Issues").type(tento::FieldType::integer),
      tento::field("/pull_requests").label("Pull requests").type(tento::FieldType::integer),
      tento::field("/reviews").label("Reviews").type(tento::FieldType::integer),
      tento::field("/comments").label("Comments").type(tento::FieldType::integer),
      tento::field("/created").label("Created").type(tento::FieldType::integer),
      tento::field("/repositories").label("Repositories").type(tento::FieldType::integer));

  /// The key.
  static std::string lookup_key(const GitHubParams& params, const tento::NoParams&) {
    return account_key(params) + ":activity:daily";
  }
  /// Computes the days of the window.
  static tento::Result<std::vector<tento::Cell>> list_cells(tento::ReadCtx<ActivityDaily>& ctx);
};

}  // namespace github::rows
