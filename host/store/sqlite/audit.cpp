// SPDX-License-Identifier: Apache-2.0
// The audit log and idempotency keys.
#include <spdlog/fmt/fmt.h>

#include "host/store/sqlite/stores.hpp"

namespace tento::host::sqlite {

namespace {

constexpr std::int64_t key_lives_us = 86'400'000'000;

void bind_key(const Query& q, const IdempotencyKey& key) {
  q->bind(1, key.owner);
  q->bind_text(2, key.actor);
  q->bind_text(3, key.key);
}

}  // namespace

Result<void> SqliteAudit::append(const AuditRecord& record) {
  return db_.write([&](Connection& db) {
    auto q = db.use(
        "INSERT INTO audit(at_us, owner, actor_kind, actor, token, operation, target, outcome) "
        "VALUES(?1,?2,?3,?4,?5,?6,?7,?8)");
    q->bind(1, record.at_us == 0 ? db_.now_us() : record.at_us);
    q->bind(2, record.owner);
    q->bind(3, record.actor_kind);
    q->bind_text(4, record.actor);
    q->bind_text(5, record.token);
    q->bind_text(6, record.operation);
    q->bind_text(7, record.target);
    q->bind_text(8, record.outcome);
    q->step();
  });
}

Result<std::vector<AuditRecord>> SqliteAudit::list(std::optional<Uuid> owner, std::int64_t before, std::size_t limit) {
  return db_.read([&](Connection& db) {
    std::vector<AuditRecord> out;
    auto q = db.use(
        "SELECT id, at_us, owner, actor_kind, actor, token, operation, target, outcome FROM audit "
        "WHERE (?1 IS NULL OR owner = ?1) AND (?2 = 0 OR id < ?2) ORDER BY id DESC LIMIT ?3");
    q->bind_null(1);
    if (owner) q->bind(1, *owner);
    q->bind(2, before);
    q->bind(3, static_cast<std::int64_t>(limit));
    while (q->step())
      out.push_back({q->integer(0), q->integer(1), q->uuid(2), static_cast<std::uint32_t>(q->integer(3)), q->text(4),
                     q->text(5), q->text(6), q->text(7), q->text(8)});
    return out;
  });
}

Result<std::uint64_t> SqliteAudit::drop(std::int64_t before_us) {
  return db_.write([&](Connection& db) {
    auto q = db.use("DELETE FROM audit WHERE at_us < ?1");
    q->bind(1, before_us);
    q->step();
    return static_cast<std::uint64_t>(db.changes());
  });
}

Result<std::optional<IdempotencyRecord>> SqliteIdempotency::begin(const IdempotencyKey& key,
                                                                  std::string_view request_hash) {
  // One transaction: of many who ask at once, one inserts.
  return db_.write([&](Connection& db) -> std::optional<IdempotencyRecord> {
    {
      auto q = db.use("DELETE FROM idempotency WHERE created_us < ?1");
      q->bind(1, db_.now_us() - key_lives_us);
      q->step();
    }
    {
      auto q = db.use(
          "SELECT request, finished, process, status, answer, created_us FROM idempotency "
          "WHERE owner = ?1 AND actor = ?2 AND key = ?3");
      bind_key(q, key);
      if (q->step()) {
        IdempotencyRecord known;
        known.request_hash = q->text(0);
        known.finished = q->integer(1) != 0;
        known.interrupted = !known.finished && q->uuid(2) != db_.process();
        known.status = static_cast<std::int32_t>(q->integer(3));
        known.answer = q->text(4);
        known.created_us = q->integer(5);
        return known;
      }
    }
    auto q = db.use(
        "INSERT INTO idempotency(owner, actor, key, request, process, finished, status, answer, created_us) "
        "VALUES(?1,?2,?3,?4,?5,0,0,x'',?6)");
    bind_key(q, key);
    q->bind_blob(4, request_hash);
    q->bind(5, db_.process());
    q->bind(6, db_.now_us());
    q->step();
    return std::nullopt;
  });
}

Result<void> SqliteIdempotency::complete(const IdempotencyKey& key, std::int32_t status, std::string_view answer) {
  return db_.write([&](Connection& db) {
    auto q = db.use(
        "UPDATE idempotency SET finished = 1, status = ?4, answer = ?5 WHERE owner = ?1 AND actor = ?2 AND key = ?3");
    bind_key(q, key);
    q->bind(4, status);
    q->bind_blob(5, answer);
    q->step();
    if (db.changes() == 0)
      throw StoreFailure(store_error(ErrorCode::not_found, ErrorClass::internal,
                                     "the store does not have the idempotency key. It expired meanwhile",
                                     "no_such_idempotency_key", "send the request again"));
  });
}

Result<void> SqliteIdempotency::forget(const IdempotencyKey& key) {
  return db_.write([&](Connection& db) {
    auto q = db.use("DELETE FROM idempotency WHERE owner = ?1 AND actor = ?2 AND key = ?3");
    bind_key(q, key);
    q->step();
  });
}

}  // namespace tento::host::sqlite
