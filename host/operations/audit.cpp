// SPDX-License-Identifier: Apache-2.0
// audit list: who did what.
#include "host/operations/columns.hpp"
#include "host/operations/context.hpp"

namespace tento::host {
namespace {

constexpr std::int64_t default_entries = 50;
constexpr std::int64_t most_entries = 1000;

const Columns<AuditRecord>& audit_columns() {
  static const Columns<AuditRecord> all{
      {{.name = "id", .type = FieldType::integer}, [](const AuditRecord& entry) -> Field { return entry.id; }},
      {{.name = "at", .type = FieldType::time, .nullable = true},
       [](const AuditRecord& entry) { return time_field(entry.at_us); }},
      {{.name = "actor", .nullable = true, .help = "who: a person at the command line, or a token's name"},
       [](const AuditRecord& entry) { return text_or_absent(entry.actor); }},
      {{.name = "token", .nullable = true, .help = "id of the token"},
       [](const AuditRecord& entry) { return text_or_absent(entry.token); }},
      {{.name = "operation"}, [](const AuditRecord& entry) -> Field { return entry.operation; }},
      {{.name = "target", .nullable = true, .help = "what it was done to"},
       [](const AuditRecord& entry) { return text_or_absent(entry.target); }},
      {{.name = "outcome", .help = "ok, or what kept it"},
       [](const AuditRecord& entry) -> Field { return entry.outcome; }},
  };
  return all;
}

Result<Output> list_audit(StoreContext& ctx, const Args& args) {
  const auto limit = args.integer("limit").value_or(default_entries);
  if (limit < 1 || limit > most_entries)
    return fail(usage_error("{param:limit} must be from 1 to 1000", "page on with {param:before}"));
  TENTO_TRY_ASSIGN(const auto log, ctx.admin.audit(ctx.caller.principal, args.integer("before").value_or(0),
                                                   static_cast<std::size_t>(limit)));
  Output out;
  out.columns = audit_columns().columns();
  for (const auto& entry : log) out.records.push_back(audit_columns().record(entry));
  return out;
}

}  // namespace

std::vector<Operation> audit_operations() {
  return {
      {"audit",
       "list",
       Scope::admin,
       Authority::user,
       {{.name = "limit", .type = ParamType::integer, .help = "at most so many, newest first (50)", .value_name = "N"},
        {.name = "before", .type = ParamType::integer, .help = "only entries before this id", .value_name = "ID"}},
       list_audit,
       "list what was written and administered, newest first",
       {Method::get, "/api/audit"},
       {.columns = audit_columns().columns(), .list = "entries"},
       Answers::at_once}};
}

}  // namespace tento::host
