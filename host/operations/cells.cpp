// SPDX-License-Identifier: Apache-2.0
// row get: cells of a row, streamed from the store, from its runs, or from the provider that computes them.
#include <array>
#include <chrono>
#include <functional>
#include <span>

#include "host/base/encoding.hpp"
#include "host/loader/descriptors.hpp"
#include "host/loader/grammar.hpp"
#include "host/model/time_text.hpp"
#include "host/model/version_text.hpp"
#include "host/operations/freshness_note.hpp"
#include "host/operations/rows.hpp"
#include "host/services/row_service.hpp"

namespace tento::host {
namespace {

// Hands cells to a record visitor without copying their data.
class CellRecords {
 public:
  CellRecords(const RecordVisitor& visit, bool raw) : visit_(visit), raw_(raw) {}
  bool operator()(const CellView& cell) {
    date_.clear();
    end_.clear();
    version_.clear();
    append_semantic_time(date_, cell.date);
    append_version_text(version_, cell.version);
    if (cell.end_date.kind != TENTO_TIME_NONE) append_semantic_time(end_, cell.end_date);
    const FieldView none;
    std::array<FieldView, 8> fields = {cell.id.empty() ? none : FieldView(cell.id),
                                       FieldView(std::string_view(date_)),
                                       end_.empty() ? none : FieldView(std::string_view(end_)),
                                       FieldView(JsonView{cell.data}),
                                       version_.empty() ? none : FieldView(std::string_view(version_)),
                                       FieldView(cell.updated_us)};
    if (!raw_) return visit_(std::span(fields).first(6));
    const bool text = grammar::is_utf8(cell.raw);
    if (!text) base64_ = base64(cell.raw);
    fields[6] = cell.raw.empty() || !text ? none : FieldView(cell.raw);
    fields[7] = text ? none : FieldView(std::string_view(base64_));
    return visit_(fields);
  }

