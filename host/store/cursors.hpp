// SPDX-License-Identifier: Apache-2.0
// Places to go on from, as opaque text: in the pages of a range, and in the feed of changes. A cursor says where it
// stands and nothing else, so it holds across restarts and for every reader.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <tento/sdk/result.hpp>

namespace tento::host {

// Behind this cell in the reading order (start, longer first, identity).
struct PageCursor {
  std::int64_t start_us = 0;
  std::int64_t end_us = 0;
  std::string ident;  // of the identity column
};

// Behind this cell of a row whose cells are made when they are read: the how-manieth it is of those that start when it
// does, and what it is called.
struct MadeCursor {
  std::int64_t start_us = 0;
  std::uint64_t count = 0;
  std::string name;
};

// Behind this change. Inside a commit cells come before deletions.
struct ChangeCursor {
  enum class At : std::uint8_t {
    end,      // all of the commit
    cell,     // this cell, of the place that PageCursor has
    deletion  // this identity
  };
  std::int64_t seq = 0;   // 0 = before the first commit
  std::int64_t mark = 0;  // of that commit: a store that was put back has another commit under the same number
  At at = At::end;
  PageCursor cell;
  // From where the reader has been catching up (0 = the beginning), and what the newest commit was then, with its mark.
  // Both are `seq` for a reader who is through.
  std::int64_t base = 0;
  std::int64_t since = 0;
  std::int64_t since_mark = 0;
  bool marked = true;  // false: written before there were marks
};
// The cursor of a reader who was told all up to a commit.
[[nodiscard]] ChangeCursor cursor_behind(std::int64_t seq, std::int64_t mark);

[[nodiscard]] std::string cursor_text(const PageCursor& cursor);
[[nodiscard]] std::string cursor_text(const MadeCursor& cursor);
[[nodiscard]] std::string cursor_text(const ChangeCursor& cursor);
// Only what cursor_text gave is taken; else invalid_argument with the tag `bad_cursor`.
[[nodiscard]] Result<PageCursor> parse_page_cursor(std::string_view text);
[[nodiscard]] Result<MadeCursor> parse_made_cursor(std::string_view text);
[[nodiscard]] Result<ChangeCursor> parse_change_cursor(std::string_view text);

}  // namespace tento::host
