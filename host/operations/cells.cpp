// SPDX-License-Identifier: Apache-2.0
// row get: cells of a row, streamed from the store, from its runs, or from the provider that computes them.
#include "host/deps/moments.hpp"
#include "host/loader/descriptors.hpp"
#include "host/operations/coverage.hpp"
#include "host/operations/rows.hpp"
#include "host/store/cells_json.hpp"

namespace tento::host {
namespace {

struct Request {
  Target target;
  Span window;
  Moments moments;
  std::uint64_t limit = 0;  // 0 = all
  ReadOrder order = ReadOrder::ascending;
  std::string cursor;
  std::string next;  // of the page that was read; empty = the last
};

// Hands cells to a record visitor without copying their data.
class CellRecords {
 public:
  CellRecords(const RecordVisitor& visit, std::uint64_t limit) : visit_(visit), limit_(limit) {}
  bool operator()(const CellView& cell) {
    if (cell.tombstone) return true;
    date_.clear();
    end_.clear();
    append_semantic_time(date_, cell.date);
    if (cell.end_date.kind != TENTO_TIME_NONE) append_semantic_time(end_, cell.end_date);
    const FieldView none;
    const FieldView fields[] = {cell.id.empty() ? none : FieldView(cell.id), FieldView(std::string_view(date_)),
                                end_.empty() ? none : FieldView(std::string_view(end_)), FieldView(JsonView{cell.data}),
                                FieldView(cell.updated_us)};
    ++count_;
    return visit_(fields) && (limit_ == 0 || count_ < limit_);
  }

 private:
  const RecordVisitor& visit_;
  std::uint64_t limit_;
  std::uint64_t count_ = 0;
  std::string date_, end_;
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
  CalendarInfo out{target.row.id.text(), std::string(view(route.row->label.text))};
  if (out.name.empty()) out.name = target.row.lookup_key;
  if (route.sync_shape != nullptr && route.sync_shape->stale_after_s > 0)
    out.refresh_s = route.sync_shape->stale_after_s;
  return out;
}

// A page of a stored row; the others have no pages.
Result<void> read_stored(Request& request, CellStore& store, const RecordVisitor& visit) {
  CellRecords records(visit, request.limit);
  const PageRequest page{request.order, request.limit, request.cursor};
  TENTO_TRY_ASSIGN(auto end, store.read_page(request.target.row.id, request.moments, page,
                                             [&](const CellView& cell) { return records(cell); }));
  request.next = std::move(end.next);
  return {};
}

}  // namespace

std::string row_json(const Target& target) {
  std::string out = "{\"key\":";
  append_json_string(out, target.row.lookup_key);
  out += ",\"id\":";
  append_json_string(out, target.row.id.text());
  out += ",\"pattern\":";
  append_json_string(out, target.match.route->pattern.text());
  out += ",\"zone\":";
  append_json_string(out, target.zone());
  return out + "}";
}

Result<Moments> moments_in_zone(const Target& target, const Span& window) {
  TENTO_TRY_ASSIGN(const auto zone, Zone::find(target.zone()));
  const auto moments = moments_of(window, zone);
  if (moments.from_us >= moments.to_us)
    return fail(usage_error("the range is empty: --from is not before the end of --to", "swap them, or leave one out"));
  return moments;
}

std::vector<Column> cell_columns() {
  return {{.name = "id", .nullable = true},
          {.name = "date", .help = "semantic time"},
          {.name = "end_date", .nullable = true, .help = "semantic time"},
          {.name = "data", .type = FieldType::json},
          {.name = "updated_us", .type = FieldType::integer, .internal = true}};
}

bool is_stored(const Target& target) {
  return target.match.route->logs_of == nullptr && target.match.route->sync_shape != nullptr;
}

Result<Output> row_get(Context& ctx, const Args& args) {
  auto request = std::make_shared<Request>();
  TENTO_TRY_ASSIGN(request->target, resolve_target(ctx, args.text("key"), TENTO_VERB_GET));
  request->window = window_of_range(Span{args.time("from"), args.time("to")});
  request->limit = static_cast<std::uint64_t>(args.integer("limit").value_or(0));
  TENTO_TRY_ASSIGN(request->moments, moments_in_zone(request->target, request->window));
  if (args.has("limit") && request->limit == 0)
    return fail(usage_error("--limit must be at least 1", "leave it out for all"));
  if (args.text("order") == "desc") request->order = ReadOrder::descending;
  request->cursor = args.text("cursor");

  TENTO_TRY_ASSIGN(auto* host, ctx.engine.host());
  // Before anything of the row is told, its coverage and its freshness too.
  TENTO_TRY(host->dispatcher().check_guards(request->target, TENTO_VERB_GET, ctx.caller.actor));
  const auto& route = *request->target.match.route;
  auto& store = host->store();
  Output out;
  out.columns = cell_columns();
  for (auto& column : out.columns)
    if (column.name == "data") column.parts = data_parts(*route.row);
  out.calendar = calendar_of(request->target);
  out.list_name = "cells";
  const bool stored = is_stored(request->target);
  if (!stored && (args.has("cursor") || args.has("order")))
    return fail(
        usage_error(request->target.row.lookup_key + " has neither pages nor an order: it is made when it is read",
                    "leave --cursor and --order out"));
  std::string freshness = "null";
  if (stored) {
    const auto& key = request->target.row.lookup_key;
    TENTO_TRY_ASSIGN(const auto coverage, store.coverage(request->target.row.id));
    auto check = host->orchestrator().before_read(request->target, request->moments);
    // What is held is shown whatever becomes of that.
    // Who is patient reads what that brings.
    if (const auto patience = ctx.caller.patience_ms.value_or(0); check && patience > 0 && !check->queued.empty()) {
      TENTO_TRY(host->orchestrator().wait(check->queued, patience, {}));
      check = host->orchestrator().before_read(request->target, request->moments);
    }
    if (check) {
      freshness = freshness_json(*check);
      if (auto note = freshness_note(*check, key, coverage.empty())) out.notes.push_back(std::move(*note));
    } else {
      out.notes.push_back("no sync can be queued: " + check.error().message);
    }
  }
  out.extras = [request, &store, stored, freshness]() -> Result<std::vector<std::pair<std::string, Json>>> {
    std::string coverage = "[]";
    if (stored) {
      TENTO_TRY_ASSIGN(const auto records, store.coverage(request->target.row.id));
      coverage = coverage_json(records, request->target.match.route->sync_shape->stale_after_s);
    }
    std::string next = "null";
    if (!request->next.empty()) append_json_string(next = {}, request->next);
    return std::vector<std::pair<std::string, Json>>{{"coverage", Json{std::move(coverage)}},
                                                     {"freshness", Json{freshness}},
                                                     {"next", Json{std::move(next)}},
                                                     {"row", Json{row_json(request->target)}}};
  };
  if (stored) {
    out.stream = [request, &store](const RecordVisitor& visit) { return read_stored(*request, store, visit); };
    return out;
  }
  CallOptions options;
  options.actor = ctx.caller.actor;
  options.control = std::make_shared<CallControl>();
  if (ctx.caller.on_interrupt) ctx.caller.on_interrupt([control = options.control] { control->cancelled = true; });
  out.stream = [request, dispatcher = &host->dispatcher(), options](const RecordVisitor& visit) {
    CellRecords records(visit, request->limit);
    return dispatcher->list_cells(request->target, request->window, request->limit, options,
                                  [&](const CellView& cell) { return records(cell); });
  };
  return out;
}

}  // namespace tento::host
