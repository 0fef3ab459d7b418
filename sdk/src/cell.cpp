// SPDX-License-Identifier: Apache-2.0
// Cells as views and values, and the writer that batches them.
#include <tento/sdk/batch.hpp>
#include <tento/sdk/cell.hpp>

#include <algorithm>
#include <cstring>
#include <string>

namespace tento {

CellView CellView::from_abi(const tento_cell_batch& batch, std::size_t index) noexcept {
  const char* at = reinterpret_cast<const char*>(batch.cells) + index * batch.stride;
  tento_cell cell{};
  std::memcpy(&cell, at, std::min<std::size_t>(sizeof cell, batch.stride));
  CellView out;
  out.id = tento::view(cell.id);
  out.date = cell.date;
  out.end_date = cell.end_date;
  out.data = tento::view(cell.data);
  out.version = tento::view(cell.version);
  out.raw = tento::view(cell.raw);
  out.deleted = (cell.flags & TENTO_CELL_TOMBSTONE) != 0;
  return out;
}

Result<Cell> CellView::to_cell() const {
  TENTO_TRY_ASSIGN(SemanticTime start, SemanticTime::from_abi(date));
  std::optional<SemanticTime> end;
  if (end_date.kind != TENTO_TIME_NONE) {
    TENTO_TRY_ASSIGN(end, SemanticTime::from_abi(end_date));
  }
  std::optional<std::string> name;
  if (!id.empty()) name.emplace(id);
  return Cell{std::move(name), start, end, std::string(data), std::string(version), std::string(raw), deleted};
}

WriteOutput WriteOutput::removed(std::string_view id) {
  Cell cell{.id = std::string(id),
            .date = PartialDate(),
            .end_date = {},
            .data = {},
            .version = {},
            .raw = {},
            .deleted = true};
  return stored(std::move(cell));
}

WriteOutput WriteOutput::removed(const SemanticTime& date) {
  Cell cell{.id = {}, .date = date, .end_date = {}, .data = {}, .version = {}, .raw = {}, .deleted = true};
  return stored(std::move(cell));
}

Result<void> CellWriter::make_room(std::size_t bytes, std::size_t copied) {
  if (bytes > TENTO_MAX_CELL_BYTES) {
    return fail(ErrorCode::too_large, ErrorClass::provider,
                "a cell of " + std::to_string(bytes) + " bytes: at most " + std::to_string(TENTO_MAX_CELL_BYTES) +
                    " may cross; leave the large parts out or split the entry");
  }
  const bool full = cells_.size() == flush_cells || copied_ + copied > flush_bytes ||
                    bytes_ + bytes > std::size_t{TENTO_MAX_BATCH_BYTES};
  if (full && !cells_.empty()) {
    TENTO_TRY(flush());
  }
  if (cells_.capacity() == 0) cells_.reserve(flush_cells);
  return {};
}

char* CellWriter::append(std::string_view bytes) noexcept {
  char* at = arena_.get() + used_;
  if (!bytes.empty()) std::memcpy(at, bytes.data(), bytes.size());
  used_ += bytes.size();
  return at;
}

Result<void> CellWriter::add(const CellView& cell) {
  const std::size_t bytes = cell.bytes();
  TENTO_TRY(make_room(bytes, bytes));
  // The arena holds one whole batch, so views into it stay good until the flush; a larger cell travels alone.
  const std::size_t needed = std::max(bytes, flush_bytes) + TENTO_PADDING;
  if (capacity_ - used_ < bytes + TENTO_PADDING) {
    if (used_ != 0) {
      TENTO_TRY(flush());
    }
    if (capacity_ < needed) {
      arena_ = std::make_unique<char[]>(needed);
      capacity_ = needed;
    }
  }
  tento_cell out = cell.abi();
  out.id.data = append(cell.id);
  out.data.data = append(cell.data);
  // What follows `data` here (version, raw, the next cell, the arena's spare bytes) is its padding.
  out.version.data = append(cell.version);
  out.raw.data = append(cell.raw);
  cells_.push_back(out);
  bytes_ += bytes;
  copied_ += bytes;
  ++count_;
  return {};
}

Result<void> CellWriter::add_borrowed(const CellView& cell) {
  TENTO_TRY(make_room(cell.bytes(), 0));
  cells_.push_back(cell.abi());
  bytes_ += cell.bytes();
  ++count_;
  return {};
}

Result<void> CellWriter::flush() {
  if (cells_.empty()) return {};
  const tento_cell_batch batch{sizeof batch, TENTO_BATCH_PADDED, cells_.size(), sizeof(tento_cell), cells_.data()};
  Result<void> answer = target_->put(batch);
  cells_.clear();
  used_ = 0;
  bytes_ = 0;
  copied_ = 0;
  return answer;
}

}  // namespace tento
