// SPDX-License-Identifier: Apache-2.0
// The tables, as numbered migrations that only go forward.
#pragma once

#include "host/store/sqlite/connection.hpp"

namespace tento::host::sqlite {

// The schema this program writes.
[[nodiscard]] int newest_schema();
// Refuses (StoreFailure) a file that is no store, or one of a newer program, naming both versions. Changes nothing.
void check_schema(Connection& db);
// Brings an accepted file up to a schema, each step in a transaction of its own.
void migrate(Connection& db, int to = newest_schema());

}  // namespace tento::host::sqlite
