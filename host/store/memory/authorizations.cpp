// SPDX-License-Identifier: Apache-2.0
// Authorizations under way: each is found by the hash of what its link or its answer brings, and taken once.
#include <algorithm>
#include <tuple>

#include "host/store/memory/refusals.hpp"
#include "host/store/memory/stores.hpp"

namespace tento::host::memory {

Result<void> MemoryAuthorizations::add(const AuthorizationRecord& authorization) {
  return state_.write([&](Data& data) -> Result<void> {
    if (find_user(data, authorization.owner) == nullptr)
      return broken_rule("an authorization names a user that is not there");
    const auto same_ticket = [&](const auto& entry) {
      return !authorization.ticket_hash.empty() && entry.second.ticket_hash == authorization.ticket_hash;
    };
    if (data.authorizations.contains(authorization.state_hash) ||
        std::any_of(data.authorizations.begin(), data.authorizations.end(), same_ticket))
      return broken_rule("an authorization is there already");
    auto record = authorization;
    if (record.created_us == 0) record.created_us = state_.now_us();
    data.authorizations[record.state_hash] = std::move(record);
    return {};
  });
}

Result<std::optional<AuthorizationRecord>> MemoryAuthorizations::bind(std::string_view ticket_hash,
                                                                      std::string_view browser_hash) {
  return state_.write([&](Data& data) -> Result<std::optional<AuthorizationRecord>> {
    for (auto& [state, record] : data.authorizations) {
      if (ticket_hash.empty() || record.ticket_hash != ticket_hash) continue;
      record.ticket_hash.clear();
      record.browser_hash = browser_hash;
      return record;
    }
    return std::nullopt;
  });
}

Result<std::optional<AuthorizationRecord>> MemoryAuthorizations::take(std::string_view state_hash) {
  return state_.write([&](Data& data) -> Result<std::optional<AuthorizationRecord>> {
    const auto node = data.authorizations.extract(std::string(state_hash));
    if (node.empty()) return std::nullopt;
    return node.mapped();
  });
}

Result<std::vector<AuthorizationRecord>> MemoryAuthorizations::all() {
  return state_.read([](const Data& data) {
    std::vector<AuthorizationRecord> out;
    for (const auto& [state, record] : data.authorizations) out.push_back(record);
    std::stable_sort(out.begin(), out.end(), [](const auto& a, const auto& b) { return a.created_us < b.created_us; });
    return out;
  });
}

Result<bool> MemoryAuthorizations::reseal(const AuthorizationRecord& before, const SealedBytes& after) {
  return state_.write([&](Data& data) -> Result<bool> {
    const auto at = data.authorizations.find(before.state_hash);
    if (at == data.authorizations.end() || at->second.sealed.bytes != before.sealed.bytes ||
        at->second.sealed.key_id != before.sealed.key_id)
      return false;
    at->second.sealed = after;
    return true;
  });
}

Result<void> MemoryAuthorizations::drop(std::int64_t before_us, std::int64_t now_us) {
  return state_.write([&](Data& data) -> Result<void> {
    std::erase_if(data.authorizations, [&](const auto& entry) {
      return entry.second.created_us < before_us || entry.second.created_us > now_us;
    });
    return {};
  });
}

}  // namespace tento::host::memory
