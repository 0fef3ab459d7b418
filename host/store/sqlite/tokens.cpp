// SPDX-License-Identifier: Apache-2.0
// Tokens and grants.
#include <spdlog/fmt/fmt.h>

#include "host/store/sqlite/feeds.hpp"
#include "host/store/sqlite/stores.hpp"

namespace tento::host::sqlite {

namespace {

#define TENTO_SQL_TOKEN \
  "SELECT id, owner, name, hash, scopes, created_us, expires_us, last_used_us, revoked_us FROM tokens "

std::vector<std::string> words(std::string_view text) {
  std::vector<std::string> out;
  while (!text.empty()) {
    const auto end = text.find(' ');
    out.emplace_back(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return out;
}

TokenRecord token_of(Connection& db, const Query& q) {
  TokenRecord t;
  t.id = q->text(0);
  t.owner = q->uuid(1);
  t.name = q->text(2);
  t.hash = q->text(3);
  t.scopes = words(q->bytes(4));
  t.created_us = q->integer(5);
  t.expires_us = q->integer(6);
  t.last_used_us = q->integer(7);
  t.revoked_us = q->integer(8);
  auto prefixes = db.use("SELECT prefix FROM token_prefixes WHERE token = ?1 ORDER BY prefix");
  prefixes->bind_text(1, t.id);
  while (prefixes->step()) t.prefixes.push_back(prefixes->text(0));
  return t;
}

#define TENTO_SQL_GRANT "SELECT id, owner, grantee, prefix, verbs, created_us FROM grants "

std::vector<GrantRecord> grants_of(const Query& q) {
  std::vector<GrantRecord> out;
  while (q->step())
    out.push_back(
        {q->integer(0), q->uuid(1), q->uuid(2), q->text(3), static_cast<std::uint32_t>(q->integer(4)), q->integer(5)});
  return out;
}

[[noreturn]] void no_such(const char* what, std::string_view id, const char* tag) {
  throw StoreFailure(store_error(ErrorCode::not_found, ErrorClass::config,
                                 fmt::format("there is no {0} {1}. `{0} list` shows those there are", what, id), tag,
                                 "list what there is"));
}

}  // namespace

Result<void> SqliteTokens::add(const TokenRecord& token) {
  return db_.write([&](Connection& db) {
    std::string scopes;
    for (const auto& scope : token.scopes) scopes.append(scopes.empty() ? "" : " ").append(scope);
    {
      auto q = db.use(
          "INSERT INTO tokens(id, owner, name, hash, scopes, created_us, expires_us, last_used_us, revoked_us) "
          "VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9)");
      q->bind_text(1, token.id);
      q->bind(2, token.owner);
      q->bind_text(3, token.name);
      q->bind_blob(4, token.hash);
      q->bind_text(5, scopes);
      q->bind(6, token.created_us == 0 ? db_.now_us() : token.created_us);
      q->bind(7, token.expires_us);
      q->bind(8, token.last_used_us);
      q->bind(9, token.revoked_us);
      q->step();
    }
    for (const auto& prefix : token.prefixes) {
      auto q = db.use("INSERT OR IGNORE INTO token_prefixes(token, prefix) VALUES(?1,?2)");
      q->bind_text(1, token.id);
      q->bind_text(2, prefix);
      q->step();
    }
    access_changed(db);
  });
}

Result<std::vector<TokenRecord>> SqliteTokens::list(std::optional<Uuid> owner) {
  return db_.read([&](Connection& db) {
    std::vector<TokenRecord> out;
    auto q = db.use(TENTO_SQL_TOKEN "WHERE ?1 IS NULL OR owner = ?1 ORDER BY created_us, id");
    q->bind_null(1);
    if (owner) q->bind(1, *owner);
    while (q->step()) out.push_back(token_of(db, q));
    return out;
  });
}

Result<std::optional<TokenRecord>> SqliteTokens::find_by_hash(std::string_view hash) {
  return db_.read([&](Connection& db) -> std::optional<TokenRecord> {
    auto q = db.use(TENTO_SQL_TOKEN "WHERE hash = ?1");
    q->bind_blob(1, hash);
    if (!q->step()) return std::nullopt;
    return token_of(db, q);
  });
}

Result<void> SqliteTokens::revoke(const Uuid& owner, std::string_view id) {
  return db_.write([&](Connection& db) {
    auto q = db.use(
        "UPDATE tokens SET revoked_us = CASE revoked_us WHEN 0 THEN ?3 ELSE revoked_us END WHERE owner = ?1 AND id = "
        "?2");
    q->bind(1, owner);
    q->bind_text(2, id);
    q->bind(3, db_.now_us());
    q->step();
    if (db.changes() == 0) no_such("token", id, "no_such_token");
    access_changed(db);
  });
}

Result<void> SqliteTokens::touch(std::string_view id, std::int64_t used_us) {
  return db_.write([&](Connection& db) {
    auto q = db.use("UPDATE tokens SET last_used_us = max(last_used_us, ?2) WHERE id = ?1");
    q->bind_text(1, id);
    q->bind(2, used_us);
    q->step();
  });
}

Result<std::uint64_t> SqliteTokens::generation() {
  return generation_.get(db_, {}, [this] {
    return db_.read([](Connection& db) {
      auto q = db.use("SELECT value FROM meta WHERE name = 'access'");
      return q->step() ? static_cast<std::uint64_t>(q->integer(0)) : 0;
    });
  });
}

Result<GrantRecord> SqliteGrants::add(const GrantRecord& grant) {
  return db_.write([&](Connection& db) {
    {
      auto q = db.use(
          "INSERT INTO grants(owner, grantee, prefix, verbs, created_us) VALUES(?1,?2,?3,?4,?5) "
          "ON CONFLICT(owner, grantee, prefix) DO UPDATE SET verbs = ?4");
      q->bind(1, grant.owner);
      q->bind(2, grant.grantee);
      q->bind_text(3, grant.prefix);
      q->bind(4, grant.verbs);
      q->bind(5, grant.created_us == 0 ? db_.now_us() : grant.created_us);
      q->step();
    }
    auto q = db.use(TENTO_SQL_GRANT "WHERE owner = ?1 AND grantee = ?2 AND prefix = ?3");
    q->bind(1, grant.owner);
    q->bind(2, grant.grantee);
    q->bind_text(3, grant.prefix);
    return grants_of(q).at(0);
  });
}

Result<std::vector<GrantRecord>> SqliteGrants::list(std::optional<Uuid> owner) {
  return db_.read([&](Connection& db) {
    auto q = db.use(TENTO_SQL_GRANT "WHERE ?1 IS NULL OR owner = ?1 ORDER BY id");
    q->bind_null(1);
    if (owner) q->bind(1, *owner);
    return grants_of(q);
  });
}

Result<std::vector<GrantRecord>> SqliteGrants::list_to(const Uuid& grantee, const Uuid& owner) {
  return db_.read([&](Connection& db) {
    auto q = db.use(TENTO_SQL_GRANT "WHERE grantee = ?1 AND owner = ?2 ORDER BY id");
    q->bind(1, grantee);
    q->bind(2, owner);
    return grants_of(q);
  });
}

Result<void> SqliteGrants::remove(const Uuid& owner, std::int64_t id) {
  return db_.write([&](Connection& db) {
    auto q = db.use("DELETE FROM grants WHERE owner = ?1 AND id = ?2");
    q->bind(1, owner);
    q->bind(2, id);
    q->step();
    if (db.changes() == 0) no_such("grant", std::to_string(id), "no_such_grant");
  });
}

}  // namespace tento::host::sqlite
