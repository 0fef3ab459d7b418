// SPDX-License-Identifier: Apache-2.0
// SQL on a store's file behind the store's back, on a connection of its own.
#pragma once

#include <doctest/doctest.h>
#include <sqlite3.h>

#include <filesystem>

namespace tento::host::testing {

inline void run_sql(const std::filesystem::path& file, const char* sql) {
  sqlite3* db = nullptr;
  REQUIRE(sqlite3_open(file.c_str(), &db) == SQLITE_OK);
  CHECK(sqlite3_exec(db, sql, nullptr, nullptr, nullptr) == SQLITE_OK);
  sqlite3_close(db);
}

}  // namespace tento::host::testing
