// SPDX-License-Identifier: Apache-2.0
// The audit log.
#include "host/store/memory/stores.hpp"

namespace tento::host::memory {

Result<void> MemoryAudit::append(const AuditRecord& record) {
  return state_.write([&](Data& data) -> Result<void> {
    auto entry = record;
    entry.id = ++data.last_audit;
    if (entry.at_us == 0) entry.at_us = state_.now_us();
    data.audit[entry.id] = std::move(entry);
    return {};
  });
}

Result<std::vector<AuditRecord>> MemoryAudit::list(std::optional<Uuid> owner, std::int64_t before, std::size_t limit) {
  return state_.read([&](const Data& data) {
    std::vector<AuditRecord> out;
    for (auto at = data.audit.rbegin(); at != data.audit.rend() && out.size() < limit; ++at)
      if ((!owner || at->second.owner == *owner) && (before == 0 || at->first < before)) out.push_back(at->second);
    return out;
  });
}

Result<std::uint64_t> MemoryAudit::drop(std::int64_t before_us) {
  return state_.write([&](Data& data) -> Result<std::uint64_t> {
    return std::erase_if(data.audit, [&](const auto& entry) { return entry.second.at_us < before_us; });
  });
}

}  // namespace tento::host::memory
