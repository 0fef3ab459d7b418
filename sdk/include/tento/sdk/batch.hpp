// SPDX-License-Identifier: Apache-2.0
/// @file batch.hpp
/// Gathers cells into batches and hands them on: 256 cells, 64 KiB of copied bytes or 1 MiB of all bytes at a time,
/// padded so that the host parses in place.
#pragma once

#include <tento/cell.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "cell.hpp"
#include "result.hpp"

namespace tento {

/// Where full batches go. Borrowed by a CellWriter; the batch is borrowed for the length of `put`.
class BatchTarget {
 public:
  /// Takes a batch; an error ends the writing.
  virtual Result<void> put(const tento_cell_batch& batch) = 0;

 protected:
  BatchTarget() = default;
  BatchTarget(const BatchTarget&) = default;             ///< for targets of values
  BatchTarget& operator=(const BatchTarget&) = default;  ///< for targets of values
  ~BatchTarget() = default;
};

/// Gathers cells and flushes them. Its buffers are made once and reused, so that adding a cell allocates nothing.
/// Call `flush` at the end; what was not flushed is dropped. Not thread-safe.
class CellWriter {
 public:
  /// Cells after which a batch is handed on.
  static constexpr std::size_t flush_cells = 256;
  /// Copied bytes after which a batch is handed on. Borrowed ones do not count: they take no room here, and a batch of
  /// them ends at flush_cells or TENTO_MAX_BATCH_BYTES.
  static constexpr std::size_t flush_bytes = 64 * 1024;

  /// Writes to `target`, which must outlive the writer.
  explicit CellWriter(BatchTarget& target) noexcept : target_(&target) {}
  CellWriter(CellWriter&&) noexcept = default;             ///< moved-from writers may only be destroyed
  CellWriter& operator=(CellWriter&&) noexcept = default;  ///< moved-from writers may only be destroyed
  CellWriter(const CellWriter&) = delete;
  CellWriter& operator=(const CellWriter&) = delete;
  ~CellWriter() = default;

  /// Adds a cell and copies its bytes: they may go away at once. Flushes when the batch is full. Errors: too_large for
  /// a cell no host has to take, and whatever the target answers.
  Result<void> add(const CellView& cell);
  /// The same for a cell that owns its bytes, which may be a temporary.
  Result<void> add(const Cell& cell) { return add(CellView(cell)); }
  /// Adds a cell without copying: its bytes must stay until the next flush (`flush`, or an `add…` that was the last to
  /// fit), and `data` must have TENTO_PADDING readable bytes after it. For records cut out of a padded buffer.
  Result<void> add_borrowed(const CellView& cell);
  /// Hands on what was gathered.
  Result<void> flush();
  /// From now on writes to `target`, which must outlive the writer.
  void retarget(BatchTarget& target) noexcept { target_ = &target; }
  /// Cells added so far.
  [[nodiscard]] std::size_t count() const noexcept { return count_; }

 private:
  Result<void> make_room(std::size_t bytes, std::size_t copied);
  char* append(std::string_view bytes) noexcept;

  BatchTarget* target_;
  std::vector<tento_cell> cells_;
  std::unique_ptr<char[]> arena_;
  std::size_t capacity_ = 0;
  std::size_t used_ = 0;
  std::size_t bytes_ = 0;   // of the batch
  std::size_t copied_ = 0;  // those of them that are in the arena
  std::size_t count_ = 0;
};

}  // namespace tento
