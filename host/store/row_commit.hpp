// SPDX-License-Identifier: Apache-2.0
// One commit on one row, as a value: cells, deletions, coverage, cursors, and the end of the job that brought them.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>

#include <tento/sdk/uuid.hpp>

#include "host/model/cell.hpp"
#include "host/model/coverage.hpp"
#include "host/model/moments.hpp"
#include "host/model/run.hpp"
#include "host/store/job_store.hpp"
#include "host/store/row_store.hpp"

namespace tento::host {

class StagedCells;

// What a commit is written under, besides its cells.
struct TxnOrigin {
  std::uint32_t data_version = 0;
  std::string provider_version;
  std::int64_t run_id = 0;  // 0 = none
};

// The cells of a commit: one batch, or what was staged. Borrowed until the commit returns.
class CellParts {
 public:
  CellParts() = default;
  CellParts(std::span<const CellInput> batch) : batch_(batch) {}  // NOLINT(*-explicit-constructor)
  CellParts(const StagedCells& staged) : staged_(&staged) {}      // NOLINT(*-explicit-constructor)
  // For backends: gives them in their order, part by part. Throws StoreFailure where they cannot be read back.
  void each(const std::function<void(std::span<const CellInput>)>& take) const;

 private:
  std::span<const CellInput> batch_;
  const StagedCells* staged_ = nullptr;
};

// All of it lands together, durable, or nothing does. Sent again it changes nothing that it has changed already; one
// that completed its job is then refused as `fenced`, since the job is gone, and its run tells how it ended.
struct RowCommit {
  Uuid row;
  TxnOrigin origin;
  CellParts cells;                 // of one identity the last that is put wins
  std::optional<Moments> replace;  // cells that overlap it and are not among `cells` are deleted
  std::span<const CoverageInput> coverage;
  std::span<const CursorInput> cursors;
  std::optional<Lease> fence;         // of the job on whose behalf it is written: must still be the job's
  std::optional<RunRecord> complete;  // the fence's job ends in it, and its run as this says
};

}  // namespace tento::host
