// SPDX-License-Identifier: Apache-2.0
// The entries of the operations on rows, and the row that a key means.
#include "host/operations/rows.hpp"

#include "host/operations/runs.hpp"

namespace tento::host {
namespace {

// What stands beside the cells.
std::vector<Column> cell_extras() {
  return {{.name = "coverage", .type = FieldType::json, .help = "which dates were asked for, with what answer"},
          {.name = "freshness",
           .type = FieldType::json,
           .nullable = true,
           .help = "whether what is held is up to date, and what is done about it"},
          {.name = "next", .nullable = true, .help = "cursor of the next page; absent on the last"},
          {.name = "row", .type = FieldType::json, .help = "key, id, pattern, zone, state and attributes"}};
}

constexpr Param key_param{.name = "key",
                          .help = "lookup key, such as :~provider:account:row",
                          .positional = true,
                          .required = true,
                          .value_name = "KEY"};
constexpr std::string_view cell_help = "id of the cell";
constexpr std::string_view cells_path = "/api/rows/{key}/cells";

}  // namespace

Result<Viewer> viewer_of(const StoreContext& ctx) {
  TENTO_TRY_ASSIGN(auto user, ctx.owner());
  return Viewer{std::move(user), ctx.caller.principal, ctx.caller.actor};
}

Result<Target> resolve_target(const HostContext& ctx, std::string_view key, std::uint32_t verb) {
  TENTO_TRY_ASSIGN(const auto viewer, viewer_of(ctx));
  return ctx.host.row_service.find(viewer, key, verb);
}

std::vector<Operation> row_operations() {
  const Param id{.name = "id", .help = cell_help, .value_name = "ID"};
  const Param date{.name = "date",
                   .type = ParamType::time,
                   .help = "date of the cell, in rows whose cells have no id",
                   .value_name = "D"};
  const Param body{.name = "body",
                   .type = ParamType::input,
                   .help = "file with the JSON to send; - or nothing: standard input",
                   .required = true,
                   .value_name = "F"};
  const Param idempotency{.name = "idempotency-key",
                          .help = "the same for every try of one write",
                          .value_name = "TEXT",
                          .header = "Idempotency-Key"};
  const Param version{.name = "if-version",
                      .help = "only if the provider still has this version of the cell: its `version` as it is read",
                      .value_name = "TEXT",
                      .header = "If-Match"};
  const Shape written{.columns = written_columns(), .single = true};
  return {
      {"row",
       "list",
       Scope::read,
       Authority::user,
       {{.name = "provider", .help = "only rows of this provider", .value_name = "ID"},
        {.name = "account", .help = "only rows of this account: its id, or provider:id", .value_name = "ACCOUNT"},
        {.name = "patterns", .type = ParamType::flag, .help = "the patterns alone, whatever accounts there are"},
        {.name = "all", .type = ParamType::flag, .help = "also rows of other types than data, which hold no cells"}},
       row_list,
       "list the rows of the accounts, and the patterns of rows that have none yet",
       {Method::get, "/api/rows"},
       {.columns = row_columns(), .list = "rows"}},
      {"row",
       "get",
       Scope::read,
       Authority::user,
       {key_param,
        {.name = "from", .type = ParamType::time, .help = "first date inside", .value_name = "D"},
        {.name = "to",
         .type = ParamType::time,
         .help = "last bucket inside (ym-2026-04 includes April), or an instant, exclusive",
         .value_name = "D"},
        {.name = "limit", .type = ParamType::integer, .help = "at most so many cells", .value_name = "N"},
        {.name = "cursor", .help = "the next page: `next` of the answer before", .value_name = "CURSOR"},
        {.name = "order",
         .type = ParamType::choice,
         .help = "asc or desc, by date (asc)",
         .value_name = "ORDER",
         .choices = {"asc", "desc"}},
        {.name = "include",
         .type = ParamType::choice,
         .help = "raw: with the service's own bytes, where the provider keeps them",
         .value_name = "WHAT",
         .choices = {"raw"}}},
       row_get,
       "print the cells of a row; without a range everything",
       {Method::get, cells_path},
       {.columns = cell_columns(), .list = "cells", .dated = true, .page = 1000, .extras = cell_extras()},
       Answers::later,
       row_get_known},
      {"row",
       "sync",
       Scope::sync,
       Authority::user,
       {key_param,
        {.name = "stage", .help = "one stage; without it all, in order", .value_name = "S"},
        {.name = "timeout",
         .type = ParamType::duration,
         .help = "give up waiting after this long (90, 5m, 2h)",
         .value_name = "T"}},
       row_sync,
       "fetch a row from its provider",
       {Method::post, "/api/rows/{key}/sync"},
       {.columns = run_columns().columns(), .list = "runs"}},
      {"row",
       "coverage",
       Scope::read,
       Authority::user,
       {key_param},
       row_coverage,
       "show which dates of a row were asked for, and with what answer",
       {Method::get, "/api/rows/{key}/coverage"},
       {.columns = covered_columns(), .list = "coverage"}},
      {"row",
       "post",
       Scope::write,
       Authority::user,
       {key_param, body, idempotency},
       row_post,
       "create a cell at the provider",
       {Method::post, cells_path},
       written},
      {"row",
       "patch",
       Scope::write,
       Authority::user,
       {key_param, id, date, body, idempotency, version},
       row_patch,
       "change a cell at the provider",
       {Method::patch, cells_path},
       written},
      {"row",
       "delete",
       Scope::write,
       Authority::user,
       {key_param, id, date, idempotency, version},
       row_delete,
       "delete a cell at the provider",
       {Method::del, cells_path},
       written},
  };
}

}  // namespace tento::host
