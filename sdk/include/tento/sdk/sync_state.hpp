// SPDX-License-Identifier: Apache-2.0
/// @file sync_state.hpp
/// `tento.sync-state/1`: a sync as a transaction, so that cells, deletions, coverage and cursors land together or not
/// at all.
#pragma once

#include <tento/deps.h>

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "batch.hpp"
#include "dep.hpp"
#include "time.hpp"
#include "uuid.hpp"

namespace tento {

/// What is known of a span of a row.
struct Coverage {
  /// Which of the states.
  enum class State : tento_coverage_state {
    have = TENTO_COVERAGE_HAVE,      ///< asked, and cells came
    empty = TENTO_COVERAGE_EMPTY,    ///< asked, and there is nothing
    stale = TENTO_COVERAGE_STALE,    ///< held, but known to be out of date
    failed = TENTO_COVERAGE_FAILED,  ///< asked, and it failed
  };
  Span span;                                      ///< which dates
  State state = State::have;                      ///< what is known
  ErrorClass error_class = ErrorClass::internal;  ///< why, for failed
  std::int64_t retry_after_ms = -1;               ///< for failed: when a retry makes sense; -1 = not said
};

/// A named checkpoint of a row: at most TENTO_MAX_CURSOR_VALUE bytes of anything; empty removes it.
struct Cursor {
  std::string_view name;   ///< [a-z0-9_.-]+, at most TENTO_MAX_CURSOR_NAME bytes
  std::string_view value;  ///< any bytes
};

/// An open transaction. Dropped without `commit` it is aborted. A host may tell what is wrong with a batch at once, at
/// a later one, or at `commit`; once it has, every further call answers the same and `commit` commits nothing.
/// Move-only; not thread-safe.
class Transaction final : private BatchTarget {
 public:
  /// Takes over an open transaction; SyncState::begin does it.
  Transaction(const tento_sync_state* table, void* self, const tento_call* call, std::uint64_t handle) noexcept;
  /// Takes the open transaction over; `other` holds none afterwards.
  Transaction(Transaction&& other) noexcept;
  Transaction& operator=(Transaction&&) = delete;
  ~Transaction();

  /// Adds a cell, copying its bytes; visible after commit only.
  Result<void> add(const CellView& cell) { return writer_.add(cell); }
  /// The same for a cell that owns its bytes, which may be a temporary.
  Result<void> add(const Cell& cell) { return writer_.add(cell); }
  /// Adds a cell without copying; see CellWriter::add_borrowed.
  Result<void> add_borrowed(const CellView& cell) { return writer_.add_borrowed(cell); }
  /// Adds cells, copying their bytes.
  Result<void> add_all(std::span<const Cell> cells);
  /// Hands on what was gathered (needed before borrowed bytes go away); commit does it by itself.
  Result<void> flush() { return writer_.flush(); }
  /// Makes everything durable. Whatever it answers, the transaction is over.
  Result<void> commit(std::span<const Coverage> coverage, std::span<const Cursor> cursors = {});
  /// The same from lists: `commit({{window, Coverage::State::have}}, {{"head", id}})`.
  Result<void> commit(std::initializer_list<Coverage> coverage, std::initializer_list<Cursor> cursors = {}) {
    return commit(std::span<const Coverage>(coverage.begin(), coverage.size()),
                  std::span<const Cursor>(cursors.begin(), cursors.size()));
  }
  /// Drops it now.
  void abort() noexcept;
  /// Cells added so far.
  [[nodiscard]] std::size_t count() const noexcept { return writer_.count(); }

 private:
  Result<void> put(const tento_cell_batch& batch) override;

  const tento_sync_state* table_;
  void* self_;
  const tento_call* call_;
  std::uint64_t handle_;
  bool open_ = true;
  std::optional<Error> refused_;  // what the host said of a batch
  CellWriter writer_;
};

/// The interface; RowSyncState is what `load_cursor` and `commit` keep.
class SyncState : public Dep<tento_sync_state> {
 public:
  using Dep::Dep;
  static constexpr tento_need need = TENTO_NEED(tento_sync_state, abort);  ///< what is declared

  /// What a transaction does with cells that its window holds and that were not put.
  enum class Mode : std::uint32_t {
    merge = 0,                    ///< keeps them
    replace = TENTO_TXN_REPLACE,  ///< deletes them at commit
  };

  /// The value of a cursor of the row; nothing = there is none.
  [[nodiscard]] Result<std::optional<std::string>> load_cursor(const Uuid& row_id, std::string_view name) const;
  /// Begins a transaction on the call's row. `window` is what Mode::replace replaces. At most one is open in a call.
  [[nodiscard]] Result<Transaction> begin(const Uuid& row_id, const Span& window = {}, Mode mode = Mode::merge) const;
};

}  // namespace tento
