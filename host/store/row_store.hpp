// SPDX-License-Identifier: Apache-2.0
// The rows of a store: which there are, which of their dates were asked for, and how far their providers got.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <tento/sdk/result.hpp>
#include <tento/sdk/uuid.hpp>

#include "host/model/coverage.hpp"
#include "host/model/row.hpp"
#include "host/store/recency.hpp"

namespace tento::host {

// A named place that a provider goes on from.
struct CursorInput {
  std::string_view name;
  std::string_view value;  // empty = remove
};

// While it stays what it was, a reader of the row is shown the same: it changes with every commit that changes cells,
// coverage, the zone that the row's days are counted in, or the state of its account. A row that went and was made
// again has another one than before. Comparable within one user, and not dense.
struct RowStamp {
  std::int64_t change_seq = 0;  // of the latest commit that changed one of its cells
  std::int64_t version = 0;     // of the latest change of any of these
  bool operator==(const RowStamp&) const = default;
};

class RowStore {
 public:
  virtual ~RowStore() = default;
  virtual Result<RowRecord> ensure(const RowRecord& row) = 0;  // inserts when the id is new; gives what is stored
  virtual Result<std::optional<RowRecord>> find(const Uuid& id, const Recency& recency = Recency::any()) = 0;
  virtual Result<std::vector<RowRecord>> of_user(const Uuid& owner) = 0;
  // One indexed read, so that what was made of a row can be kept for as long as it holds. Read it first, then the row.
  // Nothing of a row that is not stored.
  virtual Result<std::optional<RowStamp>> stamp(const Uuid& row) = 0;

  virtual Result<std::vector<CoverageRecord>> coverage(const Uuid& row) = 0;
  virtual Result<void> add_coverage(const Uuid& row, std::span<const CoverageInput> coverage) = 0;
  virtual Result<std::optional<std::string>> cursor(const Uuid& row, std::string_view name) = 0;
};

}  // namespace tento::host
