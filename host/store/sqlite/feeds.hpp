// SPDX-License-Identifier: Apache-2.0
// The numbers of what is committed: each user has a feed, and numbers of their own. For use inside a write transaction.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "host/model/account.hpp"
#include "host/store/cell_store.hpp"
#include "host/store/sqlite/connection.hpp"

namespace tento::host::sqlite {

// Of a user who was just made.
void add_feed(Connection& db, const Uuid& user);

struct CommitOf {
  std::int64_t feed;
  std::int64_t seq;
  std::int64_t row;
  std::int64_t longest_us;
  std::int64_t at_us;
};
// The number of the commit that this transaction may make. Only the writer asks.
[[nodiscard]] std::int64_t next_seq(Connection& db, std::int64_t feed);
// Writes a commit's own record, and what its row and its feed know of it.
void record_commit(Connection& db, const CommitOf& commit, const TxnOrigin& origin, const TxnCounts& counts);

// What a reader is shown of the row has changed, and none of its cells: the row gets a new stamp.
void touch_row(Connection& db, std::int64_t row);
// An account came, went, or was changed: its user's feed says so, and its rows get a new stamp. `integration` is the
// account's; a state is absent where it was not there, or is gone.
void touch_account(Connection& db, const AccountKey& account, std::string_view integration,
                   std::optional<tento_account_state> before, std::optional<tento_account_state> now);
// When the account's rows are due is to be judged anew.
void judge_rows_of(Connection& db, const AccountKey& account);
// What was learnt of tokens and users before is old.
void access_changed(Connection& db);

}  // namespace tento::host::sqlite
