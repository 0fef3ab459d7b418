// SPDX-License-Identifier: Apache-2.0
// What is wrong with a store that can be opened, and what it holds.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "host/store/sqlite/connection.hpp"
#include "host/store/sqlite/lock.hpp"
#include "host/store/store_files.hpp"

namespace tento::host::sqlite {

struct OpenForReading {
  Connection db;
  Access access = Access::read_only;
  bool doubted = false;  // its cells are to be held against their hashes
  std::unique_ptr<LockForAMoment>
      kept_still;  // while it lives nobody begins to write a file that is read as it lies there
};
// A connection that reads the store of a folder, checked as an opening of it is. Where the folder cannot be written, a
// file that has all that was committed is read all the same. Throws StoreFailure.
[[nodiscard]] OpenForReading open_for_reading(const std::string& folder, int cache_kib);
// A sentence for each thing, the first twenty.
[[nodiscard]] std::vector<std::string> problems_of(Connection& db, CheckDepth depth);
// Without `bytes`.
[[nodiscard]] StoreContent content_of(Connection& db);

}  // namespace tento::host::sqlite
