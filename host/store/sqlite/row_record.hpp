// SPDX-License-Identifier: Apache-2.0
// A row's record out of a statement.
#pragma once

#include "host/model/row.hpp"
#include "host/store/sqlite/connection.hpp"

// The columns that row_of() takes.
#define TENTO_SQL_ROW                                                                                              \
  "SELECT id, owner, provider, integration, pattern, lookup_key, auth_id, label, attributes, hidden, created_us, " \
  "change_seq, due_us, paused FROM rows "

namespace tento::host::sqlite {

[[nodiscard]] RowRecord row_of(const Query& q);

}  // namespace tento::host::sqlite
