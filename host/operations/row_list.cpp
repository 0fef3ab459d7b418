// SPDX-License-Identifier: Apache-2.0
// row list: the patterns of the loaded providers, and the rows of the caller's accounts that they come to.
#include <algorithm>

#include "host/base/did_you_mean.hpp"
#include "host/operations/columns.hpp"
#include "host/operations/describe.hpp"
#include "host/operations/rows.hpp"
#include "host/services/directory.hpp"
#include "host/services/row_listing.hpp"
#include "host/services/store_care.hpp"

namespace tento::host {
namespace {

// What the caller has connected and stored; nothing where there is no store.
Result<HeldRows> held_rows(const Context& context) {
  HeldRows out;
  // Patterns are listed without a store, and looking makes none.
  if (!context.parts.running()) {
    TENTO_TRY_ASSIGN(const bool there, store_is_there(context.parts.config().data_dir));
    if (!there) return out;
  }
  TENTO_TRY_ASSIGN(const auto ctx, with_store(context));
  TENTO_TRY_ASSIGN(const auto owner, ctx.owner());
  TENTO_TRY_ASSIGN(out.accounts, ctx.directory.accounts(owner.id));
  TENTO_TRY_ASSIGN(out.rows, ctx.directory.rows(owner.id));
  TENTO_TRY_ASSIGN(out.ends, ctx.directory.row_ends(owner.id));
  return out;
}

const Columns<ListedRow>& listed_row_columns() {
  static const Columns<ListedRow> all{
      {{.name = "pattern"}, [](const ListedRow& row) -> Field { return row.route->pattern.text(); }},
      {{.name = "key", .nullable = true, .help = "lookup key of a row; absent where only the pattern is known"},
       [](const ListedRow& row) { return text_or_absent(row.key); }},
      {{.name = "label"},
       [](const ListedRow& row) -> Field {
         return row.label.empty() ? std::string(view(row.route->row->label.text)) : row.label;
       }},
      {{.name = "type"}, [](const ListedRow& row) -> Field { return std::string(view(row.route->row->type)); }},
      {{.name = "verbs", .type = FieldType::list},
       [](const ListedRow& row) -> Field {
         return verb_names(row.state == RowState::active ? row.route->verbs : TENTO_VERB_GET);
       }},
      {{.name = "guard", .type = FieldType::list},
       [](const ListedRow& row) -> Field { return guard_names(*row.route->row, row.route->verbs); }},
      {{.name = "provider"}, [](const ListedRow& row) -> Field { return row.route->provider->note().id; }},
      {{.name = "integration"},
       [](const ListedRow& row) -> Field { return std::string(view(row.route->integration->id)); }},
      {{.name = "account", .nullable = true, .help = "id of the account whose row it is", .only_in_data = true},
       [](const ListedRow& row) { return text_or_absent(row.account); }},
      {{.name = "stages", .type = FieldType::list},
       [](const ListedRow& row) -> Field { return stage_names(row.route->sync_shape); }},
      {{.name = "encoding", .nullable = true},
       [](const ListedRow& row) { return text_or_absent(std::string(view(row.route->row->encoding))); }},
      {{.name = "state",
        .nullable = true,
        .help = "active; disconnected or no_provider: what was kept can be read, and nothing is fetched; absent where "
                "only the pattern is known"},
       [](const ListedRow& row) -> Field {
         return row.key.empty() ? Field() : Field(std::string(to_string(row.state)));
       }},
      {{.name = "attributes",
        .type = FieldType::json,
        .nullable = true,
        .help = "what the provider says of the row, as a JSON object; absent where it says nothing, or the row is not "
                "stored yet",
        .only_in_data = true},
       [](const ListedRow& row) -> Field {
         return row.attributes_json.empty() ? Field() : Field(Json{row.attributes_json});
       }},
      {{.name = "synced",
        .type = FieldType::time,
        .nullable = true,
        .help = "when a stage of it ended well last",
        .only_in_data = true},
       [](const ListedRow& row) { return time_field(row.ok_us); }},
      {{.name = "failed",
        .type = FieldType::time,
        .nullable = true,
        .help = "when a stage of it failed last",
        .only_in_data = true},
       [](const ListedRow& row) { return time_field(row.failed_us); }},
      {{.name = "next_sync",
        .type = FieldType::time,
        .nullable = true,
        .help = "when it syncs next without being asked; absent where it does not, or that is not decided yet",
        .only_in_data = true},
       [](const ListedRow& row) { return time_field(row.due_us == never_due_us ? 0 : row.due_us); }},
      {{.name = "paused", .type = FieldType::boolean, .only_in_data = true},
       [](const ListedRow& row) -> Field { return row.paused; }},
  };
  return all;
}

Error no_provider(const std::string& name, const std::vector<std::string>& ids) {
  auto e =
      fail(ErrorCode::not_found, ErrorClass::config, "no loaded provider \"" + name + "\"" + did_you_mean(name, ids))
          .value();
  e.remedy = "{op:provider list} shows what is loaded and why the rest is not";
  return e;
}

}  // namespace

std::vector<Column> row_columns() {
  return listed_row_columns().columns();
}

Result<Output> row_list(Context& ctx, const Args& args) {
  const auto only = args.text("provider");
  const bool patterns = args.flag("patterns");
  if (patterns && args.has("account"))
    return fail(usage_error("{param:patterns} and {param:account} exclude each other", "leave one of them out"));
  Output out;
  out.columns = row_columns();
  HeldRows held;
  if (!patterns) {
    if (auto found = held_rows(ctx))
      held = std::move(*found);
    else if (args.has("account") || !ctx.caller.principal.prefixes.empty())
      return fail(found.error());
    else  // the patterns are there all the same
      out.notes.push_back("patterns alone: " + found.error().message);
  }
  TENTO_TRY_ASSIGN(const auto report, ctx.parts.boot());
  RowFilter filter{only, std::nullopt, patterns, args.flag("all")};
  if (args.has("account")) {
    // A row is disconnected or not whether or not its account may be seen.
    TENTO_TRY_ASSIGN(filter.account, find_account(visible_accounts(*report.table, held.accounts, ctx.caller.principal),
                                                  args.text("account")));
  }
  TENTO_TRY_ASSIGN(auto listing, list_rows(*report.table, held, filter, ctx.caller.principal));
  if (!only.empty() && !listing.unserved &&
      std::find(listing.providers.begin(), listing.providers.end(), only) == listing.providers.end())
    return fail(no_provider(only, listing.providers));
  // Its records, which are many times as large, are made a part at a time.
  out.parts = [table = report.table, rows = std::move(listing.rows),
               next = std::size_t{0}](const RecordVisitor& visit) mutable -> Result<bool> {
    constexpr std::size_t rows_of_part = 200;
    Output part;
    for (const auto end = std::min(rows.size(), next + rows_of_part); next < end; ++next)
      part.records.push_back(listed_row_columns().record(rows[next]));
    TENTO_TRY(visit_part(part, visit));
    if (next < rows.size()) return true;
    next = 0;  // it may be asked for again
    return false;
  };
  if (!report.ok) out.then = boot_error(report);
  return out;
}

}  // namespace tento::host
