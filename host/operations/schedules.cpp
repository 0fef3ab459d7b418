// SPDX-License-Identifier: Apache-2.0
// What syncs by itself: rows and accounts are paused, and accounts get a pace of their own.
#include "host/base/text.hpp"
#include "host/operations/columns.hpp"
#include "host/operations/rows.hpp"
#include "host/services/directory.hpp"

namespace tento::host {
namespace {

struct PausedRow {
  std::string key;
  bool paused = false;
};

const Columns<PausedRow>& paused_row_columns() {
  static const Columns<PausedRow> all{
      {{.name = "key"}, [](const PausedRow& row) -> Field { return row.key; }},
      {{.name = "paused", .type = FieldType::boolean, .help = "whether it syncs only when somebody asks"},
       [](const PausedRow& row) -> Field { return row.paused; }},
  };
  return all;
}

const Columns<AccountRecord>& pace_columns() {
  static const Columns<AccountRecord> all{
      {{.name = "provider"}, [](const AccountRecord& account) -> Field { return account.provider; }},
      {{.name = "id"}, [](const AccountRecord& account) -> Field { return account.auth_id; }},
      {{.name = "paused", .type = FieldType::boolean, .help = "whether its rows sync only when somebody asks"},
       [](const AccountRecord& account) -> Field { return account.paused; }},
      {{.name = "interval",
        .type = FieldType::integer,
        .nullable = true,
        .help = "seconds between syncs that nobody asks for; 0 = only when asked, absent = as its rows say"},
       [](const AccountRecord& account) { return account.interval_s < 0 ? Field() : Field(account.interval_s); }},
  };
  return all;
}

Result<Output> set_row(HostContext& ctx, const Args& args, bool paused) {
  TENTO_TRY_ASSIGN(auto target, resolve_target(ctx, args.text("key"), 0));
  TENTO_TRY(ctx.host.periodic.pause_row(target, paused));
  Output out;
  out.single = true;
  out.columns = paused_row_columns().columns();
  out.records.push_back(paused_row_columns().record({target.row.lookup_key, paused}));
  return out;
}

Result<Output> pause_row(HostContext& ctx, const Args& args) {
  return set_row(ctx, args, true);
}
Result<Output> resume_row(HostContext& ctx, const Args& args) {
  return set_row(ctx, args, false);
}

Result<Output> set_account(HostContext& ctx, const Args& args, const AccountPace& pace) {
  TENTO_TRY_ASSIGN(const auto owner, ctx.owner());
  TENTO_TRY_ASSIGN(const auto accounts, ctx.directory.accounts(owner.id, args.text("provider")));
  TENTO_TRY_ASSIGN(const auto account, find_account(accounts, args.text("account")));
  TENTO_TRY_ASSIGN(const auto changed, ctx.host.periodic.set_account(account, pace));
  Output out;
  out.single = true;
  out.columns = pace_columns().columns();
  out.records.push_back(pace_columns().record(changed));
  return out;
}

Result<Output> pause_account(HostContext& ctx, const Args& args) {
  return set_account(ctx, args, {.paused = true});
}
Result<Output> resume_account(HostContext& ctx, const Args& args) {
  return set_account(ctx, args, {.paused = false});
}

Result<Output> pace_account(HostContext& ctx, const Args& args) {
  const auto text = args.text("interval");
  AccountPace pace;
  if (text == "default") {
    pace.interval_s = -1;
  } else if (text == "never") {
    pace.interval_s = 0;
  } else if (const auto seconds = parse_seconds(text); seconds && *seconds > 0) {
    pace.interval_s = *seconds;
  } else {
    return fail(usage_error("{param:interval}: " + quote(text) + " is not an interval",
                            "write 90s, 15m, 2h, 1d, `never`, or `default` for what its rows say"));
  }
  return set_account(ctx, args, pace);
}

std::vector<Param> account_params(std::vector<Param> further = {}) {
  std::vector<Param> out{{.name = "account",
                          .help = "id, provider:id, or a key of its rows",
                          .positional = true,
                          .required = true,
                          .value_name = "ACCOUNT"},
                         {.name = "provider", .help = "of this provider", .value_name = "ID"}};
  out.insert(out.end(), further.begin(), further.end());
  return out;
}

}  // namespace

std::vector<Operation> schedule_operations() {
  const std::vector<Param> row{
      {.name = "key", .help = "lookup key", .positional = true, .required = true, .value_name = "KEY"}};
  return {
      {"row",
       "pause",
       Scope::sync,
       Authority::user,
       row,
       pause_row,
       "sync a row only when somebody asks",
       {Method::post, "/api/rows/{key}/pause"},
       {.columns = paused_row_columns().columns(), .single = true}},
      {"row",
       "resume",
       Scope::sync,
       Authority::user,
       row,
       resume_row,
       "let a row sync by itself again",
       {Method::post, "/api/rows/{key}/resume"},
       {.columns = paused_row_columns().columns(), .single = true}},
      {"account",
       "pause",
       Scope::admin,
       Authority::user,
       account_params(),
       pause_account,
       "sync an account's rows only when somebody asks",
       {Method::post, "/api/accounts/{account}/pause"},
       {.columns = pace_columns().columns(), .single = true}},
      {"account",
       "resume",
       Scope::admin,
       Authority::user,
       account_params(),
       resume_account,
       "let an account's rows sync by themselves again",
       {Method::post, "/api/accounts/{account}/resume"},
       {.columns = pace_columns().columns(), .single = true}},
      {"account",
       "set",
       Scope::admin,
       Authority::user,
       account_params({{.name = "interval",
                        .help = "between syncs that nobody asks for: 90s, 15m, 2h, 1d, never, or default",
                        .required = true,
                        .value_name = "TIME"}}),
       pace_account,
       "set how often an account's rows sync by themselves",
       {Method::patch, "/api/accounts/{account}"},
       {.columns = pace_columns().columns(), .single = true}},
  };
}

}  // namespace tento::host
