// SPDX-License-Identifier: Apache-2.0
// Refused requests in the audit log, so few of them that nobody can fill the log with what is not allowed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <tuple>

#include <tento/sdk/result.hpp>

#include "host/base/clock.hpp"
#include "host/base/mutex.hpp"
#include "host/capability/call_context.hpp"
#include "host/model/audit.hpp"
#include "host/store/audit_store.hpp"

namespace tento::host {

// Any thread; the store outlives it.
class RefusalLog {
 public:
  explicit RefusalLog(AuditStore& store, std::function<std::int64_t()> now_us = unix_now_us)
      : store_(store), now_us_(std::move(now_us)) {}

  // The first refusal of a token, an operation and an outcome is written at once, what follows within a minute only
  // counted.
  Result<void> note(const ActorInfo& actor, AuditRecord record);
  // Writes the counts of minutes that are over; all = of those that are not, too. To be called now and then, and at the
  // end.
  Result<void> flush(bool all);

 private:
  struct Kind {
    ActorInfo actor;
    AuditRecord record;  // its first
    std::int64_t since_us = 0;
    std::uint64_t more = 0;
  };
  using Name = std::tuple<std::string, std::string, std::string>;  // token, operation, outcome

  Result<void> flush_locked(bool all) REQUIRES(mutex_);

  AuditStore& store_;
  const std::function<std::int64_t()> now_us_;
  Mutex mutex_;
  std::map<Name, Kind> kinds_ GUARDED_BY(mutex_);
};

}  // namespace tento::host
