// SPDX-License-Identifier: Apache-2.0
// The store's interface: owners, accounts, rows, cells, coverage and cursors. Shaped by SQLite's use of it.
#pragma once

#include <tento/cell.h>
#include <tento/deps.h>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <tento/sdk/result.hpp>
#include <tento/sdk/uuid.hpp>

#include "host/model/account.hpp"
#include "host/model/cell.hpp"
#include "host/model/change.hpp"
#include "host/model/coverage.hpp"
#include "host/model/job.hpp"
#include "host/model/moments.hpp"
#include "host/model/row.hpp"
#include "host/model/run.hpp"
#include "host/model/user.hpp"

namespace tento::host {

enum class ReadOrder { ascending, descending };
// Which part of a range: so many cells (0 = all) behind a cursor that a page before gave (empty = from the start).
struct PageRequest {
  ReadOrder order = ReadOrder::ascending;
  std::size_t limit = 0;
  std::string_view cursor = {};
  bool raw = false;  // the visitor is given each cell's raw bytes, too
};
struct PageEnd {
  std::size_t count = 0;
  std::string next;  // cursor of the next page; empty = this was the last
};

// One line of a canonical dump. False = enough.
using DumpLine = std::function<bool(std::string_view line)>;
// False = enough.
using CellVisitor = std::function<bool(const CellView&)>;

enum class NewsKind {
  cells,     // cells of a row changed
  coverage,  // what is known of a row's dates changed, and no cell
  zone,      // the days of a row's cells begin and end elsewhere
  row_gone,  // a row went with all that hung on it
  account,   // an account was put, or removed
};
// What became of an account.
struct AccountNews {
  std::string provider;
  std::string integration;
  std::string auth_id;
  std::optional<tento_account_state> before;  // absent: it was not there
  std::optional<tento_account_state> now;     // absent: it is gone
  bool credential = false;                    // what it authenticates with was put, too
};
// What a commit changed in one row, or in one account.
struct CommitNews {
  NewsKind kind = NewsKind::cells;
  std::int64_t seq = 0;  // 0 for coverage and accounts
  Uuid row;              // nil for accounts
  Uuid owner;
  TxnCounts counts;
  std::shared_ptr<const AccountNews> account = {};  // of an account alone
};
// Called by the thread that commits, once all is durable and before the writers hear of it: it must be quick, and may
// neither write to the store nor subscribe or unsubscribe.
using CommitListener = std::function<void(const CommitNews&)>;
// Ends when it is destroyed; from then on the listener is not called. May outlive the store.
class Subscription {
 public:
  Subscription() = default;
  explicit Subscription(std::shared_ptr<void> end) : end_(std::move(end)) {}

 private:
  std::shared_ptr<void> end_;
};

struct CursorInput {
  std::string_view name;
  std::string_view value;  // empty = remove
};

using Cursors = std::map<std::string, std::string, std::less<>>;  // by name

// Whose time zone: an owner's, or with a provider one account's.
struct ZoneSubject {
  Uuid owner;
  std::string provider;
  std::string auth_id;
};

// What a transaction writes under, besides the cells.
struct TxnOrigin {
  std::uint32_t data_version = 0;
  std::string provider_version;
  std::int64_t run_id = 0;  // 0 = none
};

// One transaction on one row. Nothing is visible before commit; destroying it aborts.
class CellTxn {
 public:
  virtual ~CellTxn() = default;
  // Accepted, not durable. Same identity again: the last wins. Memory stays bounded however much is put.
  virtual Result<void> put(std::span<const CellInput> cells) = 0;
  // Cells, deletions (of what `replace` covers and was not put), coverage and cursors land together, durable.
  virtual Result<TxnCounts> commit(std::span<const CoverageInput> coverage, std::span<const CursorInput> cursors) = 0;
};

class AccessStore;   // see access_store.hpp
class AccountStore;  // see account_store.hpp
class JobStore;      // see job_store.hpp
class RunStore;      // see job_store.hpp

class CellStore {
 public:
  virtual ~CellStore() = default;

  // Users, tokens, grants, the audit log, idempotency keys: of the same store.
  virtual AccessStore& access() = 0;
  // Sealed credentials, whose turn it is to refresh one, connections under way: of the same store.
  virtual AccountStore& credentials_store() = 0;
  // Durable jobs, and what became of them: of the same store.
  virtual JobStore& jobs() = 0;
  virtual RunStore& runs() = 0;

  // ---- owners and accounts
  virtual Result<UserRecord> default_user() = 0;
  virtual Result<std::vector<UserRecord>> users() = 0;
  // Changes a zone, and with it the moments of the stored cells that are dated by the calendar and counted in it: those
  // of the account, or of the owner's rows whose account has no zone of its own. All of it or nothing. Gives how many
  // cells moved.
  virtual Result<std::uint64_t> set_zone(const ZoneSubject& subject, std::string_view zone,
                                         const MomentsOfCell& moments) = 0;
  // Adds or replaces by (owner, provider, auth_id). `secret` absent keeps what is stored; one that is given is stored
  // in the clear, see AccountStore for sealed ones.
  virtual Result<void> put_account(const AccountRecord& account, std::optional<std::string_view> secret) = 0;
  virtual Result<std::vector<AccountRecord>> accounts(const Uuid& owner, std::string_view provider = {}) = 0;
  virtual Result<std::optional<AccountRecord>> account(const Uuid& owner, std::string_view provider,
                                                       std::string_view auth_id) = 0;
  // One that is in the clear; conflict `secret_sealed` of any other.
  virtual Result<std::string> account_secret(const Uuid& owner, std::string_view provider,
                                             std::string_view auth_id) = 0;
  // With purge its rows, cells, coverage, cursors, jobs and runs go too.
  virtual Result<void> remove_account(const Uuid& owner, std::string_view provider, std::string_view auth_id,
                                      bool purge) = 0;

