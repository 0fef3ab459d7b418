// SPDX-License-Identifier: Apache-2.0
// What a call may write: its own row, under that row's rules.
#pragma once

#include <string_view>

#include <tento/sdk/result.hpp>

#include "host/capability/call_context.hpp"
#include "host/capability/provider_port.hpp"

namespace tento::host {

// FORBIDDEN, with a log line, unless the id is the one of the call's row.
Result<void> check_own_row(const ProviderPort& port, const CallContext& context, const tento_uuid* id);
// Stores the record of the call's row where a read resolved it and nothing has stored it yet: a call that writes needs
// it.
Result<void> ensure_own_row(const ProviderPort& port, const CallContext& context);
// Under the gate: what cells of the call's row have to be.
Result<CellRules> rules_of(CallContext& context);
// A commit on the call's row, to which cells and the rest are added: with what the store notes of everything that the
// call writes, and with the lease that it is written under.
[[nodiscard]] RowCommit commit_of(const CallContext& context);
// Under the gate.
void add_counts(CallContext& context, const TxnCounts& counts);
// Not under the gate: hands on what became of a write of cells, and remembers the first that did not land. A slot may
// drop the answer and say OK; the host does not believe it then.
Result<void> remember(CallContext& context, std::string_view write, Result<void> outcome);
// The status of such a write, handed on: one that came after the call's end is remembered, too.
tento_status remember_stop(ProviderPort& port, const tento_call* call, tento_status status) noexcept;

}  // namespace tento::host
