// SPDX-License-Identifier: Apache-2.0
// cell show: one cell of a row, with the version by which a write can say that it meant this state of it.
#include "host/base/error.hpp"
#include "host/base/text.hpp"
#include "host/model/moments.hpp"
#include "host/model/version_text.hpp"
#include "host/operations/rows.hpp"
#include "host/store/cells_json.hpp"

namespace tento::host {
namespace {

std::vector<Column> cell_show_columns() {
  auto all = cell_columns();
  std::erase_if(all, [](const Column& column) { return column.internal || column.on_request; });
  return all;
}

// By its id; by its date in a row whose cells have none.
struct Named {
  std::string text;
  std::optional<SemanticTime> date;
};

bool is(const CellView& cell, const Named& named) {
  if (!cell.id.empty()) return cell.id == named.text;
  if (!named.date) return false;
  auto date = cell.date, wanted = named.date->to_abi();
  date.offset_minutes = wanted.offset_minutes = 0;  // the same moment, told otherwise, is the same
  std::string a, b;
  append_semantic_time(a, date);
  append_semantic_time(b, wanted);
  return a == b;
}

Record record_of(const CellView& cell) {
  return {text_or_absent(std::string(cell.id)), time_or_absent(cell.date), time_or_absent(cell.end_date),
          Json{std::string(cell.data)}, text_or_absent(version_text(cell.version))};
}

Result<std::optional<Record>> stored(Store& store, const Uuid& row, const Named& named) {
  TENTO_TRY_ASSIGN(auto found, store.cells().find(row, CellKey{named.text, {}}));
  if (!found && named.date) {
    TENTO_TRY_ASSIGN(found, store.cells().find(row, CellKey{{}, named.date->to_abi()}));
  }
  if (!found) return std::nullopt;
  CellView cell;
  cell.id = found->id;
  cell.date = found->date;
  cell.end_date = found->end_date;
  cell.data = found->data;
  cell.version = found->version;
  return record_of(cell);
}

// Of a row that is made when it is read: from what comes, up to the cell.
Result<std::optional<Record>> made(HostContext& ctx, const Target& target, const Named& named) {
  CallOptions options;
  options.actor = ctx.caller.actor;
  options.control = std::make_shared<CallControl>();
  if (ctx.caller.on_interrupt) ctx.caller.on_interrupt([control = options.control] { control->cancel(); });
  std::optional<Record> out;
  TENTO_TRY(ctx.host.dispatcher.list_cells(target, {}, 0, options, [&](const CellView& cell) {
    if (is(cell, named)) out = record_of(cell);
    return !out;
  }));
  return out;
}

}  // namespace

Result<Output> cell_show(HostContext& ctx, const Args& args) {
  TENTO_TRY_ASSIGN(const auto target, resolve_target(ctx, args.text("key"), TENTO_VERB_GET));
  TENTO_TRY(ctx.host.dispatcher.check_guards(target, TENTO_VERB_GET, ctx.caller.actor));
  Named named{args.text("id"), {}};
  if (auto date = SemanticTime::parse(named.text)) named.date = *date;
  TENTO_TRY_ASSIGN(auto record,
                   target.has_stored_cells() ? stored(ctx.host.store, target.row.id, named) : made(ctx, target, named));
  if (!record) {
    return error(ErrorCode::not_found, ErrorClass::config,
                 "the row " + target.row.lookup_key + " has no cell " + quote(named.text))
        .tag("no_such_cell")
        .remedy("name it by its id, or by its date in a row whose cells have no id; {op:row get} shows them");
  }
  Output out;
  out.single = true;
  out.columns = cell_columns(target, false);
  std::erase_if(out.columns, [](const Column& column) { return column.internal; });
  if (const auto* version = std::get_if<std::string>(&record->back())) out.version = *version;
  out.records.push_back(std::move(*record));
  return out;
}

std::vector<Operation> cell_operations() {
  return {{"cell",
           "show",
           Scope::read,
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
