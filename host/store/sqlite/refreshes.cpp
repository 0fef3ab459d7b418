// SPDX-License-Identifier: Apache-2.0
// Whose turn it is to replace a credential. Turns end by the clock; one that was set does not make them last.
#include "host/store/sqlite/credentials.hpp"
#include "host/store/sqlite/feeds.hpp"
#include "host/store/sqlite/stores.hpp"

namespace tento::host::sqlite {

namespace {

std::optional<RefreshRecord> read_refresh(Connection& db, const AccountKey& account) {
  auto q = db.use(
      "SELECT holder, generation, begun_us, until_us, interrupted, failures, retry_at_us, refused_us FROM refreshes "
      "WHERE owner = ?1 AND provider = ?2 AND auth_id = ?3");
  bind_account_key(q, account);
  if (!q->step()) return std::nullopt;
  RefreshRecord r;
  r.holder = q->text(0);
  r.generation = static_cast<std::uint64_t>(q->integer(1));
  r.begun_us = q->integer(2);
  r.until_us = q->integer(3);
  r.interrupted = q->integer(4) != 0;
  r.failures = static_cast<std::int32_t>(q->integer(5));
  r.retry_at_us = q->integer(6);
  r.refused_us = q->integer(7);
  return r;
}

std::uint64_t generation_of(Connection& db, const AccountKey& account) {
  auto q = db.use("SELECT generation FROM accounts WHERE owner = ?1 AND provider = ?2 AND auth_id = ?3");
  bind_account_key(q, account);
  if (!q->step()) no_account(account);
  return static_cast<std::uint64_t>(q->integer(0));
}

// Both ends are written by the same clock: before the first it was set back, and nobody knows how long is left.
bool within(std::int64_t now_us, std::int64_t from_us, std::int64_t until_us) {
  return from_us <= now_us && now_us < until_us;
}

}  // namespace

Result<RefreshLease> SqliteCredentials::begin_refresh(const AccountKey& account, std::uint64_t generation,
                                                      std::string_view holder, std::int64_t lease_us) {
  return db_.write([&](Connection& db) -> RefreshLease {
    auto record = read_refresh(db, account).value_or(RefreshRecord{});
    if (generation_of(db, account) != generation) return {RefreshLease::State::changed, std::move(record)};
    const auto now = db_.now_us();
    if (!record.holder.empty() && within(now, record.begun_us, record.until_us))
      return {RefreshLease::State::theirs, std::move(record)};
    if (record.holder.empty() && within(now, record.begun_us, record.retry_at_us))
      return {RefreshLease::State::waiting, std::move(record)};
    const std::string taken_from = std::move(record.holder);
    record.holder = holder;
    record.generation = generation;
    record.begun_us = now;
    record.until_us = now + lease_us;
    record.interrupted = record.interrupted || !taken_from.empty();
    auto q = db.use(
        "INSERT INTO refreshes(owner, provider, auth_id, holder, taken_from, generation, begun_us, until_us, "
        "interrupted, failures, retry_at_us, refused_us) VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,0,0,0) "
        "ON CONFLICT(owner, provider, auth_id) DO UPDATE SET holder=?4, taken_from=?5, generation=?6, begun_us=?7, "
        "until_us=?8, interrupted=?9");
    bind_account_key(q, account);
    q->bind_text(4, record.holder);
    q->bind_text(5, taken_from);
    q->bind(6, static_cast<std::int64_t>(record.generation));
    q->bind(7, record.begun_us);
    q->bind(8, record.until_us);
    q->bind(9, record.interrupted ? 1 : 0);
    q->step();
    return {RefreshLease::State::mine, std::move(record)};
  });
}

Result<bool> SqliteCredentials::finish_refresh(const AccountRecord& account, std::string_view holder,
                                               const SealedBytes& sealed) {
  return db_.write([&](Connection& db) {
    const auto key = key_of(account);
    const auto before = state_of(db, key);
    {
      // The turn tells an account from another one that was connected under its id meanwhile.
      auto q = db.use(
          "UPDATE accounts SET expires_us=?4, lifetime_us=?5, scopes=?6, refreshed_us=?7, state=?8, problem=?9, "
          "generation=generation + 1 WHERE owner = ?1 AND provider = ?2 AND auth_id = ?3 AND generation = ?10 "
          "AND EXISTS(SELECT 1 FROM refreshes WHERE owner = ?1 AND provider = ?2 AND auth_id = ?3 "
          "AND generation = ?10 AND ?11 IN (holder, taken_from))");
      bind_account_key(q, key);
      q->bind(4, account.expires_us);
      q->bind(5, account.lifetime_us);
      q->bind_text(6, account.scopes);
      q->bind(7, account.refreshed_us);
      q->bind(8, account.state);
      q->bind_text(9, account.problem);
      q->bind(10, static_cast<std::int64_t>(account.generation));
      q->bind_text(11, holder);
      q->step();
      if (db.changes() == 0) return false;
    }
    // Renewing a token alone changes no state that anybody follows.
    if (before != account.state) touch_account(db, key, account.integration, before, account.state);
    put_secret(db, key, sealed.bytes, sealed.key_id);
    if (sealed.key_id.empty()) mark_unwiped(db);
    return true;
  });
}

Result<void> SqliteCredentials::fail_refresh(const AccountKey& account, std::string_view holder,
                                             const RefreshFailure& failure) {
  return db_.write([&](Connection& db) {
    auto q = db.use(
        "UPDATE refreshes SET holder='', taken_from='', begun_us=?5, until_us=0, failures=failures + 1, "
        "retry_at_us=?6, "
        "refused_us=CASE WHEN ?7 AND refused_us = 0 THEN ?5 ELSE refused_us END "
        "WHERE owner = ?1 AND provider = ?2 AND auth_id = ?3 AND holder = ?4");
    bind_account_key(q, account);
    q->bind_text(4, holder);
    q->bind(5, db_.now_us());
    q->bind(6, failure.retry_at_us);
    q->bind(7, failure.refused ? 1 : 0);
    q->step();
  });
}

void SqliteCredentials::expire_leases() {
  const auto any = db_.read([](Connection& db) {
    auto q = db.use("SELECT 1 FROM refreshes WHERE holder <> '' AND until_us > 0");
    return q->step();
  });
  if (!any) throw StoreFailure(any.error());
  if (!*any) return;
  const auto ended = db_.write([](Connection& db) {
    auto q = db.use("UPDATE refreshes SET until_us = 0 WHERE holder <> ''");
    q->step();
  });
  if (!ended) throw StoreFailure(ended.error());
}

Result<std::optional<RefreshRecord>> SqliteCredentials::refresh(const AccountKey& account) {
  return db_.read([&](Connection& db) { return read_refresh(db, account); });
}

}  // namespace tento::host::sqlite
