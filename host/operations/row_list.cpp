// SPDX-License-Identifier: Apache-2.0
// row list: the patterns of the loaded providers, and the rows of the caller's accounts that they come to.
#include <algorithm>
#include <map>
#include <set>

#include "host/base/did_you_mean.hpp"
#include "host/operations/accounts.hpp"
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

Result<Stored> records_of(Context& ctx) {
  Stored out;
  // Patterns are listed without a store, and looking makes none.
  if (ctx.engine.running() == nullptr) {
    TENTO_TRY_ASSIGN(const bool there, store_is_there(ctx.engine.config().data_dir));
    if (!there) return out;
  }
  TENTO_TRY_ASSIGN(auto* store, ctx.engine.store());
  TENTO_TRY_ASSIGN(const auto owner, ctx.owner());
  TENTO_TRY_ASSIGN(out.accounts, store->accounts(owner.id));
  TENTO_TRY_ASSIGN(auto rows, store->rows(owner.id));
  for (auto& row : rows)
    if (!row.hidden) out.rows[row.pattern].push_back(std::move(row));
  return out;
}

class Lister {
 public:
  Lister(Context& ctx, Stored held, std::optional<AccountRecord> only)
      : ctx_(ctx), held_(std::move(held)), only_(std::move(only)) {}

  // The rows that a pattern comes to; the pattern itself where it is none yet, or where more may come.
  void list(const Route& route, std::vector<Record>& out) {
    std::set<std::string> told;
    const auto tell = [&](const std::string& key, const std::string& account, const std::string& label) {
      if (allows_key(ctx_.caller.principal, key) && told.insert(key).second)
        out.push_back(record(route, key, account, label));
    };
    for (const auto& account : held_.accounts)
      if (meant(account))
        if (const auto key = account_key(route, account)) tell(*key, account.auth_id, {});
    if (const auto stored = held_.rows.find(route.pattern.text()); stored != held_.rows.end())
      for (const auto& row : stored->second)
        if (!only_ || (row.provider == only_->provider && row.auth_id == only_->auth_id))
          tell(row.lookup_key, row.auth_id, row.label);
    const bool no_param = std::none_of(route.pattern.segments().begin(), route.pattern.segments().end(),
                                       [](const Segment& segment) { return segment.param; });
    if (no_param && !only_) tell(route.pattern.text(), {}, {});
    // A token with prefixes is for rows, not for what could be some.
    if (told.empty() && !only_ && ctx_.caller.principal.prefixes.empty()) out.push_back(pattern(route));
  }

  static Record pattern(const Route& route) { return record(route, {}, {}, {}); }

 private:
  [[nodiscard]] bool meant(const AccountRecord& account) const {
    return !only_ || (account.provider == only_->provider && account.auth_id == only_->auth_id);
  }

  static Record record(const Route& route, std::string key, std::string account, std::string label) {
    const auto& row = *route.row;
    if (label.empty()) label = view(row.label.text);
    return {route.pattern.text(),
            text_or_absent(std::move(key)),
            std::move(label),
            std::string(view(row.type)),
            verb_names(route.verbs),
            guard_names(row, route.verbs),
            route.provider->note().id,
            std::string(view(route.integration->id)),
            text_or_absent(std::move(account)),
            stage_names(route.sync_shape),
            text_or_absent(std::string(view(row.encoding)))};
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
  return {{.name = "pattern"},
          {.name = "key", .nullable = true, .help = "lookup key of a row; absent where only the pattern is known"},
          {.name = "label"},
          {.name = "type"},
          {.name = "verbs", .type = FieldType::list},
          {.name = "guard", .type = FieldType::list},
          {.name = "provider"},
          {.name = "integration"},
          {.name = "account", .nullable = true, .help = "id of the account whose row it is", .only_in_data = true},
          {.name = "stages", .type = FieldType::list},
          {.name = "encoding", .nullable = true}};
}

Result<Output> row_list(Context& ctx, const Args& args) {
  const auto only = args.text("provider");
  const bool patterns = args.flag("patterns");
  if (patterns && args.has("account"))
    return fail(usage_error("{param:patterns} and {param:account} exclude each other", "leave one of them out"));
  Output out;
  out.columns = row_columns();
  Stored held;
  if (!patterns) {
    if (auto found = records_of(ctx))
      held = std::move(*found);
    else if (args.has("account") || !ctx.caller.principal.prefixes.empty())
      return fail(found.error());
    else  // the patterns are there all the same
      out.notes.push_back("patterns alone: " + found.error().message);
  }
  TENTO_TRY_ASSIGN(const auto report, ctx.engine.boot());
  // Of whose rows none may be seen is none.
  if (const auto& principal = ctx.caller.principal; !principal.prefixes.empty())
    std::erase_if(held.accounts, [&](const AccountRecord& each) {
      const auto keys = account_keys(*report.table, each);
      return std::none_of(keys.begin(), keys.end(), [&](const std::string& key) { return allows_key(principal, key); });
    });
  std::optional<AccountRecord> account;
  if (args.has("account")) {
    TENTO_TRY_ASSIGN(account, find_account(held.accounts, args.text("account")));
  }
  std::vector<std::string> ids;
  Lister lister(ctx, std::move(held), std::move(account));
  for (const auto* route : report.table->routes()) {
    const auto& id = route->provider->note().id;
    ids.push_back(id);
    if (!only.empty() && only != id) continue;
    if (patterns)
      out.records.push_back(Lister::pattern(*route));
    else
      lister.list(*route, out.records);
  }
  if (!only.empty() && std::find(ids.begin(), ids.end(), only) == ids.end()) return fail(no_provider(only, ids));
  if (!report.ok) out.then = boot_error(report);
  return out;
}

}  // namespace tento::host
