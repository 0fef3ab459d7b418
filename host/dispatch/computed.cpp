// SPDX-License-Identifier: Apache-2.0
// What happens to pushed cells before anybody sees them.
#include "host/dispatch/computed.hpp"

#include <utility>

#include "host/base/log.hpp"
#include "host/base/text.hpp"

namespace tento::host {
namespace {

constexpr std::size_t most_written_cells = 4096;  // cells of one write
constexpr std::size_t most_written_bytes = 16 << 20;

// The account's zone; found once for the call.
Result<const Zone*> zone_of_call(CallContext& context) {
  const std::lock_guard lock(context.gate);
  if (context.closed) return stopped();
  return context.zone();
}

// Notes what is wrong with a batch, for the caller and the log, and tells the provider.
tento_status refuse(std::optional<Error>& defect, const InFlightCall& in_flight, Error error, tento_error* err) {
  if (error.stopped) return TENTO_STOPPED;
  in_flight.provider->port.log(LogLevel::error, in_flight.what + ": " + error.message);
  error.message = in_flight.provider->port.id() + " gave bad cells: " + error.message;
  const tento_status status = to_status(error, err);
  if (!defect) defect = std::move(error);
  return status;
}

}  // namespace

ComputedSink::ComputedSink(InFlightCall& in_flight, bool single, Moments window)
    : in_flight_(in_flight), single_(single), window_(window), sink_{sizeof sink_, 0, this, &put} {}

tento_status ComputedSink::put(const tento_cell_sink* sink, const tento_cell_batch* batch, tento_error* err) noexcept {
  auto& self = *static_cast<ComputedSink*>(sink->self);
  try {
    if (self.defect_) return to_status(*self.defect_, err);
    if (self.in_flight_.context->stopped()) return TENTO_STOPPED;
    auto more = self.take(batch);
    if (!more) return refuse(self.defect_, self.in_flight_, std::move(more).error(), err);
    return *more ? TENTO_OK : TENTO_STOPPED;
  } catch (...) {
    return to_status(Error{}, err);
  }
}

Result<void> ComputedSink::check_order(std::span<const CellInput> cells) {
  for (const CellInput& cell : cells) {
    const auto wrong = [&](const char* why) {
      return fail(ErrorCode::invalid_data, ErrorClass::provider,
                  "cell " + std::to_string(seen_) + " (id " + quote(cell.id) + ") " + why +
                      "; cells are pushed ascending by date and id",
                  "invalid_order");
    };
    if (last_start_) {
      if (cell.start_us < *last_start_) return wrong("is earlier than the one before it");
      const bool same_date = cell.start_us == *last_start_ && cell.date.kind == last_date_.kind;
      if (same_date && cell.id < last_id_) return wrong("comes after a larger id of its date");
      if (same_date && cell.id == last_id_) return wrong("is the same as the one before it");
    }
    last_start_ = cell.start_us;
    last_date_ = cell.date;
    last_id_ = cell.id;
    ++seen_;
  }
  return {};
}

Result<bool> ComputedSink::take(const tento_cell_batch* batch) {
  TENTO_TRY_ASSIGN(const Zone* zone, zone_of_call(*in_flight_.context));
  TENTO_TRY_ASSIGN(auto cells, intake_.take(batch, CellRules{single_, false, zone}));
  TENTO_TRY(check_order(cells));
  inside_.clear();
  for (const CellInput& cell : cells) {
    if (overlaps({cell.start_us, cell.end_us}, window_)) inside_.push_back(cell);
  }
  std::unique_lock lock(in_flight_.mutex);
  if (!inside_.empty()) {
    in_flight_.batch = inside_;
    in_flight_.has_batch = true;
    in_flight_.changed.notify_all();
    in_flight_.changed.wait(lock, [this] { return !in_flight_.has_batch || in_flight_.abandoned; });
    in_flight_.has_batch = false;
  }
  if (in_flight_.abandoned) return stopped();
  return !in_flight_.enough;
}

WrittenSink::WrittenSink(InFlightCall& in_flight, bool single)
    : in_flight_(in_flight), single_(single), sink_{sizeof sink_, 0, this, &put} {}

tento_status WrittenSink::put(const tento_cell_sink* sink, const tento_cell_batch* batch, tento_error* err) noexcept {
  auto& self = *static_cast<WrittenSink*>(sink->self);
  try {
    if (self.defect_) return to_status(*self.defect_, err);
    if (self.in_flight_.context->stopped()) return TENTO_STOPPED;
    if (auto taken = self.take(batch); !taken) {
      return refuse(self.defect_, self.in_flight_, std::move(taken).error(), err);
    }
    return TENTO_OK;
  } catch (...) {
    return to_status(Error{}, err);
  }
}

std::string_view WrittenSink::keep(std::string_view text) {
  bytes_ += text.size();
  return texts_.emplace_back(text);
}

Result<void> WrittenSink::take(const tento_cell_batch* batch) {
  TENTO_TRY_ASSIGN(const Zone* zone, zone_of_call(*in_flight_.context));
  TENTO_TRY_ASSIGN(auto cells, intake_.take(batch, CellRules{single_, true, zone}));
  for (CellInput cell : cells) {
    cell.id = keep(cell.id);
    cell.data = keep(cell.data);
    cell.version = keep(cell.version);
    cell.raw = keep(cell.raw);
    cells_.push_back(cell);
    if (cells_.size() > most_written_cells || bytes_ > most_written_bytes) {
      return fail(ErrorCode::too_large, ErrorClass::provider, "one write gives back at most 4096 cells and 16 MiB");
    }
  }
  return {};
}

}  // namespace tento::host
