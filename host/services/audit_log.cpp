// SPDX-License-Identifier: Apache-2.0
// Audit records.
#include "host/services/audit_log.hpp"

namespace tento::host {

Result<void> write_audit(AuditStore& store, const ActorInfo& actor, AuditRecord record) {
  record.actor_kind = actor.kind;
  record.actor = actor.name;
  return store.append(record);
}

}  // namespace tento::host
