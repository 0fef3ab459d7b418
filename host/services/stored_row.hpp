// SPDX-License-Identifier: Apache-2.0
// What of a stored row is read again and again: what its key leads to, its coverage, and the parts of its document that
// stay while nothing is committed to it. Made of one moment, and good while the row's stamp is what it was then.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <tento/sdk/result.hpp>

#include "host/dispatch/dispatcher.hpp"
#include "host/model/moments.hpp"
#include "host/services/row_service.hpp"
#include "host/store/store.hpp"

namespace tento::host {

class StoredRow {
 public:
  // Nothing of a row that is not stored, not synced, or not served any more. The store outlives it.
  // `stamp`: of the row, read before anything else of it was; what is committed meanwhile makes this old, and never the
  // other way round.
  static Result<std::shared_ptr<const StoredRow>> load(Store& store, Target target, const RowStamp& stamp,
                                                       std::int64_t now_us);

  [[nodiscard]] const Target& target() const { return target_; }
  [[nodiscard]] const RowStamp& stamp() const { return stamp_; }
  // Of the stamp, and of what is told beside the cells.
  [[nodiscard]] std::uint64_t digest() const { return digest_; }
  // Whether a guard decides who may read it.
  [[nodiscard]] bool guarded() const { return guarded_; }
  // When the first of what is held gets too old.
  [[nodiscard]] std::int64_t holds_until_us() const { return holds_until_us_; }
  // Bytes of memory, about.
  [[nodiscard]] std::size_t weight() const;

  // The document of a range, as RowService's readings have it, where all of it is fresh and it has no more than
  // `max_bytes`; nothing where something has to be queued or looked up for it.
  static constexpr std::size_t max_bytes = std::size_t{256} << 10;
  [[nodiscard]] Result<std::optional<std::string>> document(Store& store, const RowQuery& query,
                                                            std::int64_t now_us) const;

 private:
  StoredRow(Target target, Zone zone) : target_(std::move(target)), zone_(std::move(zone)) {}

  Target target_;
  Zone zone_;
  RowStamp stamp_;
  std::uint64_t digest_ = 0;
  bool guarded_ = false;
  std::string row_json_, fresh_json_, coverage_json_;
  std::vector<CoverageRecord> coverage_;
  std::int64_t holds_until_us_ = INT64_MAX;
  mutable std::atomic<std::size_t> usual_size_{0};  // of a document, with some room
};

}  // namespace tento::host
