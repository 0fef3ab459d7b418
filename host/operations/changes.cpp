// SPDX-License-Identifier: Apache-2.0
// change list: what became of cells behind a cursor, in commit order.
#include "host/operations/changes.hpp"

#include <array>

#include "host/base/json.hpp"
#include "host/model/time_text.hpp"
#include "host/model/version_text.hpp"
#include "host/operations/columns.hpp"
#include "host/operations/rows.hpp"
#include "host/services/change_reader.hpp"

namespace tento::host {
namespace {

constexpr std::int64_t default_changes = 1000;
constexpr std::int64_t most_changes = 10'000;

bool is_gone(const Change& change) {
  return change.kind == ChangeKind::deleted || change.kind == ChangeKind::row_gone;
}

const Columns<Change>& change_columns() {
  static const Columns<Change> all{
      {{.name = "kind", .help = "added, updated, deleted, or row_gone: the row went with all its cells"},
       [](const Change& change) -> Field { return std::string(to_string(change.kind)); }},
      {{.name = "key", .help = "lookup key"},
       [](const Change& change) -> Field { return std::string(change.lookup_key); }},
      {{.name = "id", .nullable = true},
       [](const Change& change) { return text_or_absent(std::string(change.cell.id)); }},
      {{.name = "date", .nullable = true, .help = "semantic time"},
       [](const Change& change) { return time_or_absent(change.cell.date); }},
      {{.name = "end_date", .nullable = true, .help = "semantic time"},
       [](const Change& change) { return time_or_absent(change.cell.end_date); }},
      {{.name = "data", .type = FieldType::json, .nullable = true, .help = "absent for what is gone"},
       [](const Change& change) { return is_gone(change) ? Field() : Field(Json{std::string(change.cell.data)}); }},
      {{.name = "version",
        .nullable = true,
        .help = "of the cell, as --if-version takes it; absent for what is gone or has none",
        .only_in_data = true},
       [](const Change& change) { return text_or_absent(version_text(change.cell.version)); }},
      {{.name = "cursor", .help = "behind this change", .only_in_data = true},
       [](const Change& change) -> Field { return change.cursor(); }},
  };
  return all;
}

Result<Output> list_changes(HostContext& ctx, const Args& args) {
  const auto limit = args.integer("limit").value_or(default_changes);
  if (limit < 1 || limit > most_changes)
    return fail(usage_error("{param:limit} must be from 1 to " + std::to_string(most_changes),
                            "ask again from the next cursor"));
  TENTO_TRY_ASSIGN(auto viewer, viewer_of(ctx));
  ChangeReader reader(ctx.host.store, ctx.host.dispatcher, std::move(viewer));
  Output out;
  out.columns = change_columns().columns();
  out.list_name = "changes";
  TENTO_TRY_ASSIGN(const auto end,
                   reader.read(args.text("cursor"), static_cast<std::size_t>(limit), [&out](const Change& change) {
                     out.records.push_back(change_columns().record(change));
                     return true;
                   }));
  out.extras = [cursor = end.cursor, more = end.more]() -> Result<std::vector<std::pair<std::string, Json>>> {
    std::string text;
    append_json_string(text, cursor);
    return std::vector<std::pair<std::string, Json>>{{"cursor", Json{std::move(text)}},
                                                     {"more", Json{more ? "true" : "false"}}};
  };
  return out;
}

}  // namespace

std::string_view to_string(ChangeKind kind) {
  switch (kind) {
    case ChangeKind::added:
      return "added";
    case ChangeKind::updated:
      return "updated";
    case ChangeKind::deleted:
      return "deleted";
    case ChangeKind::row_gone:
      return "row_gone";
  }
  return "updated";
}

void append_change_json(std::string& out, const Change& change) {
  JsonWriter json(out);
  json.begin_object().member("kind", to_string(change.kind)).member("key", change.lookup_key);
  if (change.kind != ChangeKind::row_gone) {
    const auto time = [&json](std::string_view name, const tento_semantic_time& value) {
      json.key(name);
      if (value.kind == TENTO_TIME_NONE) {
        json.null();
        return;
      }
      std::array<char, widest_semantic_time> text;
      const char* end = write_semantic_time(text.data(), value);
      json.text({text.data(), static_cast<std::size_t>(end - text.data())});
    };
    json.member_or_null("id", change.cell.id);
    time("date", change.cell.date);
    time("end_date", change.cell.end_date);
    if (change.kind != ChangeKind::deleted)
      json.key("data").raw(change.cell.data).member_or_null("version", version_text(change.cell.version));
  }
  json.end_object();
}

std::vector<Operation> change_operations() {
  return {{"change",
           "list",
           Scope::read,
           Authority::user,
           {{.name = "cursor",
             .help = "go on behind this one, as the last answer or event gave it; without it from the beginning",
             .value_name = "CURSOR"},
            {.name = "limit", .type = ParamType::integer, .help = "at most so many (1000)", .value_name = "N"}},
           list_changes,
           "list what became of cells, each at its latest change, in the order of the commits",
           {Method::get, "/api/changes"},
           {.columns = change_columns().columns(),
            .list = "changes",
            .extras = {{.name = "cursor", .help = "behind all that was told"},
                       {.name = "more", .type = FieldType::boolean, .help = "whether there is more behind it"}}},
           Answers::later}};
}

}  // namespace tento::host
