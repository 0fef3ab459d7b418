// SPDX-License-Identifier: Apache-2.0
// Pages of a row whose cells are made when they are read: they come once, in the order of their starts, and a page is a
// part of what comes. Holds nothing of the cells that pass.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <tento/sdk/result.hpp>

#include "host/model/cell.hpp"
#include "host/store/cursors.hpp"

namespace tento::host {

class MadePage {
 public:
  // `limit` 0 = all. `cursor` empty = from the start; one that no page of such a row gave is an error (`bad_cursor`).
  // A page whose cells have `most_bytes` of data ends there.
  static Result<MadePage> begin(std::uint64_t limit, std::string_view cursor, std::uint64_t most_bytes = UINT64_MAX);

  enum class Place { before, inside, behind };
  // Where the next cell that comes stands. Nothing behind the page needs to come.
  Place operator()(const CellView& cell);
  // Cursor of the next page; empty = this was the last.
  [[nodiscard]] const std::string& next() const { return next_; }
  // Cells that start before this are of earlier pages; nothing on the first page.
  [[nodiscard]] std::optional<std::int64_t> from_us() const;

 private:
  MadePage(std::uint64_t limit, std::uint64_t most_bytes) : limit_(limit), bytes_left_(most_bytes) {}
  bool given_before(const CellView& cell);

  std::uint64_t limit_;
  std::uint64_t bytes_left_;
  std::optional<MadeCursor> from_;
  bool skipping_ = false;
  std::uint64_t given_ = 0;
  MadeCursor last_;  // the last cell that passed, without its name until the page is full
  std::string next_;
};

}  // namespace tento::host
