// SPDX-License-Identifier: Apache-2.0
// row get: cells of a row, streamed from the store, from its runs, or from the provider that computes them.
#include "host/deps/log_cells.hpp"
#include "host/deps/moments.hpp"
#include "host/loader/descriptors.hpp"
#include "host/operations/rows.hpp"
#include "host/store/cells_json.hpp"

namespace tento::host {
namespace {

struct Request {
  Target target;
  Span window;
  Moments moments;
  std::uint64_t limit = 0;  // 0 = all
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
                                end_.empty() ? none : FieldView(std::string_view(end_)),
                                FieldView(JsonView{cell.data})};
    ++count_;
    return visit_(fields) && (limit_ == 0 || count_ < limit_);
  }

 private:
  const RecordVisitor& visit_;
  std::uint64_t limit_;
  std::uint64_t count_ = 0;
  std::string date_, end_;
};

Column data_column(const tento_row& row) {
  Column column{.name = "data"};
  for (const auto* field : fields(row)) {
    std::string title(view(field->label.text));
    const auto pointer = view(field->pointer);
    if (title.empty()) title = pointer.substr(pointer.empty() ? 0 : 1);
    column.parts.push_back({std::string(pointer), std::move(title)});
  }
  return column;
}

std::string coverage_json(const std::vector<CoverageRecord>& coverage) {
  const auto moment = [](std::string& out, std::int64_t us) {
    const auto field = time_field(us);
    if (const auto* text = std::get_if<std::string>(&field))
      append_json_string(out, *text);
    else
      out += "null";
  };
  std::string out = "[";
  for (const auto& c : coverage) {
    if (out.size() > 1) out += ',';
    out += "{\"from\":";
    moment(out, c.span.from_us);
    out += ",\"to\":";
    moment(out, c.span.to_us);
    out += ",\"state\":";
    append_json_string(out, c.state == TENTO_COVERAGE_HAVE    ? "have"
                            : c.state == TENTO_COVERAGE_EMPTY ? "empty"
                            : c.state == TENTO_COVERAGE_STALE ? "stale"
                                                              : "failed");
    out += ",\"asked\":";
    moment(out, c.asked_us);
    out += ",\"reason\":";
    if (c.reason.empty())
      out += "null";
    else
      append_json_string(out, c.reason);
    out += '}';
  }
  return out + "]";
}

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

// A row that was never synced is not in the store yet; that is no error for a reader.
Result<std::vector<CoverageRecord>> coverage_of(CellStore& store, const Uuid& row) {
  TENTO_TRY_ASSIGN(const auto made, store.row(row));
  if (!made) return std::vector<CoverageRecord>();
  return store.coverage(row);
}

Result<Moments> moments_in_zone(const Target& target, const Span& window) {
  TENTO_TRY_ASSIGN(const auto zone, Zone::find(target.zone()));
  const auto moments = moments_of(window, zone);
  if (moments.from_us >= moments.to_us)
    return fail(usage_error("the range is empty: --from is not before the end of --to", "swap them, or leave one out"));
  return moments;
}

}  // namespace

Result<Output> row_get(Context& ctx, const Args& args) {
  auto request = std::make_shared<Request>();
  TENTO_TRY_ASSIGN(request->target, resolve_target(ctx, args.text("key"), TENTO_VERB_GET));
  request->window = window_of_range(Span{args.time("from"), args.time("to")});
  request->limit = static_cast<std::uint64_t>(args.integer("limit").value_or(0));
  TENTO_TRY_ASSIGN(request->moments, moments_in_zone(request->target, request->window));
  if (args.has("limit") && request->limit == 0)
    return fail(usage_error("--limit must be at least 1", "leave it out for all"));

  TENTO_TRY_ASSIGN(auto* host, ctx.engine.host());
  const auto& route = *request->target.match.route;
  auto& store = host->store();
  Output out;
  out.columns = {{.name = "id"}, {.name = "date"}, {.name = "end_date"}, data_column(*route.row)};
  out.list_name = "cells";
  const bool stored = route.logs_of == nullptr && route.sync_shape != nullptr;
  out.extras = [request, &store, stored]() -> Result<std::vector<std::pair<std::string, Json>>> {
    std::vector<CoverageRecord> coverage;
    if (stored) {
      TENTO_TRY_ASSIGN(coverage, coverage_of(store, request->target.row.id));
    }
    return std::vector<std::pair<std::string, Json>>{{"coverage", Json{coverage_json(coverage)}},
                                                     {"row", Json{row_json(request->target)}}};
  };

  if (route.logs_of != nullptr) {
    TENTO_TRY_ASSIGN(const auto parent_key, route.logs_of->pattern.key(request->target.match.params));
    TENTO_TRY_ASSIGN(const auto parent, resolve_target(ctx, parent_key, 0));
    out.stream = [request, &store, id = parent.row.id](const RecordVisitor& visit) {
      CellRecords records(visit, request->limit);
      return visit_log_cells(store, id, request->moments, request->limit, LogOrder::oldest_first,
                             [&](const CellView& cell) { return records(cell); });
    };
  } else if (route.sync_shape != nullptr) {
    TENTO_TRY_ASSIGN(const auto coverage, coverage_of(store, request->target.row.id));
    if (coverage.empty())
      out.notes.push_back("never synced; `tento row sync " + request->target.row.lookup_key + "` fetches it");
    out.stream = [request, &store](const RecordVisitor& visit) -> Result<void> {
      TENTO_TRY_ASSIGN(const auto made, store.row(request->target.row.id));
      if (!made) return {};
      CellRecords records(visit, request->limit);
      return store.read_cells(request->target.row.id, request->moments,
                              [&](const CellView& cell) { return records(cell); });
    };
  } else {
    auto* dispatcher = &host->dispatcher();
    CallOptions options;
    options.actor = ctx.caller.actor;
    options.control = std::make_shared<CallControl>();
    if (ctx.caller.on_interrupt) ctx.caller.on_interrupt([control = options.control] { control->cancelled = true; });
    out.stream = [request, dispatcher, options](const RecordVisitor& visit) {
      CellRecords records(visit, request->limit);
      return dispatcher->list_cells(request->target, request->window, request->limit, options,
                                    [&](const CellView& cell) { return records(cell); });
    };
  }
  return out;
}

}  // namespace tento::host
