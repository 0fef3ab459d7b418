// SPDX-License-Identifier: Apache-2.0
// Rows that go with all that hangs on them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "host/store/sqlite/connection.hpp"

namespace tento::host::sqlite {

struct DoomedRow {
  std::int64_t n;
  Uuid id;
  Uuid owner;
  std::string lookup_key;
};
[[nodiscard]] std::vector<DoomedRow> rows_of_account(Connection& db, const Uuid& owner, std::string_view provider,
                                                     std::string_view auth_id);
[[nodiscard]] std::vector<DoomedRow> rows_of_owner(Connection& db, const Uuid& owner);
// Makes the loss of a row a change of its own, so that readers of changes learn of it.
void tell_gone(Connection& db, const DoomedRow& row, std::int64_t now_us);
// Cells, raws, deletions, coverage, cursors, jobs, runs and the row.
void purge_row(Connection& db, const DoomedRow& row);

}  // namespace tento::host::sqlite
