// SPDX-License-Identifier: Apache-2.0
// Group commit: a leader executes what has queued up, each piece under a savepoint, then commits once.
#include "host/store/sqlite/writer.hpp"

#include <chrono>
#include <exception>
#include <string>

#include "host/store/outcome.hpp"
#include "host/store/sqlite/errors.hpp"

namespace tento::host::sqlite {

namespace {

Error unexpected_exception(const std::exception& e) {
  return store_error(
      ErrorCode::exception, ErrorClass::internal,
      std::string("the store's writer failed: ") + e.what() + ". This is a defect of the host: report it",
      "store_internal", "report it");
}

}  // namespace

Result<void> Writer::run(const Work& work) {
  Request mine{&work, std::nullopt, false};
  MutexLock lock(mutex_);
  waiting_.push_back(&mine);
  while (!mine.done) {
    if (busy_) {
      lock.wait(free_);
      continue;
    }
    busy_ = true;
    group_.swap(waiting_);
    lock.unlock();
    execute(group_);
    lock.lock();
    for (auto* request : group_) request->done = true;
    group_.clear();
    busy_ = false;
    free_.notify_all();
  }
  if (mine.error) return fail(std::move(*mine.error));
  return {};
}

Result<void> Writer::beside(const Work& work) {
  return alone([&] {
    log_->before_statement(db_);
    work(db_);
    log_->after_statement();
  });
}

Result<void> Writer::settle() {
  return alone([this] { log_->settle(db_); });
}

Result<void> Writer::alone(const std::function<void()>& body) {
  MutexLock lock(mutex_);
  while (busy_) lock.wait(free_);
  busy_ = true;
  lock.unlock();
  auto done = guarded(body);
  ++written_;
  lock.lock();
  busy_ = false;
  free_.notify_all();
  return done;
}

void Writer::execute(std::vector<Request*>& group) {
  std::size_t first = 0;
  while (first < group.size()) {
    // [first, next) share a transaction. It ends early when SQLite itself rolls everything back (disk full).
    std::size_t next = first;
    std::optional<Error> lost;
    const auto begin = std::chrono::steady_clock::now();
    try {
      db_.use("BEGIN IMMEDIATE").run();
      const auto changes_before = db_.total_changes();
      const bool alone = group.size() - first == 1;
      while (next < group.size() && !lost) {
        auto& request = *group[next++];
        execute_one(request, alone);
        if (db_.autocommit()) lost = request.error;
      }
      if (!lost) {
        const bool changed = db_.total_changes() != changes_before;
        if (changed) log_->before_commit(db_);
        commit();
        if (changed) ++written_;
        if (changed) log_->after_commit(db_);
        if (changed && signal_ != nullptr) signal_->raise();
      }
      if (!lost && on_write_)
        on_write_(std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count());
    } catch (const StoreFailure& failure) {
      lost = failure.error();
      next = group.size();
    } catch (const std::exception& e) {
      lost = unexpected_exception(e);
      next = group.size();
    }
    if (lost) {
      undo();
      ++written_;
      for (std::size_t i = first; i < next; ++i)
        if (!group[i]->error) group[i]->error = lost;
    }
    first = next;
  }
}

// A commit that fails because the disk does may be in the log all the same: where the process ends before another one
// is written over it, the next start finds it. A full disk is another matter, since what ends a commit was not written
// then.
void Writer::commit() {
  try {
    db_.use("COMMIT").run();
  } catch (const StoreFailure& failure) {
    if (failure.error().tag == "store_io") throw StoreFailure(unknown_end(failure.error()));
    throw;
  }
}

void Writer::execute_one(Request& request, bool alone) {
  if (!alone) db_.use("SAVEPOINT piece").run();
  try {
    (*request.work)(db_);
  } catch (const StoreFailure& failure) {
    request.error = failure.error();
  } catch (const std::exception& e) {
    request.error = unexpected_exception(e);
  }
  if (db_.autocommit()) return;  // SQLite undid the transaction
  if (alone) {
    if (request.error) undo();
    return;
  }
  if (request.error) db_.use("ROLLBACK TO piece").run();
  db_.use("RELEASE piece").run();
}

void Writer::undo() noexcept {
  try {
    if (!db_.autocommit()) db_.use("ROLLBACK").run();
  } catch (const std::exception&) {  // NOLINT(bugprone-empty-catch): the next BEGIN tells
  }
}

}  // namespace tento::host::sqlite
