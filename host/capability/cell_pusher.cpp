// SPDX-License-Identifier: Apache-2.0
// Batches of 256 cells or 64 KiB, padded so that the provider parses them in place.
#include "host/capability/cell_pusher.hpp"

#include <cstdint>
#include <exception>

#include "host/base/text.hpp"
#include "host/loader/descriptors.hpp"

namespace tento::host {
namespace {

constexpr std::size_t batch_cells = 256;
constexpr std::size_t batch_bytes = 65536;

}  // namespace

Result<CellPusher> CellPusher::make(CallContext& context, const tento_cell_sink* sink, tento_error* err) {
  if (sink == nullptr || sink->struct_size < floor_size<tento_cell_sink> || sink->put == nullptr) {
    return fail(ErrorCode::invalid_argument, ErrorClass::internal, "the sink is null, too short or has no put");
  }
  return CellPusher(context, sink, err);
}

tento_str CellPusher::keep(std::string_view text) {
  const std::uintptr_t offset = bytes_.size();
  bytes_ += text;
  // An offset until the flush, when the bytes have found their place.
  return {reinterpret_cast<const char*>(offset), text.size()};  // NOLINT(performance-no-int-to-ptr)
}

Result<bool> CellPusher::add(const CellView& cell) {
  tento_cell& out = cells_.emplace_back();
  out.id = keep(cell.id);
  out.date = cell.date;
  out.end_date = cell.end_date;
  out.data = keep(cell.data);
  out.flags = cell.tombstone ? static_cast<std::uint32_t>(TENTO_CELL_TOMBSTONE) : 0u;
  out.version = keep(cell.version);
  return cells_.size() == batch_cells || bytes_.size() >= batch_bytes ? flush() : Result<bool>(true);
}

Result<bool> CellPusher::flush() {
  if (cells_.empty()) return true;
  bytes_.append(TENTO_PADDING, '\0');
  for (tento_cell& cell : cells_) {
    for (tento_str* text : {&cell.id, &cell.data, &cell.version}) {
      text->data = bytes_.data() + reinterpret_cast<std::uintptr_t>(text->data);
    }
  }
  const tento_cell_batch batch{sizeof batch, TENTO_BATCH_PADDED, cells_.size(), sizeof(tento_cell), cells_.data()};
  tento_error own;
  tento_error* err = err_ == nullptr ? &own : err_;
  tento_status status = TENTO_FAILED;
  try {
    const CallContext::InSink inside(*context_);
    status = may_throw(sink_->put)(sink_, &batch, err);
  } catch (const std::exception& e) {
    return fail(ErrorCode::exception, ErrorClass::internal, "the sink threw: " + plain(e.what()));
  } catch (...) {
    return fail(ErrorCode::exception, ErrorClass::internal, "the sink threw");
  }
  cells_.clear();
  bytes_.clear();
  if (status == TENTO_STOPPED) return false;  // enough, which is fine
  if (auto done = to_result(status, *err); !done) return fail(std::move(done).error());
  return true;
}

}  // namespace tento::host
