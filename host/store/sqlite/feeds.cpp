// SPDX-License-Identifier: Apache-2.0
// Numbers of commits, and stamps of rows.
#include "host/store/sqlite/feeds.hpp"

#include "host/store/account_store.hpp"
#include "host/store/sqlite/credentials.hpp"

namespace tento::host::sqlite {

void add_feed(Connection& db, const Uuid& user) {
  auto q = db.use("INSERT INTO feeds(owner) VALUES(?1)");
  q->bind(1, user);
  q->step();
}

std::int64_t next_seq(Connection& db, std::int64_t feed) {
  auto q = db.use("SELECT latest + 1 FROM feeds WHERE n = ?1");
  q->bind(1, feed);
  q->step();
  return q->integer(0);
}

void record_commit(Connection& db, const CommitOf& commit, const TxnOrigin& origin, const TxnCounts& counts) {
  {
    auto q = db.use("UPDATE rows SET change_seq = ?2, version = ?2, longest_us = max(longest_us, ?3) WHERE n = ?1");
    q->bind(1, commit.row);
    q->bind(2, commit.seq);
    q->bind(3, commit.longest_us);
    q->step();
  }
  {
    auto q = db.use("UPDATE feeds SET latest = ?2, head = ?2 WHERE n = ?1");
    q->bind(1, commit.feed);
    q->bind(2, commit.seq);
    q->step();
  }
  auto q = db.use(
      "INSERT INTO commits(feed, seq, mark, row, run, at_us, data_version, provider_version, added, updated, deleted) "
      "VALUES(?1,?2,random(),?3,?4,?5,?6,?7,?8,?9,?10)");
  q->bind(1, commit.feed);
  q->bind(2, commit.seq);
  q->bind(3, commit.row);
  q->bind(4, origin.run_id);
  q->bind(5, commit.at_us);
  q->bind(6, origin.data_version);
  q->bind_text(7, origin.provider_version);
  q->bind(8, static_cast<std::int64_t>(counts.added));
  q->bind(9, static_cast<std::int64_t>(counts.updated));
  q->bind(10, static_cast<std::int64_t>(counts.deleted));
  q->step();
}

void touch_row(Connection& db, std::int64_t row) {
  for (auto* statement :
       {&db.statement("UPDATE feeds SET latest = latest + 1 WHERE owner = (SELECT owner FROM rows WHERE n = ?1)"),
        &db.statement("UPDATE rows SET version = (SELECT latest FROM feeds WHERE feeds.owner = rows.owner) "
                      "WHERE n = ?1")}) {
    Query q(*statement);
    q->bind(1, row);
    q->step();
  }
}

void judge_rows_of(Connection& db, const AccountKey& account) {
  auto q = db.use("UPDATE rows SET due_us = 0 WHERE owner = ?1 AND provider = ?2 AND auth_id = ?3");
  bind_account_key(q, account);
  q->step();
}

void touch_account(Connection& db, const AccountKey& account, std::string_view integration,
                   std::optional<tento_account_state> before, std::optional<tento_account_state> now) {
  {
    auto q = db.use("UPDATE feeds SET latest = latest + 1, accounts = latest + 1 WHERE owner = ?1");
    q->bind(1, account.owner);
    q->step();
  }
  {
    auto q = db.use(
        "UPDATE rows SET version = (SELECT latest FROM feeds WHERE feeds.owner = rows.owner) "
        "WHERE owner = ?1 AND provider = ?2 AND auth_id = ?3");
    bind_account_key(q, account);
    q->step();
  }
  judge_rows_of(db, account);
  if (before == now) return;
  {
    auto q = db.use(
        "INSERT INTO account_changes(feed, seq, provider, integration, auth_id, before, now) "
        "SELECT n, latest, ?2, ?4, ?3, ?5, ?6 FROM feeds WHERE owner = ?1");
    bind_account_key(q, account);
    q->bind_text(4, integration);
    q->bind_null(5);
    q->bind_null(6);
    if (before) q->bind(5, *before);
    if (now) q->bind(6, *now);
    q->step();
  }
  auto q = db.use(
      "DELETE FROM account_changes WHERE feed = (SELECT n FROM feeds WHERE owner = ?1) AND seq <= (SELECT seq FROM "
      "account_changes WHERE feed = (SELECT n FROM feeds WHERE owner = ?1) ORDER BY seq DESC LIMIT 1 OFFSET ?2)");
  q->bind(1, account.owner);
  q->bind(2, static_cast<std::int64_t>(AccountStore::kept_changes));
  q->step();
}

void access_changed(Connection& db) {
  db.use("UPDATE meta SET value = value + 1 WHERE name = 'access'").run();
}

}  // namespace tento::host::sqlite
