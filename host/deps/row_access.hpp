// SPDX-License-Identifier: Apache-2.0
// What a call may write: its own row, under that row's rules.
#pragma once

#include <tento/sdk/result.hpp>

#include "host/deps/call_context.hpp"
#include "host/deps/provider_port.hpp"

namespace tento::host {

// FORBIDDEN, with a log line, unless the id is the one of the call's row.
Result<void> check_own_row(const ProviderPort& port, const CallContext& context, const tento_uuid* id);
// Under the gate: what cells of the call's row have to be.
Result<CellRules> rules_of(CallContext& context);
// What the store notes with everything the call writes.
[[nodiscard]] TxnOrigin origin_of(const CallContext& context);
// Under the gate.
void add_counts(CallContext& context, const TxnCounts& counts);

}  // namespace tento::host
