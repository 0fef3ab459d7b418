// SPDX-License-Identifier: Apache-2.0
// Opening, binding, stepping.
#include "host/store/sqlite/connection.hpp"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <cctype>
#include <cstring>

#include "host/store/sqlite/errors.hpp"

namespace tento::host::sqlite {

namespace {

// The path as a URI (RFC 3986), with which SQLite is told not to look beside the file.
std::string alone_uri(const std::string& path) {
  std::string out = "file:";
  for (const char c : path) {
    const auto byte = static_cast<unsigned char>(c);
    if (std::isalnum(byte) != 0 || c == '/' || c == '.' || c == '-' || c == '_')
      out += c;
    else
      out += fmt::format("%{:02X}", byte);
  }
  return out + "?immutable=1";
}

}  // namespace

Statement::Statement(sqlite3* db, const char* sql, std::string_view file) : db_(db), file_(file) {
  const int code = sqlite3_prepare_v3(db, sql, -1, SQLITE_PREPARE_PERSISTENT, &handle_, nullptr);
  if (code != SQLITE_OK) throw StoreFailure(sqlite_error(db, code, "prepare a statement", file));
}

Statement::~Statement() {
  sqlite3_finalize(handle_);
}

void Statement::check(int code) const {
  if (code != SQLITE_OK) throw StoreFailure(sqlite_error(db_, code, "bind a value", file_));
}

void Statement::bind(int index, std::int64_t value) {
  check(sqlite3_bind_int64(handle_, index, value));
}

void Statement::bind_text(int index, std::string_view value) {
  check(sqlite3_bind_text64(handle_, index, value.data() == nullptr ? "" : value.data(), value.size(), SQLITE_STATIC,
                            SQLITE_UTF8));
}

void Statement::bind_blob(int index, std::string_view value) {
  check(sqlite3_bind_blob64(handle_, index, value.data() == nullptr ? "" : value.data(), value.size(), SQLITE_STATIC));
}

void Statement::bind(int index, const Uuid& value) {
  check(sqlite3_bind_blob64(handle_, index, value.bytes.data(), value.bytes.size(), SQLITE_TRANSIENT));
}

void Statement::bind_null(int index) {
  check(sqlite3_bind_null(handle_, index));
}

void Statement::fail_step(int code) {
  auto error = sqlite_error(db_, code, "read or write the store", file_);
  sqlite3_reset(handle_);
  throw StoreFailure(std::move(error));
}

Uuid Statement::uuid(int column) const {
  Uuid id;
  const auto data = bytes(column);
  std::memcpy(id.bytes.data(), data.data(), std::min(data.size(), id.bytes.size()));
  return id;
}

Connection::Connection(const ConnectionOptions& options) : path_(std::make_unique<std::string>(options.path)) {
  const bool alone = options.access == Access::alone;
  const int flags = (options.access == Access::read_write ? SQLITE_OPEN_READWRITE : SQLITE_OPEN_READONLY) |
                    (alone ? SQLITE_OPEN_URI : 0) | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_PRIVATECACHE |
                    SQLITE_OPEN_NOFOLLOW | SQLITE_OPEN_EXRESCODE;
  sqlite3* raw = nullptr;
  const auto name = alone ? alone_uri(*path_) : *path_;
  const int code = sqlite3_open_v2(name.c_str(), &raw, flags, nullptr);
  db_.reset(raw);
  if (code != SQLITE_OK) throw StoreFailure(sqlite_error(raw, code, "open the store", *path_));
  sqlite3_busy_timeout(raw, busy_wait_ms);
  execute("PRAGMA foreign_keys=ON");
  execute("PRAGMA trusted_schema=OFF");
  execute(fmt::format("PRAGMA cache_size=-{}", options.cache_kib).c_str());
}

Statement& Connection::cached(const char* sql) {
  auto& slot = statements_[sql];
  if (!slot) slot = std::make_unique<Statement>(db_.get(), sql, *path_);
  return *slot;
}

void Connection::execute(const char* sql) {
  const int code = sqlite3_exec(db_.get(), sql, nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) throw StoreFailure(sqlite_error(db_.get(), code, "read or write the store", *path_));
}

void Connection::end_read() noexcept {
  try {
    use("ROLLBACK").run();
  } catch (const StoreFailure&) {  // NOLINT(bugprone-empty-catch): the next BEGIN tells
  }
}

std::int64_t Connection::pragma(const char* sql) {
  Statement statement(db_.get(), sql, *path_);
  return statement.step() ? statement.integer(0) : 0;
}

}  // namespace tento::host::sqlite
