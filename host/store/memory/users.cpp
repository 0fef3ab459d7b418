// SPDX-License-Identifier: Apache-2.0
// Users: adding, removing, erasing, changing of zones.
#include <algorithm>

#include "host/base/random.hpp"
#include "host/store/cell_codec.hpp"
#include "host/store/memory/refusals.hpp"
#include "host/store/memory/stores.hpp"

namespace tento::host::memory {

namespace {

constexpr std::size_t longest_name = 128;

Result<void> check_name(std::string_view name) {
  const bool has_control = std::any_of(name.begin(), name.end(), [](unsigned char c) { return c < 0x20 || c == 0x7f; });
  if (!name.empty() && name.size() <= longest_name && name.find_first_of("[]") == std::string_view::npos &&
      !has_control && name.front() != ' ' && name.back() != ' ')
    return {};
  return error(ErrorCode::invalid_argument, ErrorClass::config,
               "this name cannot stand in `[name]:...`. Use one such as user@host")
      .tag("bad_name")
      .remedy("choose another name");
}

Result<void> check_not_taken(const Data& data, std::string_view name) {
  if (std::none_of(data.users.begin(), data.users.end(), [&](const User& user) { return user.record.name == name; }))
    return {};
  return error(ErrorCode::conflict, ErrorClass::config,
               "there is a user `" + std::string(name) + "` already. Choose another name")
      .tag("name_taken")
      .remedy("choose another name");
}

UserRecord add_user(Data& data, std::string_view name, std::string_view zone, std::int64_t now_us) {
  // The default user is the first one, also when the clock stood still or went back.
  const auto created_us = data.users.empty() ? now_us : std::max(now_us, data.users.back().created_us + 1);
  data.users.push_back({{random_uuid(), std::string(name), std::string(zone)}, created_us});
  data.feeds[data.users.back().record.id] = {};
  return data.users.back().record;
}

// What names the user goes with it, as references with a cascade do.
void delete_user(Data& data, const Uuid& id) {
  std::erase_if(data.idempotency, [&](const auto& entry) { return std::get<0>(entry.first) == id; });
  std::erase_if(data.tokens, [&](const auto& token) { return token.second.owner == id; });
  std::erase_if(data.grants, [&](const auto& grant) { return grant.second.owner == id || grant.second.grantee == id; });
  std::erase_if(data.authorizations, [&](const auto& entry) { return entry.second.owner == id; });
  std::erase_if(data.users, [&](const User& user) { return user.record.id == id; });
  data.feeds.erase(id);
  ++data.access;
}

// The rows whose days are counted in the zone.
std::vector<Uuid> rows_in_zone(const Data& data, const ZoneSubject& subject) {
  std::vector<Uuid> out;
  for (const auto* row : rows_of(data, subject.owner)) {
    const auto& record = row->record;
    if (subject.provider.empty()) {
      const auto account = data.accounts.find({record.owner, record.provider, record.auth_id});
      if (account != data.accounts.end() && !account->second.record.time_zone.empty()) continue;
    } else if (record.provider != subject.provider || record.auth_id != subject.auth_id) {
      continue;
    }
    out.push_back(record.id);
  }
  return out;
}

struct MovedCell {
  std::string ident;
  Moments span;
};

Result<std::vector<MovedCell>> cells_that_move(const Row& row, const MomentsOfCell& moments) {
  std::vector<MovedCell> out;
  for (const auto& [ident, cell] : row.cells) {
    TENTO_TRY_ASSIGN(const auto span,
                     moments(unpack_time(cell.date, cell.start_us), unpack_time(cell.end_date, cell.end_us)));
    if (span.from_us != cell.start_us || span.to_us != cell.end_us) out.push_back({ident, span});
  }
  return out;
}

}  // namespace

Result<UserRecord> MemoryUsers::default_user() {
  const auto found = state_.read([](const Data& data) -> std::optional<UserRecord> {
    if (data.users.empty()) return std::nullopt;
    return data.users.front().record;
  });
  if (found) return *found;
  return state_.write([&](Data& data) -> Result<UserRecord> {
    if (!data.users.empty()) return data.users.front().record;
    return add_user(data, "me", state_.new_user_zone(), state_.now_us());
  });
}

Result<std::vector<UserRecord>> MemoryUsers::all() {
  return state_.read([](const Data& data) {
    std::vector<UserRecord> out;
    for (const auto& user : data.users) out.push_back(user.record);
    return out;
  });
}

Result<std::optional<UserRecord>> MemoryUsers::find(const Uuid& id) {
  return state_.read([&](const Data& data) -> std::optional<UserRecord> {
    const auto* user = find_user(data, id);
    if (user == nullptr) return std::nullopt;
    return user->record;
  });
}

Result<std::optional<UserRecord>> MemoryUsers::find_by_name(std::string_view name) {
  return state_.read([&](const Data& data) -> std::optional<UserRecord> {
    for (const auto& user : data.users)
      if (user.record.name == name) return user.record;
    return std::nullopt;
  });
}

Result<UserRecord> MemoryUsers::add(std::string_view name, std::string_view time_zone) {
  return state_.write([&](Data& data) -> Result<UserRecord> {
    TENTO_TRY(check_name(name));
    TENTO_TRY(check_not_taken(data, name));
    return add_user(data, name, time_zone.empty() ? std::string_view(state_.new_user_zone()) : time_zone,
                    state_.now_us());
  });
}

Result<UserRecord> MemoryUsers::rename(const Uuid& id, std::string_view name) {
  return state_.write([&](Data& data) -> Result<UserRecord> {
    TENTO_TRY(check_name(name));
    const auto user =
        std::find_if(data.users.begin(), data.users.end(), [&](const User& one) { return one.record.id == id; });
    if (user == data.users.end()) return no_such_user();
    const auto before = user->record.name;
    if (before == name) return user->record;
    TENTO_TRY(check_not_taken(data, name));
    // The audit log names users as they are called now, so that erasing one leaves no name behind.
    for (auto& [number, entry] : data.audit) {
      if (entry.target == before) entry.target = name;
      if (entry.target.starts_with('[' + before + ']')) entry.target.replace(1, before.size(), name);
    }
    user->record.name = name;
    ++data.access;
    return user->record;
  });
}

Result<void> MemoryUsers::remove(const Uuid& id) {
  return state_.write([&](Data& data) -> Result<void> {
    const auto rows = rows_of(data, id).size();
    const auto accounts = std::count_if(data.accounts.begin(), data.accounts.end(),
                                        [&](const auto& account) { return std::get<0>(account.first) == id; });
    if (rows != 0 || accounts != 0)
      return error(ErrorCode::conflict, ErrorClass::config,
                   "this user has " + std::to_string(accounts) + " accounts and " + std::to_string(rows) +
                       " rows. Disconnect the accounts together with their data, or erase the user")
          .tag("user_in_use")
          .remedy("erase the user");
    if (std::all_of(data.users.begin(), data.users.end(), [&](const User& user) { return user.record.id == id; }))
      return error(ErrorCode::conflict, ErrorClass::config,
                   "this is the last user, and a store has one. Add another first")
          .tag("last_user")
          .remedy("add another first");
    if (find_user(data, id) == nullptr) return no_such_user();
    delete_user(data, id);
    return {};
  });
}

Result<std::uint64_t> MemoryUsers::erase(const Uuid& id) {
  return state_.write([&](Data& data) -> Result<std::uint64_t> {
    const auto* user = find_user(data, id);
    if (user == nullptr) return no_such_user();
    const auto name = user->record.name;
    std::vector<Uuid> rows;
    for (const auto* row : rows_of(data, id)) rows.push_back(row->record.id);
    for (const auto& row : rows) purge_row(data, row);
    std::erase_if(data.accounts, [&](const auto& account) { return std::get<0>(account.first) == id; });
    for (auto& [number, entry] : data.audit) {
      if (entry.owner == id) {
        entry.owner = {};
        entry.actor.clear();
        entry.token.clear();
        entry.target.clear();
      }
      // What others did to them or with their rows is kept, their name is not.
      if (entry.target == name || entry.target.starts_with('[' + name + ']')) entry.target.clear();
    }
    delete_user(data, id);
    return rows.size();
  });
}

Result<std::uint64_t> MemoryUsers::set_zone(const ZoneSubject& subject, std::string_view zone,
                                            const MomentsOfCell& moments) {
  return state_.write([&](Data& data) -> Result<std::uint64_t> {
    const auto user = std::find_if(data.users.begin(), data.users.end(),
                                   [&](const User& one) { return one.record.id == subject.owner; });
    const auto account = data.accounts.find({subject.owner, subject.provider, subject.auth_id});
    if (subject.provider.empty() ? user == data.users.end() : account == data.accounts.end())
      return error(ErrorCode::not_found, ErrorClass::config,
                   "there is no such user or account. Name one that the store has")
          .tag("no_such_account")
          .remedy("list what there is");
    // All moments are known before the first cell moves: it is all or nothing.
    const auto rows = rows_in_zone(data, subject);
    std::vector<std::vector<MovedCell>> moved;
    for (const auto& id : rows) {
      TENTO_TRY_ASSIGN(auto cells, cells_that_move(*find_row(data, id), moments));
      moved.push_back(std::move(cells));
    }
    ++data.access;  // who holds a user's record reads it anew
    if (subject.provider.empty()) {
      user->record.time_zone = zone;
    } else {
      account->second.record.time_zone = zone;
    }
    std::uint64_t count = 0;
    for (std::size_t i = 0; i < rows.size(); ++i) {
      auto& row = *find_row(data, rows[i]);
      const auto seq = moved[i].empty() ? 0 : next_seq(data, row);
      for (const auto& cell : moved[i]) {
        auto& stored = row.cells.at(cell.ident);
        stored.start_us = cell.span.from_us;
        stored.end_us = cell.span.to_us;
        stored.change_seq = seq;
      }
      if (seq == 0) {
        touch_row(data, row);
      } else {
        record_commit(data, row, seq, state_.now_us());
      }
      count += moved[i].size();
    }
    return count;
  });
}

}  // namespace tento::host::memory