 private:
  const RecordVisitor& visit_;
  const bool raw_;
  std::string date_, end_, version_, base64_;
};

PartRole role_of(const tento_field& field) {
  switch (field.role) {
    case TENTO_ROLE_TITLE:
      return PartRole::title;
    case TENTO_ROLE_VALUE:
      return PartRole::value;
    case TENTO_ROLE_CATEGORY:
      return PartRole::category;
    case TENTO_ROLE_START:
      return PartRole::start;
    case TENTO_ROLE_END:
      return PartRole::end;
    case TENTO_ROLE_URL:
      return PartRole::url;
    default:
      return PartRole::none;
  }
}

std::vector<ColumnPart> data_parts(const tento_row& row) {
  std::vector<ColumnPart> parts;
  for (const auto* field : fields(row)) {
    std::string title(view(field->label.text));
    const auto pointer = view(field->pointer);
    if (title.empty()) title = pointer.substr(pointer.empty() ? 0 : 1);
    parts.push_back({std::string(pointer), std::move(title), role_of(*field), std::string(view(field->unit))});
  }
  return parts;
}

CalendarInfo calendar_of(const Target& target) {
  const auto& route = *target.match.route;
  // What the service calls it, as the row was discovered; else what the provider calls such rows.
  CalendarInfo out{target.row.id.text(), target.row.label};
  if (out.name.empty()) out.name = view(route.row->label.text);
  if (out.name.empty()) out.name = target.row.lookup_key;
  out.encoding = view(route.row->encoding);
  if (route.sync_shape != nullptr && route.sync_shape->stale_after_s > 0)
    out.refresh_s = route.sync_shape->stale_after_s;
  return out;
}

// What people are told beside the cells.
void add_notes(const RowReading& reading, std::vector<std::string>& notes) {
  const auto& target = reading.target();
  if (target.state == RowState::disconnected)
    notes.push_back("its account is disconnected: this is what was kept, and nothing is fetched");
  if (target.state == RowState::no_provider)
    notes.push_back("no loaded provider serves this row: this is what was kept, and nothing is fetched");
  if (const auto& why = reading.not_queued()) notes.push_back("no sync can be queued: " + why->message);
  if (const auto& check = reading.freshness())
    if (auto note = freshness_note(*check, target.row.lookup_key, reading.never_asked()))
      notes.push_back(std::move(*note));
}

}  // namespace

std::vector<Column> cell_columns() {
  return {{.name = "id", .nullable = true},
          {.name = "date", .help = "semantic time"},
          {.name = "end_date", .nullable = true, .help = "semantic time"},
          {.name = "data", .type = FieldType::json},
          {.name = "version",
           .nullable = true,
           .help = "what the service calls this state of the cell, as --if-version takes it; absent where it has none",
           .only_in_data = true},
          {.name = "updated_us", .type = FieldType::integer, .internal = true},
          {.name = "raw",
           .nullable = true,
           .help = "with --include raw: the service's own bytes, where they are text",
           .only_in_data = true,
           .on_request = true},
          {.name = "raw_base64",
           .nullable = true,
           .help = "with --include raw: the same, where they are not text",
           .only_in_data = true,
           .on_request = true}};
}

std::vector<Column> cell_columns(const Target& target, bool raw) {
  auto columns = cell_columns();
  if (!raw) std::erase_if(columns, [](const Column& column) { return column.on_request; });
  for (auto& column : columns)
    if (column.name == "data") column.parts = data_parts(*target.match.route->row);
  return columns;
}

Result<RowQuery> row_query(const Args& args) {
  RowQuery query;
  query.range = Span{args.time("from"), args.time("to")};
  query.limit = static_cast<std::uint64_t>(args.integer("limit").value_or(0));
  if (args.has("limit") && query.limit == 0)
    return fail(usage_error("{param:limit} must be at least 1", "leave it out for all"));
  if (args.view("order") == "desc") query.order = ReadOrder::descending;
  query.cursor = args.text("cursor");
  query.raw = args.view("include") == "raw";
  return query;
}

namespace {

Output cells_of(const std::shared_ptr<RowReading>& reading, bool raw) {
  Output out;
  out.columns = cell_columns(reading->target(), raw);
  out.calendar = calendar_of(reading->target());
  out.list_name = "cells";
  out.state = reading->state();
  out.beside = reading->beside();
  add_notes(*reading, out.notes);
  const auto part = [reading, raw](const RecordVisitor& visit) {
    CellRecords records(visit, raw);
    return reading->cells(std::ref(records));
  };
  if (reading->target().has_stored_cells())
    out.parts = part;
  else
    out.stream = [part](const RecordVisitor& visit) -> Result<void> {
      TENTO_TRY(part(visit));
      return {};
    };
  out.extras = [reading]() -> Result<std::vector<std::pair<std::string, Json>>> {
    TENTO_TRY_ASSIGN(auto members, reading->members());
    std::vector<std::pair<std::string, Json>> extras;
    for (auto& [name, json] : members) extras.emplace_back(name, Json{std::move(json)});
    return extras;
  };
  return out;
}

}  // namespace

Result<Output> row_get(HostContext& ctx, const Args& args) {
  TENTO_TRY_ASSIGN(auto viewer, viewer_of(ctx));
  TENTO_TRY_ASSIGN(auto target, ctx.host.row_service.find(viewer, args.text("key"), TENTO_VERB_GET));
  TENTO_TRY_ASSIGN(auto query, row_query(args));
  query.most_bytes = ctx.caller.most_page_bytes;
  RowReadOptions options;
  options.actor = ctx.caller.actor;
  options.may_add_rows = allows(ctx.caller.principal, Scope::sync);
  options.control = std::make_shared<CallControl>();
  if (ctx.caller.on_interrupt) ctx.caller.on_interrupt([control = options.control] { control->cancel(); });
  // Own rows by their whole key: one that leaves its account out may lead elsewhere by then.
  const bool own = target.owner.id == viewer.user.id;
  options.still_readable = [&service = ctx.host.row_service, viewer = std::move(viewer),
                            key = own ? target.row.lookup_key : args.text("key")]() -> Result<void> {
    TENTO_TRY(service.find_readable(viewer, key));
    return {};
  };

  const bool raw = query.raw;
  TENTO_TRY_ASSIGN(const auto reading,
                   ctx.host.row_service.read(std::move(target), std::move(query), std::move(options)));
  const auto preferred_wait_ms = ctx.caller.preferred_wait_ms.value_or(0);
  const auto until = std::chrono::steady_clock::now() + std::chrono::milliseconds(preferred_wait_ms);
  auto synced = preferred_wait_ms > 0 ? ctx.host.row_service.when_synced(reading, until) : nullptr;
  if (!synced) return cells_of(reading, raw);
  return pending_output<std::shared_ptr<RowReading>>(
      std::move(synced),
      [raw](const std::shared_ptr<RowReading>& fresh) -> Result<Output> { return cells_of(fresh, raw); });
}

std::shared_ptr<const RowDocument> row_get_known(const Host& host, const UserRecord& user, const Caller& caller,
                                                 const Args& args) {
  const auto query = row_query(args);
  if (!query) return nullptr;
  return host.row_documents.find(user, caller.principal, caller.actor, args.view("key"), *query);
}

}  // namespace tento::host
