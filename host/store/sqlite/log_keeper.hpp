// SPDX-License-Identifier: Apache-2.0
// Keeps the log of a store that is written: when it is taken into the file, and the marks around that (see mark.hpp).
#pragma once

#include <cstdint>
#include <functional>
#include <optional>

#include "host/store/sqlite/connection.hpp"
#include "host/store/sqlite/mark.hpp"

namespace tento::host::sqlite {

// Of one writing connection, by the thread that has it.
class LogKeeper {
 public:
  // `on_first`: called once, when the first change of this session is on disk; may be empty.
  explicit LogKeeper(std::function<std::int64_t()> now_us, std::function<void()> on_first = {})
      : now_us_(std::move(now_us)), on_first_(std::move(on_first)) {}
  LogKeeper(const LogKeeper&) = delete;
  LogKeeper& operator=(const LogKeeper&) = delete;

  // Takes the place of SQLite's own checkpoints on this connection, which moves no more from here on.
  void attach(Connection& db);
  // When a store is opened that was left without being settled: what lies in its log goes into the file.
  void recover(Connection& db);
  // Inside a transaction that changed something, before its commit. Writes a mark if one is due; throws StoreFailure.
  void before_commit(Connection& db);
  // After the commit. What fails here is tried again after another one: the change itself is on disk.
  void after_commit(Connection& db) noexcept;
  // Before a statement that runs without a transaction of the writer and may fill the log by itself.
  void before_statement(Connection& db);
  // After one: it may have taken the log into the file.
  void after_statement() { due_ = true; }
  // All into the file, marked as whole. Throws StoreFailure.
  void settle(Connection& db);

 private:
  static int on_log(void* self, sqlite3* db, const char* name, int frames);
  void put(Connection& db, MarkState state);
  void put_alone(Connection& db, MarkState state);
  void committed();
  void first_change();
  void take_in(Connection& db);
  bool checkpoint(Connection& db, int mode);

  std::function<std::int64_t()> now_us_;
  std::function<void()> on_first_;
  bool at_rest_ = true;  // nothing was changed since the session began, or since it settled
  bool due_ = true;      // the next change needs a mark
  bool checkpoint_due_ = false;
  std::optional<Mark> pending_;  // written by the transaction that is open
  std::uint64_t latest_ = 0;
  std::uint64_t in_file_ = 0;
  int frames_ = 0;           // of the log, as the latest commit told
  int seen_frames_ = 0;      // before that
  int next_checkpoint_ = 0;  // so many frames
};

}  // namespace tento::host::sqlite
