// SPDX-License-Identifier: Apache-2.0
// Cells across the ABI: what a host checks of a batch, and batches made of stored cells.
#include <tento/sdk/testing/fake_store.hpp>

#include <boost/json.hpp>

#include <algorithm>
#include <optional>
#include <tento/sdk/excerpt.hpp>
#include <tento/sdk/floor_size.hpp>

namespace tento::testing {
namespace {

tl::unexpected<Error> bad_batch(ErrorCode code, const std::string& what) {
  return fail(code, ErrorClass::internal, "bad batch: " + what, "bad_batch");
}

tl::unexpected<Error> bad_cell(std::uint64_t index, std::string_view id, ErrorCode code, const std::string& what) {
  return fail(code, ErrorClass::internal,
              "bad cell " + std::to_string(index) + " (id `" + std::string(id.substr(0, 64)) + "`): " + what,
              "bad_cell");
}

// Nothing, or why the text is not one JSON value and where, as a host says it.
std::optional<std::string> json_defect(std::string_view text) {
  if (const std::size_t at = first_not_utf8(text); at != std::string_view::npos) {
    return "its data is not UTF-8 " + place_in(text, at);
  }
  boost::json::parse_options options;
  options.max_depth = 1024;
  boost::json::stream_parser parser({}, options);
  boost::json::error_code error;
  const std::size_t read = parser.write_some(text.data(), text.size(), error);
  if (!error) {
    const std::size_t more = text.find_first_not_of(" \t\r\n", read);
    if (more != std::string_view::npos) return "its data is not JSON: extra data " + place_in(text, more);
    parser.finish(error);
  }
  if (error) return "its data is not JSON: " + error.message() + " " + place_in(text, read);
  return std::nullopt;
}

}  // namespace

Result<std::vector<StoredCell>> read_batch(const tento_cell_batch& batch, bool single) {
  constexpr std::size_t raw_end = offsetof(tento_cell, raw) + sizeof(tento_str);
  constexpr std::size_t version_end = offsetof(tento_cell, version) + sizeof(tento_str);
  if (batch.struct_size < floor_size<tento_cell_batch>)
    return bad_batch(ErrorCode::invalid_argument, "its struct_size is too small");
  if (batch.count == 0) return std::vector<StoredCell>{};
  if (batch.cells == nullptr) return bad_batch(ErrorCode::invalid_argument, "cells is null");
  if (batch.stride % 8 != 0 || batch.stride < TENTO_CELL_MIN_STRIDE) {
    return bad_batch(ErrorCode::invalid_argument,
                     "its stride is " + std::to_string(batch.stride) + ", not a multiple of 8 from 88 on");
  }
  if (batch.count > TENTO_MAX_BATCH_CELLS) {
    return bad_batch(ErrorCode::too_large, "it has " + std::to_string(batch.count) + " cells, more than 4096");
  }
  std::vector<StoredCell> out;
  out.reserve(static_cast<std::size_t>(batch.count));
  std::size_t bytes = 0;
  for (std::uint64_t i = 0; i < batch.count; ++i) {
    const auto* at = reinterpret_cast<const tento_cell*>(reinterpret_cast<const char*>(batch.cells) + i * batch.stride);
    StoredCell cell{.date = {}};
    cell.id = view(at->id);
    cell.data = view(at->data);
    if (batch.stride >= version_end) cell.version = view(at->version);
    if (batch.stride >= raw_end) cell.raw = view(at->raw);
    cell.tombstone = (at->flags & TENTO_CELL_TOMBSTONE) != 0;
    const auto wrong = [&](ErrorCode code, const std::string& what) { return bad_cell(i, cell.id, code, what); };

    if ((at->flags & ~TENTO_CELL_TOMBSTONE) != 0) return wrong(ErrorCode::invalid_argument, "it has unknown flags");
    if (cell.id.size() > TENTO_MAX_CELL_ID) return wrong(ErrorCode::too_large, "its id is longer than 512 bytes");
    if (first_not_utf8(cell.id) != std::string_view::npos) return wrong(ErrorCode::invalid_data, "its id is not UTF-8");
    if (cell.id.empty() && !single)
      return wrong(ErrorCode::invalid_argument, "it has no id, in a row that is not TENTO_ROW_SINGLE");
    if (at->date.kind != TENTO_TIME_NONE) {
      const auto date = SemanticTime::from_abi(at->date);
      if (!date) return wrong(ErrorCode::invalid_data, "its date: " + date.error().message);
      cell.date = *date;
    } else if (!cell.tombstone || cell.id.empty()) {
      return wrong(ErrorCode::invalid_data, "it has no date");
    }
    if (at->end_date.kind != TENTO_TIME_NONE) {
      const auto end = SemanticTime::from_abi(at->end_date);
      if (!end) return wrong(ErrorCode::invalid_data, "its end_date: " + end.error().message);
      cell.end_date = *end;
    }
    if (cell.tombstone) {
      if (!cell.data.empty()) return wrong(ErrorCode::invalid_argument, "it is a tombstone with data");
    } else if (const auto defect = json_defect(cell.data)) {
      return wrong(ErrorCode::invalid_data, *defect);
    }
    const std::size_t size = cell.id.size() + cell.data.size() + cell.version.size() + cell.raw.size();
    if (size > TENTO_MAX_CELL_BYTES) return wrong(ErrorCode::too_large, "it is larger than 4 MiB");
    bytes += size;
    out.push_back(std::move(cell));
  }
  if (batch.count > 1 && bytes > TENTO_MAX_BATCH_BYTES)
    return bad_batch(ErrorCode::too_large, "it is larger than 1 MiB");
  return out;
}

tento_status push_cells(const std::vector<StoredCell>& cells, const tento_cell_sink* sink, tento_error* err,
                        std::size_t chunk) {
  for (std::size_t at = 0; at < cells.size(); at += chunk) {
    std::vector<tento_cell> out;
    for (std::size_t i = at; i < std::min(cells.size(), at + chunk); ++i) {
      const StoredCell& cell = cells[i];
      tento_cell c{};
      c.id = str(cell.id);
      if (cell.date) c.date = cell.date->to_abi();
      if (cell.end_date) c.end_date = cell.end_date->to_abi();
      c.data = str(cell.data);
      c.flags = cell.tombstone ? TENTO_CELL_TOMBSTONE : 0;
      c.version = str(cell.version);
      c.raw = str(cell.raw);
      out.push_back(c);
    }
    tento_cell_batch batch{};
    batch.struct_size = sizeof batch;
    batch.count = out.size();
    batch.stride = sizeof(tento_cell);
    batch.cells = out.data();
    const tento_status status = sink->put(sink, &batch, err);
    if (status == TENTO_STOPPED) return TENTO_OK;  // enough
    if (status != TENTO_OK) return status;
  }
  return TENTO_OK;
}

bool overlaps(const StoredCell& cell, const Span& span) noexcept {
  if (!cell.date) return !span.from && !span.to;
  const UtcRange at = utc_range(*cell.date);
  const Instant end = cell.end_date ? std::max(at.to, utc_range(*cell.end_date).to) : at.to;
  if (span.to && at.from >= utc_range(*span.to).from) return false;
  if (!span.from) return true;
  const Instant from = utc_range(*span.from).from;
  return end > from || at.from >= from;
}

}  // namespace tento::testing
