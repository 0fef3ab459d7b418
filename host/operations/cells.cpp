// SPDX-License-Identifier: Apache-2.0
// row get: cells of a row, streamed from the store, from its runs, or from the provider that computes them.
#include <optional>

#include "host/base/json.hpp"
#include "host/loader/descriptors.hpp"
#include "host/model/moments.hpp"
#include "host/model/version_text.hpp"
#include "host/operations/coverage.hpp"
#include "host/operations/made_page.hpp"
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
  CellRecords(const RecordVisitor& visit, std::uint64_t limit) : visit_(visit), limit_(limit) {}  // 0 = all
  bool operator()(const CellView& cell) {
    if (cell.tombstone) return true;
    date_.clear();
    end_.clear();
    version_.clear();
    append_semantic_time(date_, cell.date);
    append_version_text(version_, cell.version);
    if (cell.end_date.kind != TENTO_TIME_NONE) append_semantic_time(end_, cell.end_date);
    const FieldView none;
    const FieldView fields[] = {cell.id.empty() ? none : FieldView(cell.id),
                                FieldView(std::string_view(date_)),
                                end_.empty() ? none : FieldView(std::string_view(end_)),
                                FieldView(JsonView{cell.data}),
                                version_.empty() ? none : FieldView(std::string_view(version_)),
                                FieldView(cell.updated_us)};
    ++count_;
    return visit_(fields) && (limit_ == 0 || count_ < limit_);
  }

 private:
  const RecordVisitor& visit_;
  std::uint64_t limit_;
  std::uint64_t count_ = 0;
  std::string date_, end_, version_;
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

// A page of a stored row.
Result<void> read_stored(Request& request, CellStore& store, const RecordVisitor& visit) {
  CellRecords records(visit, request.limit);
  const PageRequest page{request.order, request.limit, request.cursor};
  TENTO_TRY_ASSIGN(auto end, store.read_page(request.target.row.id, request.moments, page,
                                             [&](const CellView& cell) { return records(cell); }));
  request.next = std::move(end.next);
  return {};
}

// A page of a row whose cells are made when they are read: by the provider, or from the row's runs.
Result<void> read_made(Request& request, Dispatcher& dispatcher, const CallOptions& options,
                       const RecordVisitor& visit) {
  TENTO_TRY_ASSIGN(auto page, MadePage::begin(request.limit, request.cursor));
  Span window = request.window;
  // What starts before the last cell of the page before need not be made again.
  if (const auto from = page.from_us(); from && *from > request.moments.from_us)
    window.from = SemanticTime(Instant(std::chrono::microseconds(*from)));
  // One more tells whether there is another page. Behind a cursor nobody knows how many of those that come were given.
  const std::uint64_t wanted = request.limit == 0 || page.from_us() ? 0 : request.limit + 1;
  CellRecords records(visit, 0);
  TENTO_TRY(dispatcher.list_cells(request.target, window, wanted, options, [&](const CellView& cell) {
    switch (page(cell)) {
      case MadePage::Place::before:
        return true;
      case MadePage::Place::inside:
        return records(cell);
      case MadePage::Place::behind:
        break;
    }
    return false;
  }));
  request.next = page.next();
  return {};
}

// What the records of a stored row come from: its cells, whose latest change the row knows, and how they are shown.
std::string state_of(const Target& target) {
  const auto& row = target.row;
  return row.id.text() + "|" + std::to_string(row.change_seq) + "|" + target.zone() + "|" +
         target.match.route->provider->note().version + "|" + row.label;
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
    return fail(usage_error("the range is empty: {param:from} is not before the end of {param:to}",
                            "swap them, or leave one out"));
  return moments;
}

std::vector<Column> cell_columns() {
  return {{.name = "id", .nullable = true},
          {.name = "date", .help = "semantic time"},
          {.name = "end_date", .nullable = true, .help = "semantic time"},
          {.name = "data", .type = FieldType::json},
          {.name = "version",
           .nullable = true,
           .help = "what the service calls this state of the cell, as --if-version takes it; absent where it has none",
           .only_in_data = true},
          {.name = "updated_us", .type = FieldType::integer, .internal = true}};
}

