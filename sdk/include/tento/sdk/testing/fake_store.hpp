// SPDX-License-Identifier: Apache-2.0
/// @file fake_store.hpp
/// `tento.backend/1` and `tento.sync-state/1` in memory, with the rules of a real store: identity, transactions,
/// REPLACE, authority, and the refusal of cells that are none.
#pragma once

#include <tento/deps.h>

#include <cstddef>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "../time.hpp"
#include "fake_call.hpp"

namespace tento::testing {

/// A cell as it was stored.
struct StoredCell {
  std::string id = {};                        ///< may be empty in a single row
  std::optional<SemanticTime> date;           ///< absent only in a tombstone that has an id
  std::optional<SemanticTime> end_date = {};  ///< absent = no end of its own
  std::string data = {};                      ///< JSON, the bytes that were put
  std::string version = {};                   ///< the service's version
  std::string raw = {};                       ///< the service's own bytes
  bool tombstone = false;                     ///< it is gone
  friend bool operator==(const StoredCell&, const StoredCell&) = default;  ///< memberwise
};

/// What a commit said about a span.
struct StoredCoverage {
  Span span;                                                                       ///< which dates
  tento_coverage_state state = TENTO_COVERAGE_HAVE;                                ///< what is known
  ErrorClass error_class = ErrorClass::internal;                                   ///< why, for FAILED
  std::int64_t retry_after_ms = -1;                                                ///< -1 = not said
  friend bool operator==(const StoredCoverage&, const StoredCoverage&) = default;  ///< memberwise
};

/// One change that readers would be told about. A cell that was put again as it is makes none.
struct Change {
  /// What became of the cell.
  enum class Kind : std::uint8_t {
    created,  ///< it was not there
    updated,  ///< it is another now, or at another date
    deleted   ///< it is gone
  };
  Kind kind = Kind::created;                                       ///< which
  std::string key;                                                 ///< row
  std::string id;                                                  ///< cell id; its date as text where it has none
  friend bool operator==(const Change&, const Change&) = default;  ///< memberwise
};

/// Reads the cells of a batch as a host would: with the first thing that is wrong as error, naming index and id.
[[nodiscard]] Result<std::vector<StoredCell>> read_batch(const tento_cell_batch& batch, bool single);
/// Gives `cells` to `sink`, `chunk` at a time.
[[nodiscard]] tento_status push_cells(const std::vector<StoredCell>& cells, const tento_cell_sink* sink,
                                      tento_error* err, std::size_t chunk = 256);
/// Whether a cell overlaps `span`, where a day is a UTC day.
[[nodiscard]] bool overlaps(const StoredCell& cell, const Span& span) noexcept;

/// The store of one FakeHost. Rows are named by canonical key. Its slots may be called by many threads.
class FakeStore {
 public:
  /// Whether a call may read the row of a key. The default: same first segment, and the account's id among the others.
  using MayRead = std::function<bool(const FakeCall& call, std::string_view key)>;

  /// For the calls of `calls`, which must outlive this.
  explicit FakeStore(FakeCalls& calls);

  /// Live cells of a row, as readers see them: by start, longer first, then id.
  [[nodiscard]] std::vector<StoredCell> cells(std::string_view key) const;
  /// One live cell by id.
  [[nodiscard]] std::optional<StoredCell> cell(std::string_view key, std::string_view id) const;
  /// Tombstones of a row, by id.
  [[nodiscard]] std::vector<StoredCell> tombstones(std::string_view key) const;
  /// Value of a cursor.
  [[nodiscard]] std::optional<std::string> cursor(std::string_view key, std::string_view name) const;
  /// What commits said, in their order.
  [[nodiscard]] std::vector<StoredCoverage> coverage(std::string_view key) const;
  /// Every change since the start, or since forget_changes.
  [[nodiscard]] std::vector<Change> changes() const;
  /// Commits and persist_cells that landed.
  [[nodiscard]] std::size_t transactions() const;
  /// Transactions that were begun, and neither committed nor aborted.
  [[nodiscard]] std::size_t open_transactions() const;
  /// Drops the list of changes.
  void forget_changes();

  /// Stores cells as if an earlier sync had.
  void put(std::string_view key, const std::vector<StoredCell>& cells);
  /// Sets a cursor as if an earlier sync had.
  void set_cursor(std::string_view key, std::string name, std::string value);
  /// States coverage, as the host does for a sync that used the thin path only.
  void state_coverage(std::string_view key, StoredCoverage coverage);
  /// Adds a run for recent_log_cells.
  void add_log(std::string_view key, StoredCell run);
  /// Runs of a row, newest first.
  [[nodiscard]] std::vector<StoredCell> logs(std::string_view key) const;

  /// Hosts may tell what is wrong with a batch when it is put, or not before the commit (obligation P15). At first this
  /// one tells it at once.
  void refuse_late(bool late = true) { refuse_late_ = late; }
  /// What calls may read.
  void set_may_read(MayRead rule) { may_read_ = std::move(rule); }
  /// Stores what a write pushed, as its host does.
  [[nodiscard]] Result<void> land(std::string_view key, const std::vector<StoredCell>& cells, bool single);
  /// Ends a call: its open transaction is aborted. True when there was one, or when it had begun any: then only commits
  /// have written coverage.
  bool end_call(const FakeCall& call);
  /// What a host says of a slot of the call that said OK: an error when a write of cells was refused, or when a
  /// transaction was left open, or dropped with nothing committed. To be asked before end_call.
  [[nodiscard]] Result<void> nothing_lost(const FakeCall& call) const;
  /// Whether the call used persist_cells.
  [[nodiscard]] bool used_thin_path(const FakeCall& call) const;

  /// For the lookup.
  [[nodiscard]] tento_iface backend() noexcept { return {&backend_vtable, this}; }
  /// For the lookup.
  [[nodiscard]] tento_iface sync_state() noexcept { return {&sync_state_vtable, this}; }

 private:
  struct Row {
    std::map<std::string, StoredCell> cells;  // by identity: "i" + id, or "d" + date as text
    std::map<std::string, std::string, std::less<>> cursors;
    std::vector<StoredCoverage> coverage;
    std::vector<StoredCell> logs;
  };
  struct Transaction {
    const tento_call* call;
    std::string key;
    bool single;
    bool replace;
    Span window;
    std::vector<StoredCell> cells;
    std::optional<Error> refused = {};  // the first refused batch: it cannot be committed any more
  };
  // What one call wrote, for nothing_lost.
  struct Writes {
    std::size_t begun = 0;         // transactions
    std::size_t committed = 0;     // of these
    std::size_t thin = 0;          // uses of persist_cells
    std::size_t dropped = 0;       // cells of the transaction that was aborted last, when none landed after it
    std::optional<Error> refused;  // the first write that did not land
    bool stopped = false;          // a write came after the call's end
  };
  struct Slots;
  static const tento_backend backend_vtable;
  static const tento_sync_state sync_state_vtable;

  Row& row(std::string_view key);
  const Row* find(std::string_view key) const;
  void apply(const std::string& key, const std::vector<StoredCell>& cells);
  void erase_unput(const Transaction& txn);

  FakeCalls& calls_;
  MayRead may_read_;
  mutable std::mutex mutex_;
  std::map<std::string, Row, std::less<>> rows_;
  std::map<std::uint64_t, Transaction> open_;
  std::map<std::uint64_t, Writes> writes_;  // by call id
  std::vector<Change> changes_;
  std::size_t transactions_ = 0;
  bool refuse_late_ = false;
  std::uint64_t next_txn_ = 1;
};

}  // namespace tento::testing
