// SPDX-License-Identifier: Apache-2.0
// Credentials, and the leases of those who refresh them.
#include "host/store/memory/credentials.hpp"

#include "host/store/memory/refusals.hpp"
#include "host/store/memory/stores.hpp"

namespace tento::host::memory {

namespace {

bool same(const SealedBytes& a, const SealedBytes& b) {
  return a.bytes == b.bytes && a.key_id == b.key_id;
}

// Both ends are written by the same clock: before the first it was set back, and nobody knows how long is left.
bool within(std::int64_t now_us, std::int64_t from_us, std::int64_t until_us) {
  return from_us <= now_us && now_us < until_us;
}

CredentialRecord record_of(const Account& account) {
  return {key_of(account.record), account.record.kind, account.record.generation, *account.credential};
}

}  // namespace

Result<std::optional<CredentialRecord>> MemoryCredentials::find(const AccountKey& account) {
  return state_.read([&](const Data& data) -> std::optional<CredentialRecord> {
    const auto at = data.accounts.find(id_of(account));
    if (at == data.accounts.end() || !at->second.credential) return std::nullopt;
    return record_of(at->second);
  });
}

Result<std::vector<CredentialRecord>> MemoryCredentials::all() {
  return state_.read([](const Data& data) {
    std::vector<CredentialRecord> out;
    for (const auto& [id, account] : data.accounts)
      if (account.credential) out.push_back(record_of(account));
    return out;
  });
}

Result<void> MemoryCredentials::put(const AccountRecord& account, const SealedBytes& sealed) {
  return state_.write([&](Data& data) -> Result<void> {
    TENTO_TRY_ASSIGN(auto* const stored, put_account(data, account, true, state_.now_us()));
    put_credential(data, *stored, sealed);
    return {};
  });
}

Result<bool> MemoryCredentials::reseal(const CredentialRecord& before, const SealedBytes& after) {
  return state_.write([&](Data& data) -> Result<bool> {
    const auto at = data.accounts.find(id_of(before.account));
    if (at == data.accounts.end() || !at->second.credential || !same(*at->second.credential, before.sealed))
      return false;
    at->second.credential = after;
    data.unwiped = true;
    return true;
  });
}

Result<RefreshLease> MemoryCredentials::begin_refresh(const AccountKey& account, std::uint64_t generation,
                                                      std::string_view holder, std::int64_t lease_us) {
  return state_.write([&](Data& data) -> Result<RefreshLease> {
    const auto at = data.accounts.find(id_of(account));
    if (at == data.accounts.end()) return no_such_account(account);
    auto refresh = at->second.refresh.value_or(Refresh{});
    auto& record = refresh.record;
    if (at->second.record.generation != generation) return RefreshLease{RefreshLease::State::changed, record};
    const auto now = state_.now_us();
    if (!record.holder.empty() && within(now, record.begun_us, record.until_us))
      return RefreshLease{RefreshLease::State::theirs, record};
    if (record.holder.empty() && within(now, record.begun_us, record.retry_at_us))
      return RefreshLease{RefreshLease::State::waiting, record};
    refresh.taken_from = std::move(record.holder);
    record.holder = holder;
    record.generation = generation;
    record.begun_us = now;
    record.until_us = now + lease_us;
    record.interrupted = record.interrupted || !refresh.taken_from.empty();
    at->second.refresh = refresh;
    return RefreshLease{RefreshLease::State::mine, record};
  });
}

Result<bool> MemoryCredentials::finish_refresh(const AccountRecord& account, std::string_view holder,
                                               const SealedBytes& sealed) {
  return state_.write([&](Data& data) -> Result<bool> {
    const auto at = data.accounts.find(id_of(key_of(account)));
    if (at == data.accounts.end()) return false;
    auto& stored = at->second;
    // The lease tells an account from another one that was connected under its id meanwhile.
    if (stored.record.generation != account.generation || !stored.refresh ||
        stored.refresh->record.generation != account.generation ||
        (stored.refresh->record.holder != holder && stored.refresh->taken_from != holder))
      return false;
    const auto before = stored.record.state;
    stored.record.expires_us = account.expires_us;
    stored.record.lifetime_us = account.lifetime_us;
    stored.record.scopes = account.scopes;
    stored.record.refreshed_us = account.refreshed_us;
    stored.record.state = account.state;
    stored.record.problem = account.problem;
    ++stored.record.generation;
    // That a token was renewed is told to nobody, that the account works again is.
    if (before != account.state) touch_account(data, key_of(account), account.integration, before, account.state);
    put_credential(data, stored, sealed);
    return true;
  });
}

Result<void> MemoryCredentials::fail_refresh(const AccountKey& account, std::string_view holder,
                                             const RefreshFailure& failure) {
  return state_.write([&](Data& data) -> Result<void> {
    const auto at = data.accounts.find(id_of(account));
    if (at == data.accounts.end() || !at->second.refresh || at->second.refresh->record.holder != holder) return {};
    auto& refresh = *at->second.refresh;
    refresh.taken_from.clear();
    refresh.record.holder.clear();
    refresh.record.begun_us = state_.now_us();
    refresh.record.until_us = 0;
    ++refresh.record.failures;
    refresh.record.retry_at_us = failure.retry_at_us;
    if (failure.refused && refresh.record.refused_us == 0) refresh.record.refused_us = refresh.record.begun_us;
    return {};
  });
}

Result<std::optional<RefreshRecord>> MemoryCredentials::refresh(const AccountKey& account) {
  return state_.read([&](const Data& data) -> std::optional<RefreshRecord> {
    const auto at = data.accounts.find(id_of(account));
    if (at == data.accounts.end() || !at->second.refresh) return std::nullopt;
    return at->second.refresh->record;
  });
}

}  // namespace tento::host::memory
