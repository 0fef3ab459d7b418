// SPDX-License-Identifier: Apache-2.0
// Sinks for what slots push: computed cells, handed to the caller batch by batch, and the cells a write gave back.
#pragma once

#include <tento/cell.h>

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include <tento/sdk/result.hpp>

#include "host/capability/cell_intake.hpp"
#include "host/dispatch/core.hpp"

namespace tento::host {

// On the worker: checks each batch (as any batch, and for its order), leaves out what is not in the window, and waits
// until the caller took the rest. Nothing is buffered beyond the batch.
class ComputedSink {
 public:
  ComputedSink(InFlightCall& in_flight, bool single, Moments window);
  ComputedSink(const ComputedSink&) = delete;
  ComputedSink& operator=(const ComputedSink&) = delete;
  [[nodiscard]] const tento_cell_sink* sink() const { return &sink_; }
  // The first thing that was wrong with what was pushed; it wins over what the slot says.
  [[nodiscard]] const std::optional<Error>& defect() const { return defect_; }

 private:
  static tento_status put(const tento_cell_sink* sink, const tento_cell_batch* batch, tento_error* err) noexcept;
  Result<bool> take(const tento_cell_batch* batch);
  Result<void> check_order(std::span<const CellInput> cells);

  InFlightCall& in_flight_;
  bool single_;
  Moments window_;
  CellIntake intake_;
  std::vector<CellInput> inside_;
  std::optional<std::int64_t> last_start_;
  tento_semantic_time last_date_{};
  std::string last_id_;
  std::uint64_t seen_ = 0;
  std::optional<Error> defect_;
  tento_cell_sink sink_;
};

// On the worker: keeps copies of what a write pushed.
class WrittenSink {
 public:
  WrittenSink(InFlightCall& in_flight, bool single);
  WrittenSink(const WrittenSink&) = delete;
  WrittenSink& operator=(const WrittenSink&) = delete;
  [[nodiscard]] const tento_cell_sink* sink() const { return &sink_; }
  [[nodiscard]] const std::optional<Error>& defect() const { return defect_; }
  [[nodiscard]] const std::vector<CellInput>& cells() const { return cells_; }

 private:
  static tento_status put(const tento_cell_sink* sink, const tento_cell_batch* batch, tento_error* err) noexcept;
  Result<void> take(const tento_cell_batch* batch);
  std::string_view keep(std::string_view text);

  InFlightCall& in_flight_;
  bool single_;
  CellIntake intake_;
  std::deque<std::string> texts_;
  std::vector<CellInput> cells_;
  std::size_t bytes_ = 0;
  std::optional<Error> defect_;
  tento_cell_sink sink_;
};

}  // namespace tento::host
