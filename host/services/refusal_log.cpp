// SPDX-License-Identifier: Apache-2.0
// One entry a minute for what is refused again and again.
#include "host/services/refusal_log.hpp"

#include <utility>

#include "host/services/audit_log.hpp"

namespace tento::host {
namespace {

constexpr std::int64_t minute_us = 60'000'000;
constexpr std::size_t most_kinds = 1024;

}  // namespace

Result<void> RefusalLog::note(const ActorInfo& actor, AuditRecord record) {
  const MutexLock lock(mutex_);
  Name name{record.token, record.operation, record.outcome};
  const auto known = kinds_.find(name);
  if (known != kinds_.end() && now_us_() - known->second.since_us < minute_us) {
    ++known->second.more;
    return {};
  }
  TENTO_TRY(flush_locked(known == kinds_.end() && kinds_.size() >= most_kinds));
  TENTO_TRY(write_audit(store_, actor, record));
  kinds_[std::move(name)] = {actor, std::move(record), now_us_(), 0};
  return {};
}

Result<void> RefusalLog::flush(bool all) {
  const MutexLock lock(mutex_);
  return flush_locked(all);
}

Result<void> RefusalLog::flush_locked(bool all) {
  const auto now = now_us_();
  for (auto at = kinds_.begin(); at != kinds_.end();) {
    auto& kind = at->second;
    if (!all && now - kind.since_us < minute_us) {
      ++at;
      continue;
    }
    if (kind.more > 0) {
      auto record = kind.record;
      record.target = std::to_string(kind.more) + " more within a minute";
      TENTO_TRY(write_audit(store_, kind.actor, std::move(record)));
    }
    at = kinds_.erase(at);
  }
  return {};
}

}  // namespace tento::host
