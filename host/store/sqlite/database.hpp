// SPDX-License-Identifier: Apache-2.0
// The file of a store and its connections: one that writes, several that read, and what wakes who waits for commits.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>

#include "host/store/commit_signal.hpp"
#include "host/store/sqlite/cell_batch.hpp"
#include "host/store/sqlite/cell_check.hpp"
#include "host/store/sqlite/errors.hpp"
#include "host/store/sqlite/lock.hpp"
#include "host/store/sqlite/readers.hpp"
#include "host/store/sqlite/writer.hpp"
#include "host/store/store.hpp"

namespace tento::host::sqlite {

class Database {
 public:
  // Folder, lock, file, schema, connections. Throws StoreFailure.
  static std::unique_ptr<Database> open(const StoreConfig& config);
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;
  // Brings all that was committed into the one file. What fails is made good when it is opened again.
  ~Database();

  // Runs `body(Connection&)` in a write transaction and gives what it gives, once that is on disk.
  template <class Body>
  auto write(Body&& body) -> Result<std::invoke_result_t<Body, Connection&>> {
    using Value = std::invoke_result_t<Body, Connection&>;
    if (!writer_) return fail(refuse_write());
    if constexpr (std::is_void_v<Value>) {
      return writer_->run([&body](Connection& db) { body(db); });
    } else {
      std::optional<Value> value;
      TENTO_TRY(writer_->run([&body, &value](Connection& db) { value.emplace(body(db)); }));
      return std::move(*value);
    }
  }
  // Runs `body(Connection&)` on a reading connection, here and now.
  template <class Body>
  auto read(Body&& body) -> Result<std::invoke_result_t<Body, Connection&>> {
    return guarded([&] {
      const auto db = readers_.lease();
      return body(*db);
    });
  }
  // Those that nobody has used since this was called before.
  void close_unused_readers() { readers_.close_unused(); }
  // Runs `body(Connection&)` on the writing connection without a transaction, for what cannot be in one.
  Result<void> beside(const Writer::Work& body);
  // All that was committed into the file, marked as whole; nothing for a store that is open for reading only.
  Result<void> settle();

  // The same where nothing was written since this was called before.
  Result<void> settle_if_idle();

  // Raised by what this opening commits, once it is on disk.
  [[nodiscard]] CommitSignal& commits() { return commits_; }

  // The same number as before: nothing was written since. Nothing for a store that is open for reading only, whose
  // writer is another process.
  [[nodiscard]] std::optional<std::uint64_t> written() const {
    return writer_ ? std::optional(writer_->written()) : std::nullopt;
  }

  // Whether cells are to be held against their hashes when they are read, see ContentDoubt.
  [[nodiscard]] bool doubted() const noexcept { return doubted_.load(std::memory_order_relaxed); }
  // Written down, too, where that is possible.
  Result<void> set_doubt(const ContentDoubt& doubt);

  [[nodiscard]] bool writable() const { return writer_ != nullptr; }
  [[nodiscard]] Error refuse_write() const;
  [[nodiscard]] const std::string& folder() const { return folder_; }
  [[nodiscard]] std::int64_t now_us() const { return now_unix_us_(); }
  [[nodiscard]] const std::string& new_user_zone() const { return new_user_zone_; }
  // Of this opening of the store.
  [[nodiscard]] const Uuid& process() const { return process_; }
  // The cells of a transaction, which one transaction uses at a time.
  [[nodiscard]] CellBatch& batch() { return *batch_; }

 private:
  Database(const StoreConfig& config, std::unique_ptr<ProcessLock> lock, std::unique_ptr<CellBatch> batch,
           std::unique_ptr<Writer> writer, ConnectionOptions reader);

  std::atomic<bool> doubted_{false};
  std::string folder_;
  std::function<std::int64_t()> now_unix_us_;
  std::string new_user_zone_;
  Uuid process_;
  CommitSignal commits_;
  std::atomic<std::uint64_t> commits_when_asked_{0};
  std::unique_ptr<LockForAMoment> kept_still_;  // of a file that is read as it lies there: nobody begins to write it
  std::unique_ptr<ProcessLock> lock_;           // before the connections: released after they are closed
  std::unique_ptr<CellBatch> batch_;            // before the writer, whose connection shows it
  std::unique_ptr<Writer> writer_;              // null when read-only
  Readers readers_;
};

}  // namespace tento::host::sqlite
