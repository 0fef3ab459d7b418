// SPDX-License-Identifier: Apache-2.0
// The one way into the audit log.
#pragma once

#include <tento/sdk/result.hpp>

#include "host/capability/call_context.hpp"
#include "host/model/audit.hpp"
#include "host/store/audit_store.hpp"

namespace tento::host {

// `record` says what was done to what, for whom and how it ended; who did it is filled in.
Result<void> write_audit(AuditStore& store, const ActorInfo& actor, AuditRecord record);

}  // namespace tento::host
