// SPDX-License-Identifier: Apache-2.0
// Accounts, and what goes when one is purged.
#include <algorithm>

#include "host/store/memory/credentials.hpp"
#include "host/store/memory/refusals.hpp"
#include "host/store/memory/stores.hpp"

namespace tento::host::memory {

AccountKey key_of(const AccountRecord& account) {
  return {account.owner, account.provider, account.auth_id};
}

Result<Account*> put_account(Data& data, const AccountRecord& given, bool new_credential, std::int64_t now_us) {
  if (find_user(data, given.owner) == nullptr) return broken_rule("an account names a user that is not there");
  const auto known = data.accounts.find(id_of(key_of(given)));
  std::optional<tento_account_state> before;
  auto record = given;
  record.paused = false;
  record.interval_s = AccountRecord().interval_s;
  if (known == data.accounts.end()) {
    if (record.created_us == 0) record.created_us = now_us;
  } else {
    const auto& old = known->second.record;
    before = old.state;
    record.created_us = old.created_us;
    record.paused = old.paused;
    record.interval_s = old.interval_s;
    record.generation = std::max(old.generation, given.generation) + (new_credential ? 1 : 0);
  }
  auto& account = data.accounts[id_of(key_of(given))];
  account.record = std::move(record);
  touch_account(data, key_of(given), given.integration, before, given.state);
  return &account;
}

void put_credential(Data& data, Account& account, SealedBytes sealed) {
  if (sealed.key_id.empty()) data.unwiped = true;
  account.credential = std::move(sealed);
  account.refresh.reset();
}

Result<std::vector<AccountRecord>> MemoryAccounts::of_user(const Uuid& owner, std::string_view provider) {
  return state_.read([&](const Data& data) {
    std::vector<AccountRecord> out;
    for (const auto& [id, account] : data.accounts)
      if (account.record.owner == owner && (provider.empty() || account.record.provider == provider))
        out.push_back(account.record);
    return out;
  });
}

Result<std::optional<AccountRecord>> MemoryAccounts::find(const Uuid& owner, std::string_view provider,
                                                          std::string_view auth_id) {
  return state_.read([&](const Data& data) -> std::optional<AccountRecord> {
    const auto at = data.accounts.find({owner, std::string(provider), std::string(auth_id)});
    if (at == data.accounts.end()) return std::nullopt;
    return at->second.record;
  });
}

Result<void> MemoryAccounts::put(const AccountRecord& account, std::optional<std::string_view> secret) {
  return state_.write([&](Data& data) -> Result<void> {
    TENTO_TRY_ASSIGN(auto* const stored, put_account(data, account, secret.has_value(), state_.now_us()));
    if (secret) put_credential(data, *stored, {std::string(*secret), {}});
    return {};
  });
}

Result<std::vector<AccountChange>> MemoryAccounts::changes(const Uuid& user, std::int64_t after) {
  return state_.read([&](const Data& data) {
    std::vector<AccountChange> out;
    const auto feed = data.feeds.find(user);
    if (feed == data.feeds.end()) return out;
    for (const auto& change : feed->second.account_changes)
      if (change.seq > after) out.push_back(change);
    return out;
  });
}

Result<std::string> MemoryAccounts::secret(const Uuid& owner, std::string_view provider, std::string_view auth_id) {
  const AccountKey key{owner, std::string(provider), std::string(auth_id)};
  return state_.read([&](const Data& data) -> Result<std::string> {
    const auto at = data.accounts.find(id_of(key));
    if (at == data.accounts.end() || !at->second.credential) return no_such_account(key);
    if (!at->second.credential->key_id.empty())
      return error(ErrorCode::conflict, ErrorClass::internal,
                   "the secret of account `" + key.auth_id + "` of provider `" + key.provider +
                       "` is sealed: the vault opens it")
          .tag("secret_sealed")
          .remedy("report it");
    return at->second.credential->bytes;
  });
}

Result<bool> MemoryAccounts::refuse(const AccountKey& account, std::uint64_t generation, std::string_view why) {
  return state_.write([&](Data& data) -> Result<bool> {
    const auto at = data.accounts.find(id_of(account));
    if (at == data.accounts.end()) return false;
    auto& record = at->second.record;
    if (record.generation != generation || record.state != TENTO_ACCOUNT_ACTIVE) return false;
    record.state = TENTO_ACCOUNT_NEEDS_REAUTH;
    record.problem = why;
    touch_account(data, account, record.integration, TENTO_ACCOUNT_ACTIVE, TENTO_ACCOUNT_NEEDS_REAUTH);
    return true;
  });
}

Result<void> MemoryAccounts::remove(const Uuid& owner, std::string_view provider, std::string_view auth_id,
                                    bool purge) {
  const AccountKey key{owner, std::string(provider), std::string(auth_id)};
  return state_.write([&](Data& data) -> Result<void> {
    const auto at = data.accounts.find(id_of(key));
    // Data may outlive its account, and be purged later.
    if (at == data.accounts.end() && !purge) return no_such_account(key);
    if (at != data.accounts.end()) {
      const auto record = at->second.record;
      data.accounts.erase(at);
      touch_account(data, key, record.integration, record.state, std::nullopt);
    }
    if (!purge) return {};
    std::vector<Uuid> rows;
    for (const auto* row : rows_of(data, owner))
      if (row->record.provider == provider && row->record.auth_id == auth_id) rows.push_back(row->record.id);
    for (const auto& id : rows) {
      // The loss is a change of its own, so that readers of changes learn of it.
      auto& row = *find_row(data, id);
      const auto seq = next_seq(data, row);
      record_commit(data, row, seq, state_.now_us());
      data.feeds.at(owner).gone_rows[seq] = {id, row.record.lookup_key, state_.now_us()};
      purge_row(data, id);
    }
    return {};
  });
}

}  // namespace tento::host::memory
