// SPDX-License-Identifier: Apache-2.0
// Lands the cells of one commit on one row inside an open write transaction, and counts what changed.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "host/store/cell_store.hpp"
#include "host/store/sqlite/cell_batch.hpp"
#include "host/store/sqlite/cell_check.hpp"
#include "host/store/sqlite/connection.hpp"

namespace tento::host::sqlite {

class CellWriter {
 public:
  // `replace` as in CellStore::begin. Lives no longer than the transaction.
  CellWriter(Connection& db, const Uuid& row, const TxnOrigin& origin, std::optional<Moments> replace, CellBatch& batch,
             std::int64_t now_us);
  // Later puts win over earlier ones.
  void put(std::span<const CellInput> cells);
  // From now on what the store holds counts as unchanged only where it is as it was written.
  void check_what_is_known() { check_.emplace(db_); }
  // Deletes what `replace` covers and was not put, and writes the commit's own record. Once, last.
  TxnCounts finish();
  [[nodiscard]] std::int64_t row() const noexcept { return row_; }

 private:
  struct Known;  // what the store holds under an identity
  void arrange(std::span<const CellInput> cells);
  void insert_batch();
  void resolve(const CellInput& cell);
  [[nodiscard]] std::optional<Known> find(const CellInput& cell, std::string_view ident);
  void put_known(const CellInput& cell, std::string_view ident, const Known& known);
  void erase(std::string_view ident);
  void bury(std::string_view ident);
  void write_raw(const CellInput& cell, std::string_view ident);
  void touch(std::string_view ident);
  void delete_untouched();
  void bind_untouched(const Query& q) const;

  Connection& db_;
  std::optional<CellCheck> check_;
  const TxnOrigin& origin_;
  std::optional<Moments> replace_;
  CellBatch& batch_;
  std::int64_t now_us_;
  std::int64_t feed_ = 0;
  std::int64_t row_ = 0;
  std::int64_t seq_ = 0;
  std::int64_t longest_us_ = 0;
  TxnCounts counts_;
  bool expect_known_ = false;
  bool has_tombstones_ = false;  // the row has, or may have
  Ident ident_;
  std::vector<const CellInput*> puts_;        // of the batch, in key order
  std::vector<const CellInput*> tombstones_;  // of the batch
  std::vector<std::uint32_t> order_;          // of a batch that did not come sorted
  std::vector<std::uint32_t> table_;          // open hash table of the batch's identities: position + 1, 0 = free
};

// Where a sweep for the cells that overlap a range has to begin, when none of the row's is longer than this.
[[nodiscard]] std::int64_t earliest_start(const Moments& range, std::int64_t longest_us);

// The integer key of a row; throws StoreFailure (not_found).
[[nodiscard]] std::int64_t row_number(Connection& db, const Uuid& row);
// That StoreFailure.
[[noreturn]] void no_row(const Uuid& row);

}  // namespace tento::host::sqlite
