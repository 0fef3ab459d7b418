// SPDX-License-Identifier: Apache-2.0
// What the store's benches share: a folder of their own, a store with one row, cells of the size of an API's records,
// and the same file opened by bare SQLite.
#pragma once

#include <sqlite3.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "host/store/cell_codec.hpp"
#include "host/store/store.hpp"

namespace tento::bench {

[[noreturn]] inline void give_up(const std::string& why) {
  std::fprintf(stderr, "bench: %s\n", why.c_str());
  std::exit(1);
}

template <class T>
T must(Result<T> result) {
  if (!result) give_up(result.error().message);
  if constexpr (!std::is_void_v<T>) return std::move(*result);
}

class Folder {
 public:
  Folder() {
    std::string name = (std::filesystem::temp_directory_path() / "tento-bench-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) give_up("cannot make a folder in " + name);
    path_ = name;
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  ~Folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  std::string path_;
};

struct Store {
  std::unique_ptr<host::Store> cells;
  host::RowRecord row;
};

inline Store open_store(const std::string& folder) {
  host::StoreConfig options;
  options.folder = folder;
  options.time_zone = "UTC";
  Store store;
  store.cells = must(host::open_store(options));
  store.row.id.bytes.fill(7);
  store.row.owner = must(store.cells->users().default_user()).id;
  store.row.provider = "bench";
  store.row.integration = "Bench";
  store.row.pattern = ":~bench:{authId}:events";
  store.row.lookup_key = ":~bench:a:events";
  store.row.auth_id = "a";
  store.row = must(store.cells->rows().ensure(store.row));
  return store;
}

// The n-th cell of a stream in order of date: an id of 24 bytes, 395 bytes of data.
struct Sample {
  std::string id;
  std::string data;
  std::int64_t at_us;
};
inline Sample sample(std::uint64_t n) {
  char id[32];
  std::snprintf(id, sizeof id, "evt-%020llu", static_cast<unsigned long long>(n));
  Sample s{id, {}, 1'600'000'000'000'000 + static_cast<std::int64_t>(n) * 60'000'000};
  char head[128];
  std::snprintf(head, sizeof head,
                R"({"id":"%s","at":%lld,"type":"PushEvent","actor":{"id":%llu,"login":"user%llu"},"text":")", id,
                static_cast<long long>(s.at_us / 1'000'000), static_cast<unsigned long long>(n * 7919),
                static_cast<unsigned long long>(n % 1000));
  s.data = head;
  while (s.data.size() < 393) s.data += static_cast<char>('a' + (n + s.data.size()) % 26);
  s.data += "\"}";
  return s;
}

inline host::CellInput input(const Sample& s) {
  host::CellInput cell;
  cell.id = s.id;
  cell.date.kind = TENTO_TIME_INSTANT;
  cell.date.offset_minutes = TENTO_OFFSET_UNKNOWN;
  cell.date.unix_us = s.at_us;
  cell.start_us = cell.end_us = s.at_us;
  cell.data = s.data;
  return cell;
}

// Bare SQLite on the same file, with the same settings as the store's writer.
class Bare {
 public:
  explicit Bare(const std::string& folder) {
    if (sqlite3_open_v2((folder + "/store.sqlite").c_str(), &db_, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX,
                        nullptr) != SQLITE_OK)
      give_up("cannot open the bare store");
    run("PRAGMA synchronous=FULL");
    run("PRAGMA cache_size=-4096");
  }
  Bare(const Bare&) = delete;
  Bare& operator=(const Bare&) = delete;
  ~Bare() {
    for (auto* statement : statements_) sqlite3_finalize(statement);
    sqlite3_close(db_);
  }
  void run(const char* sql) {
    if (sqlite3_exec(db_, sql, nullptr, nullptr, nullptr) != SQLITE_OK) give_up(sqlite3_errmsg(db_));
  }
  sqlite3_stmt* prepare(const char* sql) {
    sqlite3_stmt* statement = nullptr;
    if (sqlite3_prepare_v3(db_, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, nullptr) != SQLITE_OK)
      give_up(sqlite3_errmsg(db_));
    statements_.push_back(statement);
    return statement;
  }

 private:
  sqlite3* db_ = nullptr;
  std::vector<sqlite3_stmt*> statements_;
};

}  // namespace tento::bench
