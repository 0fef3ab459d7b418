// SPDX-License-Identifier: Apache-2.0
// A batch of cells as a table that SQL can select from: one INSERT ... SELECT lands them all, with cursors that stay
// where the last cell went, instead of a statement per cell.
#pragma once

#include <vector>

#include "host/store/cell_codec.hpp"
#include "host/store/cell_store.hpp"

struct sqlite3;

namespace tento::host::sqlite {

// What `tento_batch` shows: the columns start_us, end_us, ident, date, end_date, hash, version and data of these cells,
// in this order.
struct CellBatch {
  std::vector<const CellInput*> cells;
  ContentHash hash;
  Ident ident;
};

// Makes the table for a connection; `batch` outlives it.
void register_cell_batch(sqlite3* db, CellBatch& batch);

}  // namespace tento::host::sqlite
