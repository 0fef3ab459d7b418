// SPDX-License-Identifier: Apache-2.0
// What a store in memory holds: the tables, as plain values.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "host/store/store.hpp"

namespace tento::host::memory {

struct User {
  UserRecord record;
  std::int64_t created_us = 0;
};

struct Refresh {
  RefreshRecord record;
  std::string taken_from;  // the holder whose lease ended before it said how it went
};
struct Account {
  AccountRecord record;
  std::optional<SealedBytes> credential;
  std::optional<Refresh> refresh;  // about the credential of the current generation
};
using AccountId = std::tuple<Uuid, std::string, std::string>;
[[nodiscard]] inline AccountId id_of(const AccountKey& key) {
  return {key.owner, key.provider, key.auth_id};
}

struct IdempotencyEntry {
  std::string request_hash;
  bool finished = false;
  std::int32_t status = 0;
  std::string answer;
  std::int64_t created_us = 0;
};
using IdempotencyId = std::tuple<Uuid, std::string, std::string>;

// Dates are packed as pack_time does, so that both stores give back the same values.
struct Cell {
  std::int64_t start_us = 0;
  std::int64_t end_us = 0;
  std::int64_t date = 0;
  std::int64_t end_date = 0;
  std::string data;
  std::string version;
  std::string raw;
  std::string hash;
  std::int64_t change_seq = 0;
  std::int64_t created_seq = 0;
};
struct Tombstone {
  std::int64_t date = 0;
  std::int64_t start_us = 0;
  std::int64_t change_seq = 0;
};
struct Row {
  RowRecord record;
  std::int64_t version = 0;           // of its stamp
  std::map<std::string, Cell> cells;  // by identity, see Ident
  std::map<std::string, Tombstone> tombstones;
  std::vector<CoverageRecord> coverage;                     // sorted, disjoint
  std::map<std::string, StageEnds> stage_ends;              // by stage
  std::map<std::string, std::string, std::less<>> cursors;  // by name
};

struct Commit {
  std::int64_t at_us = 0;
  std::int64_t mark = 0;
};
struct GoneRow {
  Uuid row;
  std::string lookup_key;
  std::int64_t at_us = 0;
};
// The numbers of what was committed for a user.
struct Feed {
  std::int64_t latest = 0;    // given last
  std::int64_t head = 0;      // of the latest commit of `commits`
  std::int64_t accounts = 0;  // of the latest change of an account
  std::int64_t dropped = 0;   // cursors before it are not good any more
  std::map<std::int64_t, Commit> commits;
  std::map<std::int64_t, GoneRow> gone_rows;
  std::vector<AccountChange> account_changes;
};

struct Job {
  JobRecord record;
  std::string worker;
  std::int64_t fence = 0;   // of the claim while somebody holds it, else 0
  std::int64_t claims = 0;  // how many there were, so that no fence comes twice
  std::int64_t until_us = 0;
};

struct Data {
  std::vector<User> users;  // in the order they were made
  std::map<AccountId, Account> accounts;
  std::map<std::string, AuthorizationRecord> authorizations;  // by state hash
  std::map<std::string, TokenRecord> tokens;                  // by id
  std::map<std::int64_t, GrantRecord> grants;
  std::map<std::int64_t, AuditRecord> audit;
  std::map<IdempotencyId, IdempotencyEntry> idempotency;
  std::map<Uuid, Row> rows;
  std::map<Uuid, Feed> feeds;  // of each user
  std::map<std::int64_t, Job> jobs;
  std::map<std::int64_t, RunRecord> runs;
  std::int64_t last_grant = 0, last_audit = 0, last_job = 0, last_run = 0;
  std::uint64_t access = 0;  // grows with every change of users and tokens
  bool unwiped = false;      // a secret was stored in the clear or sealed anew
};

[[nodiscard]] const User* find_user(const Data& data, const Uuid& id);
[[nodiscard]] const Row* find_row(const Data& data, const Uuid& id);
[[nodiscard]] Row* find_row(Data& data, const Uuid& id);
// In the order of their lookup keys.
[[nodiscard]] std::vector<const Row*> rows_of(const Data& data, const Uuid& owner);
// When a commit on the row was made; 0 when that is not known any more.
[[nodiscard]] std::int64_t time_of_commit(const Data& data, const Row& row, std::int64_t seq);
// The number of the next commit on the row.
[[nodiscard]] std::int64_t next_seq(const Data& data, const Row& row);
// Writes down a commit that changed cells of the row, or took it away.
void record_commit(Data& data, Row& row, std::int64_t seq, std::int64_t at_us);
// What a reader is shown of the row has changed, and none of its cells: the row gets a new stamp.
void touch_row(Data& data, Row& row);
// An account came, went, or was changed: its user's feed says so, and its rows get a new stamp. `integration` is the
// account's; a state is absent where it was not there, or is gone.
void touch_account(Data& data, const AccountKey& account, const std::string& integration,
                   std::optional<tento_account_state> before, std::optional<tento_account_state> now);
// When the account's rows are due is to be judged anew.
void judge_rows_of(Data& data, const AccountKey& account);
// The row goes with all that hangs on it.
void purge_row(Data& data, const Uuid& row);

// Pages of cells and the dump go by start, the longer first, then identity.
using Place = std::tuple<std::int64_t, std::int64_t, std::string>;
[[nodiscard]] inline Place place_of(std::int64_t start_us, std::int64_t end_us, std::string ident) {
  return {start_us, ~end_us, std::move(ident)};  // ~ turns the order round, without overflow
}
// The identities of a row's cells that overlap a range, in reading order.
[[nodiscard]] std::vector<const std::pair<const std::string, Cell>*> cells_in(const Row& row, const Moments& range);

}  // namespace tento::host::memory
