// SPDX-License-Identifier: Apache-2.0
// Accounts, what they authenticate with, and what goes when one is purged.
#include <spdlog/fmt/fmt.h>

#include "host/store/sqlite/credentials.hpp"
#include "host/store/sqlite/feeds.hpp"
#include "host/store/sqlite/purge.hpp"
#include "host/store/sqlite/stores.hpp"

namespace tento::host::sqlite {

namespace {

#define TENTO_SQL_ACCOUNT                                                                                       \
  "SELECT owner, provider, integration, kind, auth_id, label, scopes, time_zone, settings, state, created_us, " \
  "expires_us, generation, refreshed_us, lifetime_us, problem, identity, paused, interval_s FROM accounts "

AccountRecord account_of(const Query& q) {
  AccountRecord a;
  a.owner = q->uuid(0);
  a.provider = q->text(1);
  a.integration = q->text(2);
  a.kind = q->text(3);
  a.auth_id = q->text(4);
  a.label = q->text(5);
  a.scopes = q->text(6);
  a.time_zone = q->text(7);
  a.settings_json = q->text(8);
  a.state = static_cast<tento_account_state>(q->integer(9));
  a.created_us = q->integer(10);
  a.expires_us = q->integer(11);
  a.generation = static_cast<std::uint64_t>(q->integer(12));
  a.refreshed_us = q->integer(13);
  a.lifetime_us = q->integer(14);
  a.problem = q->text(15);
  a.identity = q->text(16);
  a.paused = q->integer(17) != 0;
  a.interval_s = q->integer(18);
  return a;
}

}  // namespace

void put_account_row(Connection& db, const AccountRecord& account, std::int64_t now_us, bool new_credential) {
  const auto key = key_of(account);
  const auto before = state_of(db, key);
  auto q = db.use(
      "INSERT INTO accounts(owner, provider, auth_id, integration, kind, label, scopes, time_zone, settings, state, "
      "created_us, expires_us, generation, refreshed_us, lifetime_us, problem, identity) "
      "VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?15,?16,?17,?18) "
      "ON CONFLICT(owner, provider, auth_id) DO UPDATE SET integration=?4, kind=?5, label=?6, scopes=?7, time_zone=?8, "
      "settings=?9, state=?10, expires_us=?12, generation=max(generation, ?13) + ?14, refreshed_us=?15, "
      "lifetime_us=?16, problem=?17, identity=?18");
  bind_account_key(q, key);
  q->bind_text(4, account.integration);
  q->bind_text(5, account.kind);
  q->bind_text(6, account.label);
  q->bind_text(7, account.scopes);
  q->bind_text(8, account.time_zone);
  q->bind_text(9, account.settings_json);
  q->bind(10, account.state);
  q->bind(11, account.created_us == 0 ? now_us : account.created_us);
  q->bind(12, account.expires_us);
  q->bind(13, static_cast<std::int64_t>(account.generation));
  q->bind(14, new_credential ? 1 : 0);
  q->bind(15, account.refreshed_us);
  q->bind(16, account.lifetime_us);
  q->bind_text(17, account.problem);
  q->bind_text(18, account.identity);
  q->step();
  touch_account(db, key, account.integration, before, account.state);
}

Result<void> SqliteAccounts::put(const AccountRecord& account, std::optional<std::string_view> secret) {
  return db_.write([&](Connection& db) {
    put_account_row(db, account, db_.now_us(), secret.has_value());
    if (!secret) return;
    put_secret(db, key_of(account), *secret, "");
    mark_unwiped(db);
  });
}

Result<std::vector<AccountRecord>> SqliteAccounts::of_user(const Uuid& owner, std::string_view provider) {
  return db_.read([&](Connection& db) {
    std::vector<AccountRecord> out;
    auto q = db.use(TENTO_SQL_ACCOUNT "WHERE owner = ?1 AND (?2 = '' OR provider = ?2) ORDER BY provider, auth_id");
    q->bind(1, owner);
    q->bind_text(2, provider);
    while (q->step()) out.push_back(account_of(q));
    return out;
  });
}

Result<std::optional<AccountRecord>> SqliteAccounts::find(const Uuid& owner, std::string_view provider,
                                                          std::string_view auth_id) {
  const AccountKey key{owner, std::string(provider), std::string(auth_id)};
  return db_.read([&](Connection& db) -> std::optional<AccountRecord> {
    auto q = db.use(TENTO_SQL_ACCOUNT "WHERE owner = ?1 AND provider = ?2 AND auth_id = ?3");
    bind_account_key(q, key);
    if (!q->step()) return std::nullopt;
    return account_of(q);
  });
}

Result<std::vector<AccountChange>> SqliteAccounts::changes(const Uuid& user, std::int64_t after) {
  return db_.read([&](Connection& db) {
    std::vector<AccountChange> out;
    auto q = db.use(
        "SELECT seq, provider, integration, auth_id, before, now FROM account_changes "
        "WHERE feed = (SELECT n FROM feeds WHERE owner = ?1) AND seq > ?2 ORDER BY seq");
    q->bind(1, user);
    q->bind(2, after);
    const auto state = [&q](int column) -> std::optional<tento_account_state> {
      if (q->null(column)) return std::nullopt;
      return static_cast<tento_account_state>(q->integer(column));
    };
    while (q->step()) out.push_back({q->integer(0), q->text(1), q->text(2), q->text(3), state(4), state(5)});
    return out;
  });
}

Result<std::string> SqliteAccounts::secret(const Uuid& owner, std::string_view provider, std::string_view auth_id) {
  const AccountKey key{owner, std::string(provider), std::string(auth_id)};
  return db_.read([&](Connection& db) {
    auto q = db.use("SELECT secret, key_id FROM credentials WHERE owner = ?1 AND provider = ?2 AND auth_id = ?3");
    bind_account_key(q, key);
    if (!q->step()) no_account(key);
    if (!q->bytes(1).empty())
      throw StoreFailure(store_error(
          ErrorCode::conflict, ErrorClass::internal,
          fmt::format("the secret of account `{}` of provider `{}` is sealed: the vault opens it", auth_id, provider),
          "secret_sealed", "report it"));
    return q->text(0);
  });
}

Result<void> SqliteAccounts::remove(const Uuid& owner, std::string_view provider, std::string_view auth_id,
                                    bool purge) {
  const AccountKey key{owner, std::string(provider), std::string(auth_id)};
  return db_.write([&](Connection& db) {
    std::optional<tento_account_state> before;
    std::string integration;
    {
      auto q = db.use("SELECT integration, state FROM accounts WHERE owner = ?1 AND provider = ?2 AND auth_id = ?3");
      bind_account_key(q, key);
      if (q->step()) {
        integration = q->text(0);
        before = static_cast<tento_account_state>(q->integer(1));
      }
    }
    // Data may outlive its account, and be purged later.
    if (!before && !purge) no_account(key);
    if (before) {
      auto q = db.use("DELETE FROM accounts WHERE owner = ?1 AND provider = ?2 AND auth_id = ?3");
      bind_account_key(q, key);
      q->step();
      touch_account(db, key, integration, before, std::nullopt);
    }
    if (!purge) return;
    for (const auto& row : rows_of_account(db, owner, provider, auth_id)) {
      tell_gone(db, row, db_.now_us());
      purge_row(db, row);
    }
  });
}

}  // namespace tento::host::sqlite
