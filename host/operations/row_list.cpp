// SPDX-License-Identifier: Apache-2.0
// row list: the patterns of the loaded providers, and the rows of the caller's accounts that they come to.
#include <algorithm>
#include <map>
#include <set>

#include "host/base/did_you_mean.hpp"
#include "host/dispatch/stored_route.hpp"
#include "host/operations/accounts.hpp"
#include "host/operations/columns.hpp"
#include "host/operations/describe.hpp"
#include "host/operations/rows.hpp"
#include "host/store/store_files.hpp"

namespace tento::host {
namespace {

// What the caller has connected and stored; nothing where there is no store.
struct Stored {
  std::vector<AccountRecord> accounts;
  std::map<std::string, std::vector<RowRecord>> rows;  // by pattern
};

Result<Stored> records_of(const Context& context) {
  Stored out;
  // Patterns are listed without a store, and looking makes none.
  if (!context.parts.running()) {
    TENTO_TRY_ASSIGN(const bool there, store_is_there(context.parts.config().data_dir));
    if (!there) return out;
  }
  TENTO_TRY_ASSIGN(const auto ctx, with_store(context));
  TENTO_TRY_ASSIGN(const auto owner, ctx.owner());
  TENTO_TRY_ASSIGN(out.accounts, ctx.store.accounts().of_user(owner.id));
  TENTO_TRY_ASSIGN(auto rows, ctx.store.rows().of_user(owner.id));
  for (auto& row : rows)
    if (!row.hidden) out.rows[row.pattern].push_back(std::move(row));
  return out;
}

// A row as it is listed, or the pattern of rows that are not there yet.
struct ListedRow {
  const Route& route;
  std::string key = {};  // empty = the pattern alone
  std::string account = {};
  std::string label = {};
  std::string attributes_json = {};
  RowState state = RowState::active;
};

const Columns<ListedRow>& listed_row_columns() {
  static const Columns<ListedRow> all{
      {{.name = "pattern"}, [](const ListedRow& row) -> Field { return row.route.pattern.text(); }},
      {{.name = "key", .nullable = true, .help = "lookup key of a row; absent where only the pattern is known"},
       [](const ListedRow& row) { return text_or_absent(row.key); }},
      {{.name = "label"},
       [](const ListedRow& row) -> Field {
         return row.label.empty() ? std::string(view(row.route.row->label.text)) : row.label;
       }},
      {{.name = "type"}, [](const ListedRow& row) -> Field { return std::string(view(row.route.row->type)); }},
      {{.name = "verbs", .type = FieldType::list},
       [](const ListedRow& row) -> Field {
         return verb_names(row.state == RowState::active ? row.route.verbs : TENTO_VERB_GET);
       }},
      {{.name = "guard", .type = FieldType::list},
       [](const ListedRow& row) -> Field { return guard_names(*row.route.row, row.route.verbs); }},
      {{.name = "provider"}, [](const ListedRow& row) -> Field { return row.route.provider->note().id; }},
      {{.name = "integration"},
       [](const ListedRow& row) -> Field { return std::string(view(row.route.integration->id)); }},
      {{.name = "account", .nullable = true, .help = "id of the account whose row it is", .only_in_data = true},
       [](const ListedRow& row) { return text_or_absent(row.account); }},
      {{.name = "stages", .type = FieldType::list},
       [](const ListedRow& row) -> Field { return stage_names(row.route.sync_shape); }},
      {{.name = "encoding", .nullable = true},
       [](const ListedRow& row) { return text_or_absent(std::string(view(row.route.row->encoding))); }},
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
  };
  return all;
}

class Lister {
 public:
  Lister(Context& ctx, Stored held, std::optional<AccountRecord> only)
      : ctx_(ctx), held_(std::move(held)), only_(std::move(only)) {}

