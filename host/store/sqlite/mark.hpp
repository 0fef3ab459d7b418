// SPDX-License-Identifier: Apache-2.0
// The mark of a store: one small record that tells which log a file belongs to, and whether the file needs one.
//
// SQLite keeps what was committed last in a log beside the file (`-wal`) and takes it into the file now and then, which
// is called a checkpoint. Nothing in SQLite's format ties the two: a log is applied to whatever file lies there. So the
// store keeps a chain: each mark has an id by chance and names the mark before it. One is written with the first change
// of a session, one before and one after each checkpoint, and one at a clean end. A file then belongs to a log if its
// mark is one of the log's, or the one that the log's first mark names as its predecessor; and no mark of the log may
// say that a later one had reached the file already.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "host/store/sqlite/connection.hpp"

namespace tento::host::sqlite {

enum class MarkState : std::uint8_t {
  settled = 0,     // all was taken into the file: it needs no log
  checkpoint = 1,  // taken into the file while a process worked on it: changes may follow in its log
  working = 2,     // behind a checkpoint. A copy that has this one was made of file and log together
};

struct Mark {
  std::uint64_t id = 0;
  std::uint64_t before = 0;   // id of the one before; 0 = this is the first
  std::uint64_t in_file = 0;  // id of the latest one that was known to be in the file, safe from a loss of power
  std::int64_t at_us = 0;
  MarkState state = MarkState::settled;
};

// How a mark is stored: a fixed number of bytes that can be found in a page without SQLite. It begins with bytes that
// are not UTF-8, so that no text of a cell is taken for one.
inline constexpr std::size_t mark_size = 16 + 4 * 8 + 1;
[[nodiscard]] std::string encode_mark(const Mark& mark);
[[nodiscard]] std::optional<Mark> decode_mark(std::string_view bytes);
// The mark that a page of a file or log holds, if it is the page of the table of marks.
[[nodiscard]] std::optional<Mark> mark_of_page(std::string_view page);

// The store's mark; nothing in a store from before there were any.
[[nodiscard]] std::optional<Mark> read_mark(Connection& db);
// Inside a transaction. The one before is what the store has now.
Mark write_mark(Connection& db, MarkState state, std::uint64_t in_file, std::int64_t at_us);

// The marks of what is committed in a log file, oldest first. Reads as SQLite does after a crash: up to the last
// commit whose checksums hold, in the log's latest generation. Empty when the file is not there or holds nothing.
[[nodiscard]] std::vector<Mark> marks_of_log(const std::string& file);
// Whether a file with this mark (0 = none) is one that the log continues. True of a log without marks.
[[nodiscard]] bool belongs(std::uint64_t mark, const std::vector<Mark>& log);

}  // namespace tento::host::sqlite
