// SPDX-License-Identifier: Apache-2.0
// The one row of a call.
#include "host/capability/row_access.hpp"

#include "host/base/text.hpp"
#include "host/capability/standard_deps.hpp"

namespace tento::host {

Result<void> check_own_row(const ProviderPort& port, const CallContext& context, const tento_uuid* id) {
  const RowRecord* row = context.subject.row;
  if (id == nullptr) return fail(ErrorCode::invalid_argument, ErrorClass::internal, "the row id is null");
  if (row == nullptr) {
    return fail(forbidden(port, "may not touch the row " + Uuid::from_abi(*id).text() + ": this call is for no row"));
  }
  if (Uuid::from_abi(*id) != row->id) {
    return fail(forbidden(port, "may not touch the row " + Uuid::from_abi(*id).text() + ": this call is for " +
                                    quote(row->lookup_key) + " (" + row->id.text() + ")"));
  }
  return {};
}

Result<void> ensure_own_row(const ProviderPort& port, const CallContext& context) {
  const RowRecord& row = *context.subject.row;
  if (row.created_us != 0) return {};
  TENTO_TRY(port.env().store->rows().ensure(row));
  return {};
}

Result<CellRules> rules_of(CallContext& context) {
  CellRules rules;
  rules.single = (context.subject.route->row->flags & TENTO_ROW_SINGLE) != 0;
  TENTO_TRY_ASSIGN(rules.zone, context.zone());
  return rules;
}

RowCommit commit_of(const CallContext& context) {
  const Route& route = *context.subject.route;
  RowCommit commit;
  commit.row = context.subject.row->id;
  commit.origin = {route.row->data_version, route.provider->note().version, context.run_id};
  commit.fence = context.lease;
  return commit;
}

void add_counts(CallContext& context, const TxnCounts& counts) {
  context.counts.added += counts.added;
  context.counts.updated += counts.updated;
  context.counts.deleted += counts.deleted;
  context.counts.unchanged += counts.unchanged;
}

Result<void> remember(CallContext& context, std::string_view write, Result<void> outcome) {
  if (outcome || outcome.error().stopped) return outcome;
  const std::lock_guard lock(context.gate);
  if (context.closed || context.refused) return outcome;
  context.refused = outcome.error();
  context.refused->message = std::string(write) + ": " + outcome.error().message;
  return outcome;
}

tento_status remember_stop(ProviderPort& port, const tento_call* call, tento_status status) noexcept {
  if (status != TENTO_STOPPED) return status;
  if (const CallRef context = port.find(call)) {
    const std::lock_guard lock(context->gate);
    context->write_stopped = true;
  }
  return status;
}

}  // namespace tento::host
