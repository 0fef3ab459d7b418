// SPDX-License-Identifier: Apache-2.0
// Counts along the cells that start at one moment: their order is the provider's own.
#include "host/services/made_page.hpp"

#include <algorithm>
#include <utility>

#include "host/model/time_text.hpp"

namespace tento::host {
namespace {

// What a cell is known by in its row: its id, or its date.
std::string name_of(const CellView& cell) {
  if (!cell.id.empty()) return std::string(cell.id);
  std::string out;
  append_semantic_time(out, cell.date);
  return out;
}

}  // namespace

Result<MadePage> MadePage::begin(std::uint64_t limit, std::string_view cursor, std::uint64_t most_bytes) {
  MadePage page(limit, most_bytes);
  if (!cursor.empty()) {
    TENTO_TRY_ASSIGN(page.from_, parse_made_cursor(cursor));
    page.skipping_ = true;
  }
  return page;
}

std::optional<std::int64_t> MadePage::from_us() const {
  return from_ ? std::optional(from_->start_us) : std::nullopt;
}

bool MadePage::given_before(const CellView& cell) {
  if (!skipping_) return false;
  if (cell.start_us < from_->start_us) return true;
  if (cell.start_us == from_->start_us && last_.count < from_->count) {
    // The row may have changed between two pages: behind the cell that was the last it goes on, wherever that is now.
    if (name_of(cell) == from_->name) skipping_ = false;
    return true;
  }
  skipping_ = false;
  return false;
}

MadePage::Place MadePage::operator()(const CellView& cell) {
  const bool before = given_before(cell);
  if (!before && limit_ != 0 && given_ == limit_) {
    next_ = cursor_text(last_);
    return Place::behind;
  }
  last_.count = cell.start_us == last_.start_us && last_.count > 0 ? last_.count + 1 : 1;
  last_.start_us = cell.start_us;
  if (before) return Place::before;
  bytes_left_ -= std::min<std::uint64_t>(bytes_left_, cell.data.size());
  if (++given_ == limit_ || bytes_left_ == 0) {
    limit_ = given_;
    last_.name = name_of(cell);
  }
  return Place::inside;
}

}  // namespace tento::host
