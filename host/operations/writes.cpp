// SPDX-License-Identifier: Apache-2.0
// row post, patch, delete: writes that the provider does upstream.
#include <simdjson.h>

#include <utility>

#include "host/operations/columns.hpp"
#include "host/operations/rows.hpp"
#include "host/services/row_writes.hpp"

namespace tento::host {
namespace {

constexpr std::int64_t sync_after_write_ms = 10 * 60'000;

// What became of a write, and to which row.
struct WrittenCells {
  std::string key;
  RowWritten result;
};

const Columns<WrittenCells>& write_columns() {
  static const Columns<WrittenCells> all{
      {{.name = "key", .help = "lookup key"}, [](const WrittenCells& written) -> Field { return written.key; }},
      {{.name = "status", .help = "stored, or accepted: the provider took it without saying what became of it"},
       [](const WrittenCells& written) -> Field {
         return std::string(written.result.accepted ? "accepted" : "stored");
       }},
      {{.name = "added", .type = FieldType::integer, .help = "cells"},
       [](const WrittenCells& written) { return count_field(written.result.counts.added); }},
      {{.name = "updated", .type = FieldType::integer},
       [](const WrittenCells& written) { return count_field(written.result.counts.updated); }},
      {{.name = "deleted", .type = FieldType::integer},
       [](const WrittenCells& written) { return count_field(written.result.counts.deleted); }},
      {{.name = "cells", .type = FieldType::json, .help = "what is stored now"},
       [](const WrittenCells& written) -> Field { return Json{written.result.cells_json}; }},
  };
  return all;
}

Result<void> check_json(const std::string& body) {
  simdjson::dom::parser parser;
  simdjson::dom::element element;
  if (const auto error = parser.parse(body).get(element); error != simdjson::SUCCESS)
    return fail(usage_error(std::string("the body is not valid JSON: ") + simdjson::error_message(error),
                            "send one JSON value (RFC 8259)"));
  return {};
}

// Which cell: by id, else by date. Only for verbs that change one that is there.
Result<void> choose_cell(const Args& args, WriteRequest& request) {
  if (args.has("id") == args.has("date"))
    return fail(usage_error(
        args.has("id") ? "{param:id} and {param:date} are both given" : "{param:id} or {param:date} is missing",
        "name the cell by its id, or by its date where cells have no id"));
  request.cell_id = args.text("id");
  request.cell_date = args.time("date");
  return {};
}

Output written_output(const Caller& caller, const WrittenCells& written) {
  Output out;
  out.single = true;
  out.columns = write_columns().columns();
  const bool may_go_on = caller.preferred_wait_ms.has_value();
  out.accepted = may_go_on && any_under_way(written.result.runs);
  out.then = error_of_runs(written.result.runs, may_go_on);
  out.records.push_back(write_columns().record(written));
  return out;
}

Result<Output> write(HostContext& ctx, const Args& args, WriteRequest request) {
  RowWrite write;
  if (args.has("if-version")) {
    auto condition = parse_write_condition(args.text("if-version"));
    if (!condition)
      return fail(usage_error("{param:if-version}: " + condition.error().message,
                              "send a version as the cell's `version` or ETag has it, unchanged"));
    write.condition = std::move(*condition);
  }
  request.idempotency_key = args.text("idempotency-key");
  TENTO_TRY_ASSIGN(const auto target, resolve_target(ctx, args.text("key"), request.verb));
  write.request = std::move(request);
  write.actor = ctx.caller.actor;
  write.control = std::make_shared<CallControl>();
  if (ctx.caller.on_interrupt) ctx.caller.on_interrupt([control = write.control] { control->cancel(); });
  write.wait = sync_wait(ctx, sync_after_write_ms);
  TENTO_TRY_ASSIGN(auto result, ctx.host.row_writes.write(target, std::move(write)));
  WrittenCells written{target.row.lookup_key, std::move(result)};
  auto sync = std::exchange(written.result.sync, nullptr);
  if (!sync) return written_output(ctx.caller, written);
  return pending_output<SyncResult>(
      std::move(sync), [&caller = ctx.caller, written = std::move(written)](SyncResult synced) -> Result<Output> {
        WrittenCells whole = written;
        whole.result.add_runs(std::move(synced.runs));
        return written_output(caller, whole);
      });
}

}  // namespace

std::vector<Column> written_columns() {
  return write_columns().columns();
}

Result<Output> row_post(HostContext& ctx, const Args& args) {
  WriteRequest request;
  request.verb = TENTO_VERB_POST;
  request.body = args.text("body");
  TENTO_TRY(check_json(request.body));
  return write(ctx, args, std::move(request));
}

Result<Output> row_patch(HostContext& ctx, const Args& args) {
  WriteRequest request;
  request.verb = TENTO_VERB_PATCH;
  request.body = args.text("body");
  TENTO_TRY(choose_cell(args, request));
  TENTO_TRY(check_json(request.body));
  return write(ctx, args, std::move(request));
}

Result<Output> row_delete(HostContext& ctx, const Args& args) {
  WriteRequest request;
  request.verb = TENTO_VERB_DELETE;
  TENTO_TRY(choose_cell(args, request));
  return write(ctx, args, std::move(request));
}

}  // namespace tento::host
