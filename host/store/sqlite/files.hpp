// SPDX-License-Identifier: Apache-2.0
// What lies in a data folder before SQLite looks: a store, the log beside it, and whether they are of each other.
#pragma once

#include <string>

#include "host/store/sqlite/connection.hpp"

namespace tento::host::sqlite {

struct StoreFiles {
  std::string path;         // of store.sqlite
  bool store = false;       // it is there and not empty
  bool log = false;         // store.sqlite-wal is there, be it empty
  bool log_filled = false;  // and has something in it
};

// The folder's real path (SQLite refuses symbolic links below it), made for this user alone when it is new and `make`
// says so.
[[nodiscard]] std::string real_folder(const std::string& folder, bool make);

[[nodiscard]] StoreFiles look_at_files(const std::string& path);
// Throws StoreFailure: `store_missing` when there is no store, or an empty one, in a folder that has had one (`noted`,
// or what is left in it says so); `store_log_mismatch` when the log continues another state of the file. To be called
// while nobody works on the store, before it is opened.
void check_files(const StoreFiles& files, bool noted);
// Whether the log beside a file continues it, as far as can be told.
[[nodiscard]] bool log_belongs(const std::string& path);
// Throws StoreFailure `store_incomplete`: the file was copied from a running host, without the log that was beside it.
void check_whole(const StoreFiles& files, Connection& db);

}  // namespace tento::host::sqlite
