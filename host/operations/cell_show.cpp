// SPDX-License-Identifier: Apache-2.0
// cell show: one cell of a row, with the version by which a write can say that it meant this state of it.
#include "host/model/time_text.hpp"
#include "host/model/version_text.hpp"
#include "host/operations/rows.hpp"

namespace tento::host {
namespace {

std::vector<Column> cell_show_columns() {
  auto all = cell_columns();
  std::erase_if(all, [](const Column& column) { return column.internal || column.on_request; });
  return all;
}

}  // namespace

Result<Output> cell_show(HostContext& ctx, const Args& args) {
  TENTO_TRY_ASSIGN(const auto target, resolve_target(ctx, args.text("key"), TENTO_VERB_GET));
  RowReadOptions options;
  options.actor = ctx.caller.actor;
  options.control = std::make_shared<CallControl>();
  if (ctx.caller.on_interrupt) ctx.caller.on_interrupt([control = options.control] { control->cancel(); });
  TENTO_TRY_ASSIGN(const auto cell, ctx.host.row_service.cell(target, args.text("id"), options));
  Output out;
  out.single = true;
  out.columns = cell_columns(target, false);
  std::erase_if(out.columns, [](const Column& column) { return column.internal; });
  out.version = version_text(cell.version);
  out.records.push_back({text_or_absent(cell.id), time_or_absent(cell.date), time_or_absent(cell.end_date),
                         Json{cell.data}, text_or_absent(out.version)});
  return out;
}

std::vector<Operation> cell_operations() {
  return {{"cell",
           "show",
           Scope::read,
           Authority::user,
           {{.name = "key", .help = "lookup key of its row", .positional = true, .required = true, .value_name = "KEY"},
            {.name = "id",
             .help = "id of the cell, or its date in a row whose cells have no id",
             .positional = true,
             .required = true,
             .value_name = "ID"}},
           cell_show,
           "show one cell as it is held; over HTTP its version is the ETag, which If-Match takes back",
           {Method::get, "/api/rows/{key}/cells/{id}"},
           {.columns = cell_show_columns(), .single = true}}};
}

}  // namespace tento::host