  // ---- rows
  virtual Result<RowRecord> ensure_row(const RowRecord& row) = 0;  // inserts when the id is new; gives what is stored
  virtual Result<std::optional<RowRecord>> row(const Uuid& id) = 0;
  virtual Result<std::vector<RowRecord>> rows(const Uuid& owner) = 0;

  // ---- cells
  // `replace`: what it covers and is not put gets deleted at commit.
  virtual Result<std::unique_ptr<CellTxn>> begin(const Uuid& row, std::optional<Moments> replace, TxnOrigin origin) = 0;
  // One batch, durable on return.
  virtual Result<TxnCounts> persist(const Uuid& row, std::span<const CellInput> cells, TxnOrigin origin) = 0;
  // Cells that overlap the range, ascending (start, longer first, id), without tombstones.
  virtual Result<void> read_cells(const Uuid& row, Moments range, const CellVisitor& visit) = 0;
  // A part of the same, in either order. A visitor that has enough ends the page behind the cell it was given. A cursor
  // that no page gave is invalid_argument, tag `bad_cursor`.
  virtual Result<PageEnd> read_page(const Uuid& row, Moments range, const PageRequest& page,
                                    const CellVisitor& visit) = 0;
  // The same cells as the text of a JSON array (see append_cell_json), appended to `out`. Stored JSON is copied, never
  // parsed.
  virtual Result<PageEnd> append_json(std::string& out, const Uuid& row, Moments range, const PageRequest& page) = 0;
  // At most `limit` from the start, 0 = all. Gives how many.
  Result<std::size_t> append_json(std::string& out, const Uuid& row, Moments range, std::size_t limit) {
    const auto end = append_json(out, row, range, PageRequest{ReadOrder::ascending, limit, {}});
    if (!end) return fail(end.error());
    return end->count;
  }
  virtual Result<std::optional<StoredCell>> cell(const Uuid& row, const CellKey& key) = 0;
  virtual Result<std::uint64_t> cell_count(const Uuid& row) = 0;
  // The service's own bytes of a cell with an id, where the provider gave them.
  virtual Result<std::optional<std::string>> raw_cell(const Uuid& row, std::string_view id) = 0;

  // ---- changes
  // What changed behind a cursor (empty = from the beginning), in commit order, of all owners or one, at most `limit`
  // (0 = all): each cell once, at its latest change. Nothing that is committed is left out and nothing is told twice
  // from one cursor to the next, whatever is committed meanwhile. A cell is `added` when it was made behind the cursor
  // from which the reader began to catch up, so that `updated` is never said of one that was not told before; deletions
  // from before a reader began at the beginning are left out.
  // Errors: invalid_argument `bad_cursor`; conflict `cursor_expired` when deletions that the reader was not told have
  // been forgotten (see tombstone_days): read the rows anew, then go on from newest_cursor() as it was before.
  virtual Result<ChangesEnd> changes(std::optional<Uuid> owner, std::string_view after, std::size_t limit,
                                     const ChangeVisitor& visit) = 0;
  // The cursor behind everything that is committed.
  virtual Result<std::string> newest_cursor() = 0;
  [[nodiscard]] virtual Subscription subscribe(CommitListener listener) = 0;

  // ---- coverage and cursors
  virtual Result<std::vector<CoverageRecord>> coverage(const Uuid& row) = 0;
  virtual Result<void> add_coverage(const Uuid& row, std::span<const CoverageInput> coverage) = 0;
  virtual Result<std::optional<std::string>> cursor(const Uuid& row, std::string_view name) = 0;
  // All of a row's, for who will ask for many; nothing when they are too many or too large to be held.
  virtual Result<std::optional<Cursors>> cursors(const Uuid& row) = 0;
  // Grows with every commit: what was read before it is old when it has grown. Any thread, no lock.
  [[nodiscard]] virtual std::uint64_t writes() const = 0;

  // ---- upkeep
  // Every visible cell with its content hash, every span of coverage, every cursor, as JSON lines in canonical order
  // and without what differs from one history to the next (uuids, change_seq, times of writing, run ids): two stores
  // that hold the same give the same lines.
  virtual Result<void> dump(const DumpLine& line) = 0;
  // Forgets deletions older than this, and with them the older cursors. Gives how many.
  virtual Result<std::uint64_t> drop_tombstones(std::int64_t before_us) = 0;
};

struct StoreOptions {
  std::string folder;                            // where store.sqlite and its lock are
  std::int64_t lock_wait_ms = 5000;              // how long to queue behind another process
  bool read_only = false;                        // beside a process that writes: takes no lock, makes nothing
  std::int64_t tombstone_days = 90;              // deletions older than this are forgotten when the store is opened
  std::string time_zone;                         // of an owner made now; empty = the system's
  std::function<std::int64_t()> now_unix_us;     // empty = the system's clock
  std::function<void(double seconds)> on_write;  // for who measures: a transaction, from its begin to its commit
};

// Opens or makes the SQLite store of a folder. Errors: locked (names the pid), newer schema (names both), disk full, no
// permission.
Result<std::unique_ptr<CellStore>> open_sqlite_store(const StoreOptions& options);

}  // namespace tento::host
