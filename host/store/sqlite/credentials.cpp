// SPDX-License-Identifier: Apache-2.0
// Credentials: opaque bytes under the id of the key they are sealed with, and the end of what lies about in the clear.
#include "host/store/sqlite/credentials.hpp"

#include <spdlog/fmt/fmt.h>

#include "host/store/sqlite/feeds.hpp"
#include "host/store/sqlite/stores.hpp"

namespace tento::host::sqlite {

namespace {

#define TENTO_SQL_CREDENTIAL                                                                          \
  "SELECT owner, provider, auth_id, kind, generation, secret, key_id FROM credentials JOIN accounts " \
  "USING(owner, provider, auth_id) "

CredentialRecord credential_of(const Query& q) {
  return {{q->uuid(0), q->text(1), q->text(2)},
          q->text(3),
          static_cast<std::uint64_t>(q->integer(4)),
          {q->text(5), q->text(6)}};
}

}  // namespace

AccountKey key_of(const AccountRecord& account) {
  return {account.owner, account.provider, account.auth_id};
}

void bind_account_key(const Query& q, const AccountKey& account) {
  q->bind(1, account.owner);
  q->bind_text(2, account.provider);
  q->bind_text(3, account.auth_id);
}

void no_account(const AccountKey& account) {
  throw StoreFailure(store_error(ErrorCode::not_found, ErrorClass::config,
                                 fmt::format("there is no account `{}` of provider `{}`. Connect it first, or name one "
                                             "that `account list` shows",
                                             account.auth_id, account.provider),
                                 "no_such_account", "connect the account"));
}

std::optional<tento_account_state> state_of(Connection& db, const AccountKey& account) {
  auto q = db.use("SELECT state FROM accounts WHERE owner = ?1 AND provider = ?2 AND auth_id = ?3");
  bind_account_key(q, account);
  if (!q->step()) return std::nullopt;
  return static_cast<tento_account_state>(q->integer(0));
}

void put_secret(Connection& db, const AccountKey& account, std::string_view secret, std::string_view key_id) {
  {
    auto q = db.use("DELETE FROM refreshes WHERE owner = ?1 AND provider = ?2 AND auth_id = ?3");
    bind_account_key(q, account);
    q->step();
  }
  auto q =
      db.use("INSERT OR REPLACE INTO credentials(owner, provider, auth_id, secret, key_id) VALUES(?1,?2,?3,?4,?5)");
  bind_account_key(q, account);
  q->bind_blob(4, secret);
  q->bind_text(5, key_id);
  q->step();
}

void mark_unwiped(Connection& db) {
  db.use("UPDATE meta SET value = 1 WHERE name = 'unwiped'").run();
}

Result<std::optional<CredentialRecord>> SqliteCredentials::find(const AccountKey& account) {
  return db_.read([&](Connection& db) -> std::optional<CredentialRecord> {
    auto q = db.use(TENTO_SQL_CREDENTIAL "WHERE owner = ?1 AND provider = ?2 AND auth_id = ?3");
    bind_account_key(q, account);
    if (!q->step()) return std::nullopt;
    return credential_of(q);
  });
}

Result<std::vector<CredentialRecord>> SqliteCredentials::all() {
  return db_.read([](Connection& db) {
    std::vector<CredentialRecord> out;
    auto q = db.use(TENTO_SQL_CREDENTIAL "ORDER BY owner, provider, auth_id");
    while (q->step()) out.push_back(credential_of(q));
    return out;
  });
}

Result<bool> SqliteCredentials::reseal(const CredentialRecord& before, const SealedBytes& after) {
  return db_.write([&](Connection& db) {
    auto q = db.use(
        "UPDATE credentials SET secret = ?4, key_id = ?5 WHERE owner = ?1 AND provider = ?2 AND auth_id = ?3 "
        "AND secret = ?6 AND key_id = ?7");
    bind_account_key(q, before.account);
    q->bind_blob(4, after.bytes);
    q->bind_text(5, after.key_id);
    q->bind_blob(6, before.sealed.bytes);
    q->bind_text(7, before.sealed.key_id);
    q->step();
    if (db.changes() == 0) return false;
    mark_unwiped(db);  // the seal before is left on the page
    return true;
  });
}

Result<void> SqliteCredentials::put(const AccountRecord& account, const SealedBytes& sealed) {
  return db_.write([&](Connection& db) {
    put_account_row(db, account, db_.now_us(), true);
    put_secret(db, key_of(account), sealed.bytes, sealed.key_id);
    if (sealed.key_id.empty()) mark_unwiped(db);
  });
}

Result<bool> SqliteAccounts::refuse(const AccountKey& account, std::uint64_t generation, std::string_view why) {
  return db_.write([&](Connection& db) {
    auto q = db.use(
        "UPDATE accounts SET state = ?4, problem = ?5 WHERE owner = ?1 AND provider = ?2 AND auth_id = ?3 "
        "AND generation = ?6 AND state = ?7 RETURNING integration");
    bind_account_key(q, account);
    q->bind(4, TENTO_ACCOUNT_NEEDS_REAUTH);
    q->bind_text(5, why);
    q->bind(6, static_cast<std::int64_t>(generation));
    q->bind(7, TENTO_ACCOUNT_ACTIVE);
    if (!q->step()) return false;
    touch_account(db, account, q->text(0), TENTO_ACCOUNT_ACTIVE, TENTO_ACCOUNT_NEEDS_REAUTH);
    return true;
  });
}

Result<bool> SqliteMaintenance::wipe_due() {
  return db_.read([](Connection& db) {
    auto q = db.use("SELECT value FROM meta WHERE name = 'unwiped'");
    return q->step() && q->integer(0) != 0;
  });
}

Result<void> SqliteMaintenance::wipe() {
  if (!db_.writable()) return fail(db_.refuse_write());
  TENTO_TRY(db_.beside([](Connection& db) {
    // Only a file that is written anew has nothing of the past in it: what was freed before secure_delete was on lies
    // in pages that have another use by now, too.
    db.execute("VACUUM");
    if (db.pragma("PRAGMA wal_checkpoint(TRUNCATE)") != 0)
      throw StoreFailure(store_error(ErrorCode::conflict, ErrorClass::transient,
                                     fmt::format("cannot cut the journal of {}: another process reads the store. End "
                                                 "it, then start again",
                                                 db.path()),
                                     "store_busy", "end the other process"));
  }));
  return db_.write([](Connection& db) {
    // One that was stored in the clear meanwhile is in use, not freed.
    db.use("UPDATE meta SET value = EXISTS(SELECT 1 FROM credentials WHERE key_id = '') WHERE name = 'unwiped'").run();
  });
}

}  // namespace tento::host::sqlite
