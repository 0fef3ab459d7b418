// SPDX-License-Identifier: Apache-2.0
// One SQLite connection and its prepared statements, owned and released by value. Failures throw StoreFailure.
#pragma once

#include <sqlite3.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

#include <tento/sdk/uuid.hpp>

namespace tento::host::sqlite {

// A prepared statement. Bound views must live until the next reset.
class Statement {
 public:
  Statement(sqlite3* db, const char* sql, std::string_view file);
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;
  ~Statement();

  void bind(int index, std::int64_t value);
  void bind_text(int index, std::string_view value);
  void bind_blob(int index, std::string_view value);
  void bind(int index, const Uuid& value);
  void bind_null(int index);

  // True = a row is there; false = done.
  bool step() {
    const int code = sqlite3_step(handle_);
    if (code == SQLITE_ROW) return true;
    if (code != SQLITE_DONE) fail_step(code);
    return false;
  }
  void reset() noexcept { sqlite3_reset(handle_); }

  [[nodiscard]] std::int64_t integer(int column) const noexcept { return sqlite3_column_int64(handle_, column); }
  [[nodiscard]] bool null(int column) const noexcept { return sqlite3_column_type(handle_, column) == SQLITE_NULL; }
  // Text or blob, borrowed until the next step or reset.
  [[nodiscard]] std::string_view bytes(int column) const noexcept {
    const auto* data = static_cast<const char*>(sqlite3_column_blob(handle_, column));
    return {data == nullptr ? "" : data, static_cast<std::size_t>(sqlite3_column_bytes(handle_, column))};
  }
  [[nodiscard]] std::string text(int column) const { return std::string(bytes(column)); }
  [[nodiscard]] Uuid uuid(int column) const;

 private:
  void check(int code) const;
  [[noreturn]] void fail_step(int code);
  sqlite3* db_;
  sqlite3_stmt* handle_ = nullptr;
  std::string_view file_;
};

// A cached statement in use: reset when it goes out of scope, so no read transaction outlives the question.
class Query {
 public:
  explicit Query(Statement& statement) noexcept : statement_(&statement) {}
  Query(const Query&) = delete;
  Query& operator=(const Query&) = delete;
  ~Query() { statement_->reset(); }
  Statement* operator->() const noexcept { return statement_; }
  // Steps a statement that gives no rows, and makes it ready for the next values.
  void run() {
    statement_->step();
    statement_->reset();
  }

 private:
  Statement* statement_;
};

// Other processes are kept out by the lock file; what is left is a backup or a browser with the file open for a moment.
inline constexpr int busy_wait_ms = 5000;

// `alone`: the file as it lies there, without its log, whatever else uses it; for looking at one that nobody writes.
enum class Access { read_write, read_only, alone };

struct ConnectionOptions {
  std::string path;  // without a symbolic link in it
  Access access = Access::read_write;
  int cache_kib = 2048;
};

class Connection {
 public:
  explicit Connection(const ConnectionOptions& options);

  // The cached statement of an SQL literal (its address is the cache's key).
  template <std::size_t Size>
  [[nodiscard]] Query use(const char (&sql)[Size]) {
    return Query(statement(sql));
  }
  template <std::size_t Size>
  [[nodiscard]] Statement& statement(const char (&sql)[Size]) {
    return cached(sql);
  }
  // Runs statements that are not cached and give nothing.
  void execute(const char* sql);
  [[nodiscard]] std::int64_t pragma(const char* sql);
  // Ends a transaction that wrote nothing.
  void end_read() noexcept;
  [[nodiscard]] std::int64_t changes() const noexcept { return sqlite3_changes64(db_.get()); }
  // Of all statements since it was opened, undone ones too.
  [[nodiscard]] std::int64_t total_changes() const noexcept { return sqlite3_total_changes64(db_.get()); }
  // False while a transaction is open.
  [[nodiscard]] bool autocommit() const noexcept { return sqlite3_get_autocommit(db_.get()) != 0; }
  [[nodiscard]] std::int64_t last_id() const noexcept { return sqlite3_last_insert_rowid(db_.get()); }
  // For what this class does not cover.
  [[nodiscard]] sqlite3* handle() const noexcept { return db_.get(); }
  [[nodiscard]] const std::string& path() const noexcept { return *path_; }

 private:
  struct Close {
    void operator()(sqlite3* db) const noexcept { sqlite3_close_v2(db); }
  };
  Statement& cached(const char* sql);
  std::unique_ptr<std::string> path_;  // on the heap: statements keep a view of it while the connection moves
  std::unique_ptr<sqlite3, Close> db_;
  std::unordered_map<const void*, std::unique_ptr<Statement>> statements_;
};

// One state of the store for several questions.
class Snapshot {
 public:
  explicit Snapshot(Connection& db) : db_(db) { db_.use("BEGIN").run(); }
  Snapshot(const Snapshot&) = delete;
  Snapshot& operator=(const Snapshot&) = delete;
  ~Snapshot() { db_.end_read(); }

 private:
  Connection& db_;
};

}  // namespace tento::host::sqlite
