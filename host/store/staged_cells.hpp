// SPDX-License-Identifier: Apache-2.0
// Cells that were put and wait for a commit: in memory while few, then in an unlinked file. Nothing of the store is
// held meanwhile, so a provider may take its time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include <tento/sdk/result.hpp>

#include "host/model/cell.hpp"

namespace tento::host {

class StagedCells {
 public:
  // `folder` is where the file is made (see CellStore::staging_folder), so that a full disk shows while putting, not
  // while committing.
  explicit StagedCells(std::string folder) : folder_(std::move(folder)) {}
  StagedCells(const StagedCells&) = delete;
  StagedCells& operator=(const StagedCells&) = delete;
  ~StagedCells();

  // Accepted, not durable. Errors: bad_cell; those of a disk that refuses.
  Result<void> put(std::span<const CellInput> cells);
  // Gives everything back in the order it was put, in parts of at most `part_bytes` (or one cell). Throws StoreFailure.
  void each(const std::function<void(std::span<const CellInput>)>& take) const;

  // One batch, as large as the ABI lets it be (1 MiB and what stands before each cell), needs no file.
  static constexpr std::size_t part_bytes = std::size_t{1536} * 1024;

 private:
  void append(const CellInput& cell);
  void spill();

  std::string folder_;
  std::string part_;                    // records: head, then id, data, version, raw
  std::vector<std::uint64_t> spilled_;  // sizes of the parts in the file
  int file_ = -1;
};

}  // namespace tento::host
