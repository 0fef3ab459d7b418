// SPDX-License-Identifier: Apache-2.0
// What is wrong with a store that can be opened, and what it holds.
#pragma once

#include <string>
#include <vector>

#include "host/store/sqlite/connection.hpp"
#include "host/store/store_files.hpp"

namespace tento::host::sqlite {

// A connection that reads the store of a folder, checked as an opening of it is. Throws StoreFailure.
[[nodiscard]] Connection open_for_reading(const std::string& folder, int cache_kib);
// A sentence for each thing, the first twenty.
[[nodiscard]] std::vector<std::string> problems_of(Connection& db, CheckDepth depth);
// Without `bytes`.
[[nodiscard]] StoreContent content_of(Connection& db);

}  // namespace tento::host::sqlite
