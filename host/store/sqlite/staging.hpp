// SPDX-License-Identifier: Apache-2.0
// Cells that were put into a transaction and wait for its commit: in memory while few, then in an unlinked file.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "host/store/cell_store.hpp"

namespace tento::host::sqlite {

class Staging {
 public:
  // `folder` is where the file is made, so that a full disk shows while putting, not while committing.
  explicit Staging(std::string folder) : folder_(std::move(folder)) {}
  Staging(const Staging&) = delete;
  Staging& operator=(const Staging&) = delete;
  ~Staging();

  // Throws StoreFailure when the disk refuses.
  void put(std::span<const CellInput> cells);
  // Gives everything back in the order it was put, in parts of at most `part_bytes` (or one cell).
  void replay(const std::function<void(std::span<const CellInput>)>& take);

  // A transaction of one batch, as large as the ABI lets it be (1 MiB and what stands before each cell), needs no file.
  static constexpr std::size_t part_bytes = std::size_t{1536} * 1024;

 private:
  void append(const CellInput& cell);
  void spill();

  std::string folder_;
  std::string part_;                    // records: head, then id, data, version, raw
  std::vector<std::uint64_t> spilled_;  // sizes of the parts in the file
  int file_ = -1;
};

}  // namespace tento::host::sqlite
