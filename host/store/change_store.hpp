// SPDX-License-Identifier: Apache-2.0
// The change feed: what became of cells, in the order of commits, from any place on; and who is told of commits.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <tento/deps.h>

#include <tento/sdk/result.hpp>
#include <tento/sdk/uuid.hpp>

#include "host/model/cell.hpp"
#include "host/model/change.hpp"

namespace tento::host {

enum class CommitEventKind {
  cells,     // cells of a row changed
  coverage,  // what is known of a row's dates changed, and no cell
  zone,      // the days of a row's cells begin and end elsewhere
  row_gone,  // a row went with all that hung on it
  account,   // an account was put, or removed
};
// What became of an account.
struct AccountEvent {
  std::string provider;
  std::string integration;
  std::string auth_id;
  std::optional<tento_account_state> before;  // absent: it was not there
  std::optional<tento_account_state> now;     // absent: it is gone
  bool credential = false;                    // what it authenticates with was put, too
};
// What a commit changed in one row, or in one account.
struct CommitEvent {
  CommitEventKind kind = CommitEventKind::cells;
  std::int64_t seq = 0;  // 0 for coverage and accounts
  Uuid row;              // nil for accounts
  Uuid owner;
  TxnCounts counts;
  std::shared_ptr<const AccountEvent> account = {};  // of an account alone
};
// Called by the thread that commits, once all is durable and before the writers hear of it: it must be quick, and may
// neither write to the store nor subscribe or unsubscribe.
using CommitListener = std::function<void(const CommitEvent&)>;
// Ends when it is destroyed; from then on the listener is not called. May outlive the store.
class Subscription {
 public:
  Subscription() = default;
  explicit Subscription(std::shared_ptr<void> end) : end_(std::move(end)) {}

 private:
  std::shared_ptr<void> end_;
};

class ChangeStore {
 public:
  virtual ~ChangeStore() = default;
  // What changed of one user's behind a cursor (empty = from the beginning), in commit order: each cell once, at its
  // latest change. A page has at most `limit` changes, never more than `most_changes` and not many more bytes than
  // `most_bytes`; a limit of 0 is one of `most_changes`. Nothing that is committed is left out and nothing is told
  // twice from one cursor to the next, whatever is committed meanwhile. A cell is `added` when it was made behind the
  // cursor from which the reader began to catch up, so that `updated` is never said of one that was not told before;
  // deletions from before a reader began at the beginning are left out. The visitor may call the store. Errors:
  // invalid_argument `bad_cursor`; conflict `cursor_expired` when deletions that the reader was not told have been
  // forgotten (see tombstone_days), and when the commit that the cursor stands behind is none of this store: it was put
  // back to an earlier state, or the cursor is another's. Read the rows anew, then go on from newest() as it was
  // before.
  virtual Result<ChangesEnd> read(const Uuid& user, std::string_view after, std::size_t limit,
                                  const ChangeVisitor& visit) = 0;
  static constexpr std::size_t most_changes = 10'000;
  static constexpr std::size_t most_bytes = std::size_t{4} << 20;
  // The cursor behind everything that is committed for a user.
  virtual Result<std::string> newest(const Uuid& user) = 0;
  [[nodiscard]] virtual Subscription subscribe(CommitListener listener) = 0;
  // Grows with every commit: what was read before it is old when it has grown. Any thread, no lock.
  [[nodiscard]] virtual std::uint64_t version() const = 0;
};

}  // namespace tento::host
