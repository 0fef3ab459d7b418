// SPDX-License-Identifier: Apache-2.0
// The one writing connection. Threads that write at the same time share a transaction, and so one fsync.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include <tento/sdk/result.hpp>

#include "host/base/mutex.hpp"
#include "host/store/commit_signal.hpp"
#include "host/store/sqlite/connection.hpp"
#include "host/store/sqlite/log_keeper.hpp"

namespace tento::host::sqlite {

class Writer {
 public:
  // Runs inside a transaction; throws StoreFailure to have its own writes undone.
  using Work = std::function<void(Connection&)>;

  // `log`: attached to the connection. `on_write`: told how long each transaction took; may be empty.
  Writer(Connection connection, std::unique_ptr<LogKeeper> log, std::function<void(double seconds)> on_write = {})
      : db_(std::move(connection)), log_(std::move(log)), on_write_(std::move(on_write)) {}

  // Before anybody writes: `signal` is raised by each commit that changed something, once it is on disk.
  void raise_on_commit(CommitSignal& signal) { signal_ = &signal; }

  // Blocks until the work is committed and on disk, or undone.
  Result<void> run(const Work& work);
  // The same without a transaction, for what cannot be in one.
  Result<void> beside(const Work& work);
  // All that was committed into the file, marked as whole.
  Result<void> settle();
  // Another number after everything that may have changed the file, before whoever asked for it is told.
  [[nodiscard]] std::uint64_t written() const { return written_; }

 private:
  struct Request {
    const Work* work;
    std::optional<Error> error;
    bool done = false;
  };
  // Whoever finds the connection free runs everybody's work: no thread of its own, so no hop when nobody else writes.
  void execute(std::vector<Request*>& group);
  void execute_one(Request& request, bool alone);
  void commit();
  void undo() noexcept;
  Result<void> alone(const std::function<void()>& body);

  Mutex mutex_;
  std::condition_variable free_;
  bool busy_ GUARDED_BY(mutex_) = false;
  std::vector<Request*> waiting_ GUARDED_BY(mutex_);
  std::vector<Request*> group_;
  std::atomic<std::uint64_t> written_{0};
  CommitSignal* signal_ = nullptr;
  Connection db_;
  std::unique_ptr<LogKeeper> log_;
  std::function<void(double)> on_write_;
};

}  // namespace tento::host::sqlite
