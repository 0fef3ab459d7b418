// SPDX-License-Identifier: Apache-2.0
// Checkpoints, and the marks before and after them.
#include "host/store/sqlite/log_keeper.hpp"

#include <exception>

#include "host/store/sqlite/errors.hpp"

namespace tento::host::sqlite {

namespace {
// As SQLite does by itself: 4 MiB of pages.
constexpr int frames_between_checkpoints = 1000;
}  // namespace

void LogKeeper::attach(Connection& db) {
  next_checkpoint_ = frames_between_checkpoints;
  sqlite3_wal_hook(db.handle(), &LogKeeper::on_log, this);
}

int LogKeeper::on_log(void* self, sqlite3*, const char*, int frames) {
  static_cast<LogKeeper*>(self)->frames_ = frames;
  return SQLITE_OK;
}

void LogKeeper::before_commit(Connection& db) {
  pending_.reset();  // of one that was undone
  checkpoint_due_ = at_rest_ || seen_frames_ >= next_checkpoint_;
  if (checkpoint_due_)
    put(db, MarkState::checkpoint);
  else if (due_)
    put(db, MarkState::working);
}

void LogKeeper::after_commit(Connection& db) noexcept {
  if (frames_ < seen_frames_) {  // the log began anew
    next_checkpoint_ = frames_between_checkpoints;
    if (!pending_) due_ = true;  // somebody else had taken it into the file
  }
  seen_frames_ = frames_;
  committed();
  if (!checkpoint_due_) return;
  checkpoint_due_ = false;
  first_change();
  try {
    take_in(db);
  } catch (const std::exception&) {  // NOLINT(bugprone-empty-catch): the mark stays due
  }
}

void LogKeeper::recover(Connection& db) {
  const auto found = read_mark(db);
  if (!found || found->state == MarkState::settled) return;
  try {
    put_alone(db, MarkState::checkpoint);
    first_change();
    take_in(db);
  } catch (const StoreFailure&) {  // NOLINT(bugprone-empty-catch): a full disk can be read; the next change tries again
  }
}

void LogKeeper::before_statement(Connection& db) {
  if (at_rest_ || due_) put_alone(db, MarkState::working);
  first_change();
}

void LogKeeper::settle(Connection& db) {
  if (at_rest_) return;
  put_alone(db, MarkState::settled);
  at_rest_ = due_ = true;
  // The first without, the second with cutting the log, for which nobody may read: not waited for.
  sqlite3_busy_timeout(db.handle(), 0);
  if (checkpoint(db, SQLITE_CHECKPOINT_PASSIVE)) static_cast<void>(checkpoint(db, SQLITE_CHECKPOINT_TRUNCATE));
  sqlite3_busy_timeout(db.handle(), busy_wait_ms);
}

void LogKeeper::first_change() {
  if (at_rest_ && on_first_) on_first_();
  at_rest_ = false;
}

void LogKeeper::take_in(Connection& db) {
  static_cast<void>(checkpoint(db, SQLITE_CHECKPOINT_PASSIVE));
  put_alone(db, MarkState::working);
  // Readers may keep the log from beginning anew: not again with each commit.
  next_checkpoint_ = seen_frames_ + frames_between_checkpoints;
}

void LogKeeper::put(Connection& db, MarkState state) {
  pending_ = write_mark(db, state, in_file_, now_us_());
}

void LogKeeper::put_alone(Connection& db, MarkState state) {
  db.use("BEGIN IMMEDIATE").run();
  try {
    put(db, state);
    db.use("COMMIT").run();
  } catch (...) {
    pending_.reset();
    if (!db.autocommit()) db.end_read();
    throw;
  }
  seen_frames_ = frames_;
  committed();
}

void LogKeeper::committed() {
  if (!pending_) return;
  latest_ = pending_->id;
  due_ = false;
  pending_.reset();
}

bool LogKeeper::checkpoint(Connection& db, int mode) {
  int in_log = 0;
  int done = 0;
  const int code = sqlite3_wal_checkpoint_v2(db.handle(), "main", mode, &in_log, &done);
  due_ = true;
  const bool whole = code == SQLITE_OK && in_log == done;
  if (whole) in_file_ = latest_;
  return whole;
}

}  // namespace tento::host::sqlite
