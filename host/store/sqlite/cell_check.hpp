// SPDX-License-Identifier: Apache-2.0
// Cells held against the hash that was written with them. SQLite's pages have no checksums: a flipped bit in a text is
// a valid text to it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "host/store/cell_codec.hpp"
#include "host/store/sqlite/connection.hpp"

namespace tento::host::sqlite {

// What the statements of cell_check.cpp select, in the order in which is_as_written() takes them.
#define TENTO_SQL_HASHED "start_us, end_us, cells.ident, date, end_date, hash, cells.version, data, raw "
#define TENTO_SQL_WITH_RAWS "LEFT JOIN raws ON raws.row = cells.row AND raws.ident = cells.ident "
[[nodiscard]] bool is_as_written(const Statement& q, ContentHash& hash);

// For one thread, as its connection is. A row is named by its number.
class CellCheck {
 public:
  explicit CellCheck(Connection& db) : db_(db) {}
  [[nodiscard]] bool holds(std::int64_t row, std::string_view ident);
  // Throws StoreFailure (`cell_damaged`), which names the row, where the cell is not as it was written.
  void require(std::int64_t row, std::string_view ident);
  // Whether all cells of the row hold.
  [[nodiscard]] bool row_holds(const Uuid& row);

 private:
  Connection& db_;
  ContentHash hash_;
};

// Goes through all cells, part by part.
class ContentWalk {
 public:
  struct Part {
    bool last = false;
    std::uint64_t damaged = 0;  // cells
    std::string damaged_row;    // the key of the row of the first of them
  };
  // Looks at about so many cells, and at no more than fit into a moment.
  Part next(Connection& db, std::size_t most_cells);

 private:
  std::int64_t row_ = 0;
  std::optional<std::string> ident_;  // the last that was looked at of the row; nothing = the row is through
};

// What a store keeps of it: whether its cells are to be held against their hashes, since the file was in use when a
// process ended and not all of them were looked at since, or some did not hold; and how many these were.
struct ContentDoubt {
  bool doubted = false;
  std::int64_t damaged = 0;
};
[[nodiscard]] ContentDoubt read_doubt(Connection& db);
// Inside a transaction.
void write_doubt(Connection& db, const ContentDoubt& doubt);

}  // namespace tento::host::sqlite
