// SPDX-License-Identifier: Apache-2.0
// Retention of the audit log and of deletions.
#include "host/operations/upkeep.hpp"

#include "host/store/store.hpp"

namespace tento::host {

Result<Forgotten> forget_what_is_old(Store& store, const Config& config, std::int64_t now_us) {
  constexpr std::int64_t day_us = 86'400'000'000;
  Forgotten out;
  if (config.audit_keep_days > 0) {
    TENTO_TRY_ASSIGN(out.audit, store.audit().drop(now_us - config.audit_keep_days * day_us));
  }
  TENTO_TRY_ASSIGN(out.tombstones, store.maintenance().drop_tombstones(now_us - StoreConfig{}.tombstone_days * day_us));
  return out;
}

}  // namespace tento::host