std::vector<Column> cell_columns(const Target& target) {
  auto columns = cell_columns();
  for (auto& column : columns)
    if (column.name == "data") column.parts = data_parts(*target.match.route->row);
  return columns;
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
    return fail(usage_error("{param:limit} must be at least 1", "leave it out for all"));
  if (args.text("order") == "desc") request->order = ReadOrder::descending;
  request->cursor = args.text("cursor");

  TENTO_TRY_ASSIGN(auto* host, ctx.engine.host());
  // Before anything of the row is told, its coverage and its freshness too.
  TENTO_TRY(host->dispatcher().check_guards(request->target, TENTO_VERB_GET, ctx.caller.actor));
  auto& store = host->store();
  Output out;
  out.columns = cell_columns(request->target);
  out.calendar = calendar_of(request->target);
  out.list_name = "cells";
  const bool stored = is_stored(request->target);
  if (!stored && request->order == ReadOrder::descending)
    return fail(usage_error(
        request->target.row.lookup_key + " is made when it is read, from its first date on: it has no order desc",
        "leave {param:order} out, and name the last dates with {param:from}"));
  std::string freshness = "null";
  std::vector<CoverageRecord> coverage;
  if (stored) {
    const auto& key = request->target.row.lookup_key;
    TENTO_TRY_ASSIGN(coverage, store.coverage(request->target.row.id));
    auto check = host->orchestrator().before_read(request->target, request->moments);
    // What is held is shown whatever becomes of that.
    // Who is patient reads what that brings.
    if (const auto patience = ctx.caller.patience_ms.value_or(0); check && patience > 0 && !check->queued.empty()) {
      TENTO_TRY(host->orchestrator().wait(check->queued, patience, {}));
      check = host->orchestrator().before_read(request->target, request->moments);
      TENTO_TRY_ASSIGN(const auto row, store.row(request->target.row.id));
      if (row) request->target.row = *row;
    }
    if (check) {
      freshness = freshness_json(*check);
      out.beside = freshness;
      if (auto note = freshness_note(*check, key, coverage.empty())) out.notes.push_back(std::move(*note));
    } else {
      out.notes.push_back("no sync can be queued: " + check.error().message);
    }
  }
  out.extras = [request, &store, stored, freshness]() -> Result<std::vector<std::pair<std::string, Json>>> {
    std::string covered = "[]";
    if (stored) {
      TENTO_TRY_ASSIGN(const auto records, store.coverage(request->target.row.id));
      covered = coverage_json(records, request->target.match.route->sync_shape->stale_after_s);
    }
    std::string next = "null";
    if (!request->next.empty()) append_json_string(next = {}, request->next);
    return std::vector<std::pair<std::string, Json>>{{"coverage", Json{std::move(covered)}},
                                                     {"freshness", Json{freshness}},
                                                     {"next", Json{std::move(next)}},
                                                     {"row", Json{row_json(request->target)}}};
  };
  if (stored) {
    out.state = state_of(request->target);
    out.beside += coverage_json(coverage, request->target.match.route->sync_shape->stale_after_s);
    out.stream = [request, &store](const RecordVisitor& visit) { return read_stored(*request, store, visit); };
    return out;
  }
  TENTO_TRY(MadePage::begin(request->limit, request->cursor));
  CallOptions options;
  options.actor = ctx.caller.actor;
  options.control = std::make_shared<CallControl>();
  if (ctx.caller.on_interrupt) ctx.caller.on_interrupt([control = options.control] { control->cancel(); });
  out.stream = [request, dispatcher = &host->dispatcher(), options](const RecordVisitor& visit) {
    return read_made(*request, *dispatcher, options, visit);
  };
  return out;
}

}  // namespace tento::host
