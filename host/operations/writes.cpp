// SPDX-License-Identifier: Apache-2.0
// row post, patch, delete: writes that the provider does upstream.
#include <simdjson.h>

#include <algorithm>
#include <optional>

#include "host/model/version_text.hpp"
#include "host/operations/columns.hpp"
#include "host/operations/describe.hpp"
#include "host/operations/rows.hpp"
#include "host/operations/runs.hpp"

namespace tento::host {
namespace {

constexpr std::int64_t sync_after_write_ms = 10 * 60'000;

// What became of a write.
struct WrittenCells {
  std::string key;
  bool accepted = false;
  TxnCounts counts;
  std::string cells_json;
};

const Columns<WrittenCells>& write_columns() {
  static const Columns<WrittenCells> all{
      {{.name = "key", .help = "lookup key"}, [](const WrittenCells& written) -> Field { return written.key; }},
      {{.name = "status", .help = "stored, or accepted: the provider took it without saying what became of it"},
       [](const WrittenCells& written) -> Field { return std::string(written.accepted ? "accepted" : "stored"); }},
      {{.name = "added", .type = FieldType::integer, .help = "cells"},
       [](const WrittenCells& written) { return count_field(written.counts.added); }},
      {{.name = "updated", .type = FieldType::integer},
       [](const WrittenCells& written) { return count_field(written.counts.updated); }},
      {{.name = "deleted", .type = FieldType::integer},
       [](const WrittenCells& written) { return count_field(written.counts.deleted); }},
      {{.name = "cells", .type = FieldType::json, .help = "what is stored now"},
       [](const WrittenCells& written) -> Field { return Json{written.cells_json}; }},
  };
  return all;
}

Result<void> check_json(const std::string& body) {
  simdjson::dom::parser parser;
  simdjson::dom::element element;
  if (const auto error = parser.parse(body).get(element); error != simdjson::SUCCESS)
    return fail(usage_error(std::string("the body is no JSON: ") + simdjson::error_message(error),
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

Error precondition_failed(const std::string& why) {
  auto e = fail(ErrorCode::conflict, ErrorClass::config, why, "precondition_failed").value();
  e.remedy = "read the cell again, then decide";
  return e;
}

// What `--if-version` and If-Match say: `*`, or versions as text, over HTTP as entity tags (RFC 9110, 13.1.1).
struct Condition {
  bool any = false;  // whatever version it has, as long as it is there
  std::vector<std::string> versions;
};

Result<Condition> read_condition(std::string_view text) {
  const auto trimmed = [](std::string_view part) {
    while (!part.empty() && (part.front() == ' ' || part.front() == '\t')) part.remove_prefix(1);
    while (!part.empty() && (part.back() == ' ' || part.back() == '\t')) part.remove_suffix(1);
    return part;
  };
  Condition out;
  if (trimmed(text) == "*") {
    out.any = true;
    return out;
  }
  while (!text.empty()) {
    const auto end = text.find(',');
    auto part = trimmed(text.substr(0, end));
    text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
    // A weak tag is of no version: it matches none.
    if (part.empty() || part.starts_with("W/")) continue;
    if (part.size() >= 2 && part.front() == '"' && part.back() == '"') part = part.substr(1, part.size() - 2);
    auto version = version_of_text(part);
    if (!version)
      return fail(usage_error("{param:if-version}: " + version.error().message,
                              "send a version as the cell's `version` or ETag has it, unchanged"));
    if (!version->empty()) out.versions.push_back(std::move(*version));
  }
  return out;
}

// The version that the provider is to find. It is the judge of that; the store decides only what it alone is asked.
Result<std::string> expected_version(Store& store, const Target& target, const WriteRequest& request,
                                     const Condition& condition) {
  if (!condition.any && condition.versions.size() == 1) return condition.versions.front();
  CellKey key{request.cell_id, {}};
  if (request.cell_date) key.date = request.cell_date->to_abi();
  TENTO_TRY_ASSIGN(const auto known, store.cells().find(target.row.id, key));
  if (!known) return fail(precondition_failed("the row " + target.row.lookup_key + " has no such cell"));
  if (condition.any) return std::string();
  const auto& versions = condition.versions;
  if (std::find(versions.begin(), versions.end(), known->version) == versions.end())
    return fail(precondition_failed("the cell has none of these versions"));
  return known->version;
}

Result<Output> write(HostContext& ctx, const Args& args, WriteRequest request) {
  std::optional<Condition> condition;
  if (args.has("if-version")) {
    TENTO_TRY_ASSIGN(condition, read_condition(args.text("if-version")));
  }
  request.idempotency_key = args.text("idempotency-key");
  TENTO_TRY_ASSIGN(const auto target, resolve_target(ctx, args.text("key"), request.verb));
  if (condition) {
    TENTO_TRY_ASSIGN(request.expected, expected_version(ctx.store, target, request, *condition));
  }
  CallOptions options;
  options.actor = ctx.caller.actor;
  options.control = std::make_shared<CallControl>();
  if (ctx.caller.on_interrupt) ctx.caller.on_interrupt([control = options.control] { control->cancel(); });
  auto outcome_or = ctx.host.dispatcher.write(target, request, options);
  if (!outcome_or && !request.expected.empty() && outcome_or.error().code == ErrorCode::conflict) {
    auto e = std::move(outcome_or).error();
    e.tag = "precondition_failed";
    return fail(std::move(e));
  }
  if (!outcome_or) return fail(outcome_or.error());
  const auto& outcome = *outcome_or;

  Output out;
  out.single = true;
  out.columns = write_columns().columns();
  std::string cells = "[";
  for (const auto& cell : outcome.cells_json) {
    if (cells.size() > 1) cells += ',';
    cells += cell;
  }
  cells += ']';
  auto counts = outcome.counts;
  const auto* shape = target.match.route->sync_shape;
  if (outcome.accepted_only && shape != nullptr) {
    // The provider took it without saying what became of it: the first stage fetches that.
    TENTO_TRY_ASSIGN(const auto runs, sync_and_wait(ctx, target, stage_names(shape).front(), sync_after_write_ms));
    for (const auto& run : runs) {
      counts.added += run.counts.added;
      counts.updated += run.counts.updated;
      counts.deleted += run.counts.deleted;
    }
    out.accepted = ctx.caller.patience_ms && std::any_of(runs.begin(), runs.end(), is_under_way);
    out.then = error_of_runs(ctx, runs);
  }
  out.records.push_back(
      write_columns().record({target.row.lookup_key, outcome.accepted_only, counts, std::move(cells)}));
  return out;
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
