// SPDX-License-Identifier: Apache-2.0
// Grants.
#include "host/store/memory/refusals.hpp"
#include "host/store/memory/stores.hpp"

namespace tento::host::memory {

Result<GrantRecord> MemoryGrants::add(const GrantRecord& grant) {
  return state_.write([&](Data& data) -> Result<GrantRecord> {
    if (find_user(data, grant.owner) == nullptr || find_user(data, grant.grantee) == nullptr)
      return broken_rule("a grant names a user that is not there");
    for (auto& [id, known] : data.grants) {
      if (known.owner != grant.owner || known.grantee != grant.grantee || known.prefix != grant.prefix) continue;
      known.verbs = grant.verbs;
      return known;
    }
    auto record = grant;
    record.id = ++data.last_grant;
    if (record.created_us == 0) record.created_us = state_.now_us();
    return data.grants[record.id] = record;
  });
}

Result<std::vector<GrantRecord>> MemoryGrants::list(std::optional<Uuid> owner) {
  return state_.read([&](const Data& data) {
    std::vector<GrantRecord> out;
    for (const auto& [id, grant] : data.grants)
      if (!owner || grant.owner == *owner) out.push_back(grant);
    return out;
  });
}

Result<std::vector<GrantRecord>> MemoryGrants::list_to(const Uuid& grantee, const Uuid& owner) {
  return state_.read([&](const Data& data) {
    std::vector<GrantRecord> out;
    for (const auto& [id, grant] : data.grants)
      if (grant.grantee == grantee && grant.owner == owner) out.push_back(grant);
    return out;
  });
}

Result<void> MemoryGrants::remove(const Uuid& owner, std::int64_t id) {
  return state_.write([&](Data& data) -> Result<void> {
    const auto at = data.grants.find(id);
    if (at == data.grants.end() || at->second.owner != owner)
      return no_such("grant", std::to_string(id), "no_such_grant");
    data.grants.erase(at);
    return {};
  });
}

}  // namespace tento::host::memory
