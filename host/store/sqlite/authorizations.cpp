// SPDX-License-Identifier: Apache-2.0
// Connections under way. Each is found by the hash of what its link or its answer brings, and taken once.
#include "host/store/sqlite/stores.hpp"

namespace tento::host::sqlite {

namespace {

#define TENTO_SQL_FLOW \
  "state_hash, ticket_hash, browser_hash, owner, provider, integration, kind, created_us, sealed, key_id"

AuthorizationRecord flow_of(const Query& q) {
  AuthorizationRecord f;
  f.state_hash = q->text(0);
  f.ticket_hash = q->text(1);
  f.browser_hash = q->text(2);
  f.owner = q->uuid(3);
  f.provider = q->text(4);
  f.integration = q->text(5);
  f.kind = q->text(6);
  f.created_us = q->integer(7);
  f.sealed = {q->text(8), q->text(9)};
  return f;
}

std::optional<AuthorizationRecord> changed_flow(const Query& q) {
  std::optional<AuthorizationRecord> out;
  while (q->step()) out = flow_of(q);
  return out;
}

}  // namespace

Result<void> SqliteAuthorizations::add(const AuthorizationRecord& flow) {
  return db_.write([&](Connection& db) {
    auto q = db.use("INSERT INTO flows(" TENTO_SQL_FLOW ") VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10)");
    q->bind_blob(1, flow.state_hash);
    q->bind_blob(2, flow.ticket_hash);
    q->bind_blob(3, flow.browser_hash);
    q->bind(4, flow.owner);
    q->bind_text(5, flow.provider);
    q->bind_text(6, flow.integration);
    q->bind_text(7, flow.kind);
    q->bind(8, flow.created_us == 0 ? db_.now_us() : flow.created_us);
    q->bind_blob(9, flow.sealed.bytes);
    q->bind_text(10, flow.sealed.key_id);
    q->step();
  });
}

// Anybody may ask for flows that are not there: that is no reason to write, so both look first.
Result<std::optional<AuthorizationRecord>> SqliteAuthorizations::bind(std::string_view ticket_hash,
                                                                      std::string_view browser_hash) {
  TENTO_TRY_ASSIGN(const bool there, db_.read([&](Connection& db) {
    auto q = db.use("SELECT 1 FROM flows WHERE ticket_hash = ?1 AND ticket_hash <> x''");
    q->bind_blob(1, ticket_hash);
    return q->step();
  }));
  if (!there) return std::optional<AuthorizationRecord>();
  return db_.write([&](Connection& db) {
    auto q = db.use(
        "UPDATE flows SET ticket_hash = x'', browser_hash = ?2 WHERE ticket_hash = ?1 AND ticket_hash <> x'' "
        "RETURNING " TENTO_SQL_FLOW);
    q->bind_blob(1, ticket_hash);
    q->bind_blob(2, browser_hash);
    return changed_flow(q);
  });
}

Result<std::optional<AuthorizationRecord>> SqliteAuthorizations::take(std::string_view state_hash) {
  TENTO_TRY_ASSIGN(const bool there, db_.read([&](Connection& db) {
    auto q = db.use("SELECT 1 FROM flows WHERE state_hash = ?1");
    q->bind_blob(1, state_hash);
    return q->step();
  }));
  if (!there) return std::optional<AuthorizationRecord>();
  return db_.write([&](Connection& db) {
    auto q = db.use("DELETE FROM flows WHERE state_hash = ?1 RETURNING " TENTO_SQL_FLOW);
    q->bind_blob(1, state_hash);
    return changed_flow(q);
  });
}

Result<std::vector<AuthorizationRecord>> SqliteAuthorizations::all() {
  return db_.read([](Connection& db) {
    std::vector<AuthorizationRecord> out;
    auto q = db.use("SELECT " TENTO_SQL_FLOW " FROM flows ORDER BY created_us, state_hash");
    while (q->step()) out.push_back(flow_of(q));
    return out;
  });
}

Result<bool> SqliteAuthorizations::reseal(const AuthorizationRecord& before, const SealedBytes& after) {
  return db_.write([&](Connection& db) {
    auto q = db.use("UPDATE flows SET sealed = ?2, key_id = ?3 WHERE state_hash = ?1 AND sealed = ?4 AND key_id = ?5");
    q->bind_blob(1, before.state_hash);
    q->bind_blob(2, after.bytes);
    q->bind_text(3, after.key_id);
    q->bind_blob(4, before.sealed.bytes);
    q->bind_text(5, before.sealed.key_id);
    q->step();
    return db.changes() != 0;
  });
}

Result<void> SqliteAuthorizations::drop(std::int64_t before_us, std::int64_t now_us) {
  return db_.write([&](Connection& db) {
    auto q = db.use("DELETE FROM flows WHERE created_us < ?1 OR created_us > ?2");
    q->bind(1, before_us);
    q->bind(2, now_us);
    q->step();
  });
}

}  // namespace tento::host::sqlite
