// SPDX-License-Identifier: Apache-2.0
// Users: adding, removing, erasing.
#include <spdlog/fmt/fmt.h>

#include <algorithm>

#include "host/base/random.hpp"
#include "host/store/sqlite/feeds.hpp"
#include "host/store/sqlite/purge.hpp"
#include "host/store/sqlite/stores.hpp"

namespace tento::host::sqlite {

namespace {

constexpr std::size_t longest_name = 128;

void check_name(std::string_view name) {
  const char* why = nullptr;
  if (name.empty()) why = "it is empty";
  if (name.size() > longest_name) why = "it is longer than 128 bytes";
  if (name.find_first_of("[]") != std::string_view::npos) why = "brackets end a name in keys";
  if (std::any_of(name.begin(), name.end(), [](unsigned char c) { return c < 0x20 || c == 0x7f; }))
    why = "it holds a control character";
  if (!name.empty() && (name.front() == ' ' || name.back() == ' ')) why = "it begins or ends with a blank";
  if (why == nullptr) return;
  throw StoreFailure(
      store_error(ErrorCode::invalid_argument, ErrorClass::config,
                  fmt::format("this name cannot stand in `[name]:...`: {}. Use one such as user@host", why), "bad_name",
                  "choose another name"));
}

UserRecord owner_of(const Query& q) {
  return {q->uuid(0), q->text(1), q->text(2)};
}

std::optional<UserRecord> find_owner(Connection& db, const Uuid& id) {
  auto q = db.use("SELECT id, name, time_zone FROM owners WHERE id = ?1");
  q->bind(1, id);
  if (!q->step()) return std::nullopt;
  return owner_of(q);
}

std::optional<UserRecord> find_owner(Connection& db, std::string_view name) {
  auto q = db.use("SELECT id, name, time_zone FROM owners WHERE name = ?1");
  q->bind_text(1, name);
  if (!q->step()) return std::nullopt;
  return owner_of(q);
}

void check_not_taken(Connection& db, std::string_view name) {
  if (find_owner(db, name))
    throw StoreFailure(store_error(ErrorCode::conflict, ErrorClass::config,
                                   fmt::format("there is a user `{}` already. Choose another name", name), "name_taken",
                                   "choose another name"));
}

StoreFailure no_such_user() {
  return StoreFailure(store_error(ErrorCode::not_found, ErrorClass::config,
                                  "there is no such user. `user list` shows those there are", "no_such_user",
                                  "list the users"));
}

std::int64_t count(Query q, const Uuid& owner) {
  q->bind(1, owner);
  return q->step() ? q->integer(0) : 0;
}

void run_for(Query q, const Uuid& owner) {
  q->bind(1, owner);
  q->step();
}

void delete_owner(Connection& db, const Uuid& id) {
  run_for(db.use("DELETE FROM idempotency WHERE owner = ?1"), id);
  run_for(db.use("DELETE FROM owners WHERE id = ?1"), id);  // tokens, grants and the feed go by foreign key
  if (db.changes() == 0) throw no_such_user();
  access_changed(db);
}

}  // namespace

Result<UserRecord> SqliteUsers::default_user() {
  // The first one made. Every owner has a random uuid, so that neither a name nor an address is part of a row's id.
  constexpr auto first = [](Connection& db) -> std::optional<UserRecord> {
    auto q = db.use("SELECT id, name, time_zone FROM owners ORDER BY created_us, id LIMIT 1");
    if (!q->step()) return std::nullopt;
    return UserRecord{q->uuid(0), q->text(1), q->text(2)};
  };
  TENTO_TRY_ASSIGN(auto found, db_.read(first));
  if (found) return std::move(*found);
  return db_.write([&](Connection& db) {
    if (auto made_meanwhile = first(db)) return std::move(*made_meanwhile);
    UserRecord owner{random_uuid(), "me", db_.new_user_zone()};
    auto q = db.use("INSERT INTO owners(id, name, time_zone, created_us) VALUES(?1,?2,?3,?4)");
    q->bind(1, owner.id);
    q->bind_text(2, owner.name);
    q->bind_text(3, owner.time_zone);
    q->bind(4, db_.now_us());
    q->step();
    add_feed(db, owner.id);
    return owner;
  });
}

Result<std::vector<UserRecord>> SqliteUsers::all() {
  return db_.read([](Connection& db) {
    std::vector<UserRecord> out;
    auto q = db.use("SELECT id, name, time_zone FROM owners ORDER BY created_us, id");
    while (q->step()) out.push_back({q->uuid(0), q->text(1), q->text(2)});
    return out;
  });
}

Result<UserRecord> SqliteUsers::add(std::string_view name, std::string_view time_zone) {
  return db_.write([&](Connection& db) {
    check_name(name);
    check_not_taken(db, name);
    UserRecord owner{random_uuid(), std::string(name),
                     time_zone.empty() ? db_.new_user_zone() : std::string(time_zone)};
    auto q = db.use(
        // The default owner is the first one, also when the clock stood still or went back.
        "INSERT INTO owners(id, name, time_zone, created_us) "
        "VALUES(?1,?2,?3,max(?4, coalesce((SELECT max(created_us) + 1 FROM owners), 0)))");
    q->bind(1, owner.id);
    q->bind_text(2, owner.name);
    q->bind_text(3, owner.time_zone);
    q->bind(4, db_.now_us());
    q->step();
    add_feed(db, owner.id);
    return owner;
  });
}

Result<UserRecord> SqliteUsers::rename(const Uuid& id, std::string_view name) {
  return db_.write([&](Connection& db) {
    check_name(name);
    auto before = find_owner(db, id);
    if (!before) throw no_such_user();
    if (before->name == name) return std::move(*before);
    check_not_taken(db, name);
    // The audit log names users as they are called now, so that erasing one leaves no name behind.
    auto targets = db.use(
        "UPDATE audit SET target = CASE WHEN target = ?1 THEN ?2 ELSE '[' || ?2 || substr(target, length(?1) + 2) END "
        "WHERE target = ?1 OR instr(target, '[' || ?1 || ']') = 1");
    targets->bind_text(1, before->name);
    targets->bind_text(2, name);
    targets->step();
    auto q = db.use("UPDATE owners SET name = ?2 WHERE id = ?1");
    q->bind(1, id);
    q->bind_text(2, name);
    q->step();
    access_changed(db);
    before->name = name;
    return std::move(*before);
  });
}

Result<std::optional<UserRecord>> SqliteUsers::find_by_name(std::string_view name) {
  return db_.read([&](Connection& db) { return find_owner(db, name); });
}

Result<std::optional<UserRecord>> SqliteUsers::find(const Uuid& id) {
  return db_.read([&](Connection& db) { return find_owner(db, id); });
}

Result<void> SqliteUsers::remove(const Uuid& id) {
  return db_.write([&](Connection& db) {
    const auto accounts = count(db.use("SELECT count(*) FROM accounts WHERE owner = ?1"), id);
    const auto rows = count(db.use("SELECT count(*) FROM rows WHERE owner = ?1"), id);
    if (accounts + rows != 0)
      throw StoreFailure(store_error(ErrorCode::conflict, ErrorClass::config,
                                     fmt::format("this user has {} accounts and {} rows. Disconnect the accounts "
                                                 "together with their data, or erase the user",
                                                 accounts, rows),
                                     "user_in_use", "erase the user"));
    if (count(db.use("SELECT count(*) FROM owners WHERE id <> ?1"), id) == 0)
      throw StoreFailure(store_error(ErrorCode::conflict, ErrorClass::config,
                                     "this is the last user, and a store has one. Add another first", "last_user",
                                     "add another first"));
    delete_owner(db, id);
  });
}

Result<std::uint64_t> SqliteUsers::erase(const Uuid& id) {
  auto done = db_.write([&](Connection& db) {
    db.execute("PRAGMA secure_delete=ON");  // freed pages are overwritten
    const auto rows = rows_of_owner(db, id);
    for (const auto& row : rows) purge_row(db, row);
    run_for(db.use("DELETE FROM accounts WHERE owner = ?1"), id);  // credentials go by foreign key
    run_for(db.use("UPDATE audit SET owner = zeroblob(16), actor = '', token = '', target = '' WHERE owner = ?1"), id);
    {
      // What others did to them or with their rows: that is kept, their name is not.
      auto q = db.use(
          "UPDATE audit SET target = '' WHERE target = (SELECT name FROM owners WHERE id = ?1) OR "
          "instr(target, '[' || (SELECT name FROM owners WHERE id = ?1) || ']') = 1");
      q->bind(1, id);
      q->step();
    }
    delete_owner(db, id);
    return static_cast<std::uint64_t>(rows.size());
  });
  // What was overwritten is in the journal still, until it is moved into the file and cut.
  TENTO_TRY(db_.beside([](Connection& db) {
    db.execute("PRAGMA secure_delete=OFF");
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)");
  }));
  return done;
}

}  // namespace tento::host::sqlite
