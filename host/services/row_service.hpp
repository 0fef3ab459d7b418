// SPDX-License-Identifier: Apache-2.0
// Reads of rows: the cells of a range from the store, from the row's runs, or from the provider that computes them, and
// what is told beside them. The document {cells,coverage,freshness,next,row} has no other author.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <tento/sdk/result.hpp>
#include <tento/sdk/time.hpp>

#include "host/base/pending.hpp"
#include "host/dispatch/dispatcher.hpp"
#include "host/model/moments.hpp"
#include "host/services/row_document.hpp"
#include "host/services/viewer.hpp"
#include "host/store/store.hpp"
#include "host/sync/orchestrator.hpp"

namespace tento::host {

// Which cells of a row are wanted.
struct RowQuery {
  Span range;
  std::uint64_t limit = 0;  // 0 = all
  ReadOrder order = ReadOrder::ascending;
  std::string cursor;                     // `next` of the page before; empty = from the start
  bool raw = false;                       // with the service's own bytes
  std::uint64_t most_bytes = UINT64_MAX;  // a page that has so much ends there
};

struct RowReadOptions {
  ActorInfo actor;
  bool may_add_rows = true;              // else a key that names something unheard of makes no row and queues nothing
  std::shared_ptr<CallControl> control;  // of a read that a provider computes; may be null
  // Asked before each further part: whether whoever reads still may. Empty = they may.
  std::function<Result<void>()> still_readable = {};
};

// A read that is under way. Its parts beside the cells are complete once the cells were visited.
class RowReading {
 public:
  [[nodiscard]] const Target& target() const { return target_; }
  // What was found of the asked range and queued for it; absent for rows that are not synced, or not served any more.
  [[nodiscard]] const std::optional<ReadCheck>& freshness() const { return check_; }
  // Why nothing could be queued although something is stale or missing.
  [[nodiscard]] const std::optional<Error>& not_queued() const { return not_queued_; }
  [[nodiscard]] bool never_asked() const { return coverage_.empty(); }
  // Names what the answer is made of: while both texts stay the same, so do the cells and what is told beside them.
  // Empty for cells that are made when they are read.
  [[nodiscard]] std::string state() const;
  [[nodiscard]] std::string beside() const;

  // Visits the next part of the cells, without tombstones: of stored ones a bounded amount, and nothing of the store is
  // held until the next part; of others all. False: it was the last.
  Result<bool> cells(const CellVisitor& visit);
  [[nodiscard]] Result<RowMembers> members() const;

 private:
  friend class RowService;
  RowReading(Store& store, Dispatcher& dispatcher, Target target, RowQuery query, RowReadOptions options);
  Result<bool> stored_cells(const CellVisitor& visit);
  Result<void> made_cells(const CellVisitor& visit);

  Store& store_;
  Dispatcher& dispatcher_;
  Target target_;
  RowQuery query_;
  RowReadOptions options_;
  Moments moments_;
  std::vector<CoverageRecord> coverage_;  // as it was when the read began
  std::optional<ReadCheck> check_;
  Recency recency_ = Recency::any();  // of the cells: what the read has waited for is shown
  std::optional<Error> not_queued_;
  std::string next_;  // cursor of the page behind; empty = the last
  bool begun_ = false;
  std::uint64_t left_ = 0;   // of the limit
  std::uint64_t bytes_ = 0;  // of the cells so far
};

// Any thread; its parts outlive it and every reading that it began.
class RowService {
 public:
  RowService(Store& store, Dispatcher& dispatcher, Orchestrator& orchestrator)
      : store_(store), dispatcher_(dispatcher), orchestrator_(orchestrator) {}

  // The row that a key means, for whoever asks; verb 0 = any. Errors: those of RowResolver::resolve() with what to do
  // about them, and forbidden `key_prefix` for a token that is not for this row.
  Result<Target> find(const Viewer& viewer, std::string_view key, std::uint32_t verb) const;
  // The same, once its guards let the actor read it.
  Result<Target> find_readable(const Viewer& viewer, std::string_view key) const;

  // One cell as it is held, by its id, or by its date in a row whose cells have no id; of a row that is made when it is
  // read, from what comes. Errors: those of guards; not_found `no_such_cell`.
  Result<StoredCell> cell(const Target& target, std::string_view name, const RowReadOptions& options) const;

  // Begins a read: checks the row's guards, then queues what is stale or missing in the range. Errors: those of guards;
  // invalid_argument `usage` for an empty range, an order that such a row does not have, or a limit of 0 that was asked
  // for; `bad_cursor`.
  Result<std::shared_ptr<RowReading>> read(Target target, RowQuery query, RowReadOptions options) const;
  // The reading once what it queued has ended, or `until`. Null: it queued nothing.
  std::shared_ptr<Pending<std::shared_ptr<RowReading>>> when_synced(std::shared_ptr<RowReading> reading,
                                                                    std::chrono::steady_clock::time_point until) const;

 private:
  Result<void> look(RowReading& reading) const;

  Store& store_;
  Dispatcher& dispatcher_;
  Orchestrator& orchestrator_;
};

// A range in the row's zone. An empty one is invalid_argument `usage`.
[[nodiscard]] Result<Moments> moments_in_zone(const Target& target, const Span& range);

}  // namespace tento::host