  // The rows that a pattern comes to; the pattern itself where it is none yet, or where more may come.
  void list(const Route& route, std::vector<Record>& out) {
    std::set<std::string> told;
    const auto tell = [&](ListedRow row) {
      if (!allows_key(ctx_.caller.principal, row.key) || !told.insert(row.key).second) return;
      out.push_back(listed_row_columns().record(row));
    };
    // Both in their order: what the accounts come to, then what else is stored.
    const auto stored = take(route);
    for (const auto& account : held_.accounts) {
      if (!meant(account.provider, account.auth_id)) continue;
      const auto key = account_key(route, account);
      if (!key) continue;
      const auto row =
          std::find_if(stored.begin(), stored.end(), [&](const RowRecord& r) { return r.lookup_key == *key; });
      if (row == stored.end())
        tell({route, *key, account.auth_id});
      else
        tell({route, *key, account.auth_id, row->label, row->attributes_json});
    }
    for (const auto& row : stored) {
      if (!meant(row.provider, row.auth_id)) continue;
      const bool connected = row.auth_id.empty() || is_connected(row);
      // Without its account there is nothing to be read of a row whose cells are made when they are read.
      if (!connected && route.sync_shape == nullptr) continue;
      tell({route, row.lookup_key, row.auth_id, row.label, row.attributes_json,
            connected ? RowState::active : RowState::disconnected});
    }
    const bool no_param = std::none_of(route.pattern.segments().begin(), route.pattern.segments().end(),
                                       [](const Segment& segment) { return segment.param; });
    if (no_param && !only_) tell({route, route.pattern.text()});
    // A token with prefixes is for rows, not for what could be some.
    if (told.empty() && !only_ && ctx_.caller.principal.prefixes.empty())
      out.push_back(listed_row_columns().record({route}));
  }

  // The stored rows of a route, which are then not listed as rows without one.
  std::vector<RowRecord> take(const Route& route) {
    const auto stored = held_.rows.find(route.pattern.text());
    if (stored == held_.rows.end()) return {};
    auto out = std::move(stored->second);
    held_.rows.erase(stored);
    return out;
  }

  // The stored rows of patterns that were not listed before: no loaded provider has them. Gives whether there are any.
  Result<bool> list_unserved(const std::string& provider, std::vector<Record>& out) {
    const auto before = out.size();
    for (const auto& [pattern, rows] : held_.rows) {
      for (const auto& row : rows) {
        if ((!provider.empty() && row.provider != provider) || !meant(row.provider, row.auth_id) ||
            !allows_key(ctx_.caller.principal, row.lookup_key))
          continue;
        TENTO_TRY_ASSIGN(const auto route, make_stored_route(row));
        out.push_back(listed_row_columns().record(
            {*route, row.lookup_key, row.auth_id, row.label, row.attributes_json, RowState::no_provider}));
      }
    }
    return out.size() > before;
  }

 private:
  [[nodiscard]] bool meant(const std::string& provider, const std::string& auth_id) const {
    return !only_ || (provider == only_->provider && auth_id == only_->auth_id);
  }
  [[nodiscard]] bool is_connected(const RowRecord& row) const {
    return std::any_of(held_.accounts.begin(), held_.accounts.end(), [&](const AccountRecord& account) {
      return account.provider == row.provider && account.auth_id == row.auth_id;
    });
  }

  Context& ctx_;
  Stored held_;
  std::optional<AccountRecord> only_;
};

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
  const bool all = args.flag("all");
  Stored held;
  if (!patterns) {
    if (auto found = records_of(ctx))
      held = std::move(*found);
    else if (args.has("account") || !ctx.caller.principal.prefixes.empty())
      return fail(found.error());
    else  // the patterns are there all the same
      out.notes.push_back("patterns alone: " + found.error().message);
  }
  TENTO_TRY_ASSIGN(const auto report, ctx.parts.boot());
  // A row is disconnected or not whether or not its account may be seen.
  auto accounts = held.accounts;
  if (const auto& principal = ctx.caller.principal; !principal.prefixes.empty())
    std::erase_if(accounts, [&](const AccountRecord& each) {
      const auto keys = account_keys(*report.table, each);
      return std::none_of(keys.begin(), keys.end(), [&](const std::string& key) { return allows_key(principal, key); });
    });
  std::optional<AccountRecord> account;
  if (args.has("account")) {
    TENTO_TRY_ASSIGN(account, find_account(accounts, args.text("account")));
  }
  std::vector<std::string> ids;
  Lister lister(ctx, std::move(held), std::move(account));
  for (const auto* route : report.table->routes()) {
    const auto& id = route->provider->note().id;
    ids.push_back(id);
    const bool wanted = (only.empty() || only == id) && (all || view(route->row->type) == "data");
    if (!wanted)
      static_cast<void>(lister.take(*route));
    else if (patterns)
      out.records.push_back(listed_row_columns().record({*route}));
    else
      lister.list(*route, out.records);
  }
  TENTO_TRY_ASSIGN(const bool unserved, lister.list_unserved(only, out.records));
  if (!only.empty() && !unserved && std::find(ids.begin(), ids.end(), only) == ids.end())
    return fail(no_provider(only, ids));
  if (!report.ok) out.then = boot_error(report);
  return out;
}

}  // namespace tento::host
