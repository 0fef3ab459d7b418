// SPDX-License-Identifier: Apache-2.0
// `:~myprovider:{authId}:activities:weekly`: computed from stored cells, stored nowhere.
#pragma once

#include <map>

#include "activities.hpp"

namespace myprovider {

// [weekly]
/// How many activities each ISO week had.
struct Weekly : tento::RowBase<MyProvider> {
  static constexpr std::string_view ROW_LABEL = "myprovider-weekly";
  static constexpr tento::Cardinality CARDINALITY = tento::Cardinality::single;

  static std::string lookup_key(const MyProviderParams& params, const tento::NoParams& own) {
    return Activities::lookup_key(params, own) + ":weekly";
  }

  static tento::Result<std::vector<tento::Cell>> list_cells(tento::ReadCtx<Weekly>& ctx) {
    std::map<tento::Date, int> weeks;  // by Monday
    TENTO_TRY(ctx.deps.read_cells(
        ctx.key_of<Activities>(), ctx.window, [&](const tento::CellView& cell) -> tento::Result<void> {
          TENTO_TRY_ASSIGN(const tento::SemanticTime date, tento::SemanticTime::from_abi(cell.date));
          TENTO_TRY_ASSIGN(const tento::PartialDate week, tento::PartialDate::week_of(date.start()));
          ++weeks[week.start()];
          return {};
        }));
    std::vector<tento::Cell> cells;
    for (const auto& [monday, count] : weeks) {
      TENTO_TRY_ASSIGN(const tento::PartialDate week, tento::PartialDate::week_of(monday));
      cells.push_back({.date = week, .data = R"({"count":)" + std::to_string(count) + "}"});
    }
    return cells;
  }
};
// [/weekly]

}  // namespace myprovider
