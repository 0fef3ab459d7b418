// SPDX-License-Identifier: Apache-2.0
// Look-ups, and the names by which people mean accounts.
#include "host/services/directory.hpp"

#include <algorithm>
#include <utility>

#include <tento/sdk/key.hpp>

#include "host/base/did_you_mean.hpp"
#include "host/base/error.hpp"
#include "host/base/text.hpp"
#include "host/loader/descriptors.hpp"

namespace tento::host {
namespace {

// Of the latest so many, those that a caller may see are told.
constexpr std::size_t most_runs_looked_at = 5000;

// `:~id:auth` and everything below it.
bool key_names(std::string_view key, const AccountRecord& account) {
  const std::string head = ":~" + account.provider + ":" + percent_encode_param(account.auth_id);
  return key == head || (key.starts_with(head) && key[head.size()] == ':');
}

}  // namespace

Result<UserRecord> Directory::default_user() const {
  return store_.users().default_user();
}

Result<UserRecord> Directory::user_named(std::string_view name) const {
  TENTO_TRY_ASSIGN(auto found, store_.users().find_by_name(name));
  if (found) return std::move(*found);
  TENTO_TRY_ASSIGN(const auto all, users());
  std::vector<std::string> names;
  for (const auto& user : all) names.push_back(user.name);
  return error(ErrorCode::not_found, ErrorClass::config, "there is no user " + quote(name) + did_you_mean(name, names))
      .tag("no_such_user")
      .remedy("{op:user list} shows those there are");
}

Result<std::vector<UserRecord>> Directory::users() const {
  return store_.users().all();
}

Result<std::vector<AccountRecord>> Directory::accounts(const Uuid& user, std::string_view provider) const {
  return store_.accounts().of_user(user, provider);
}

Result<std::optional<AccountRecord>> Directory::account(const AccountKey& key) const {
  return store_.accounts().find(key.owner, key.provider, key.auth_id);
}

Result<std::vector<RowRecord>> Directory::rows(const Uuid& user) const {
  TENTO_TRY_ASSIGN(auto rows, store_.rows().of_user(user));
  std::erase_if(rows, [](const RowRecord& row) { return row.hidden; });
  return rows;
}

Result<std::vector<RowEnds>> Directory::row_ends(const Uuid& user) const {
  return store_.schedules().row_ends(user);
}

Result<std::vector<RunRecord>> Directory::runs_of_row(const Uuid& row, std::size_t limit) const {
  return store_.runs().of_row(row, limit);
}

Result<std::vector<RunRecord>> Directory::runs(const Uuid& user, std::size_t limit, const RunFilter& pass) const {
  TENTO_TRY_ASSIGN(auto latest, store_.runs().of_user(user, std::max(limit, most_runs_looked_at)));
  std::vector<RunRecord> out;
  for (auto& run : latest) {
    if (out.size() == limit) break;
    if (pass(run)) out.push_back(std::move(run));
  }
  return out;
}

Result<RunRecord> Directory::run(const Uuid& user, std::int64_t id, const RunFilter& pass) const {
  TENTO_TRY_ASSIGN(auto run, store_.runs().find(id));
  // Another user's run is as if it did not exist.
  if (!run || run->owner != user || !pass(*run)) {
    return error(ErrorCode::not_found, ErrorClass::config, "there is no run " + std::to_string(id))
        .remedy("{op:run list} shows the latest runs");
  }
  return std::move(*run);
}

std::string_view account_state_name(tento_account_state state) {
  switch (state) {
    case TENTO_ACCOUNT_ACTIVE:
      return "active";
    case TENTO_ACCOUNT_PROVISIONAL:
      return "provisional";
    case TENTO_ACCOUNT_DISABLED:
      return "disabled";
    default:
      return "needs_reauth";
  }
}

Result<AccountRecord> find_account(const std::vector<AccountRecord>& accounts, std::string_view text) {
  std::vector<const AccountRecord*> found;
  std::vector<std::string> known;
  for (const auto& a : accounts) {
    known.push_back(a.auth_id);
    known.push_back(a.provider + ":" + a.auth_id);
    if (a.auth_id == text || a.provider + ":" + a.auth_id == text || key_names(text, a)) found.push_back(&a);
  }
  if (found.size() == 1) return *found.front();
  if (found.empty()) {
    return error(ErrorCode::not_found, ErrorClass::config,
                 "no account \"" + std::string(text) + "\"" + did_you_mean(text, known))
        .remedy("{op:account list} shows the accounts");
  }
  const std::string all = join(found, ", ", [](const auto* a) { return a->provider + ":" + a->auth_id; });
  return error(ErrorCode::invalid_argument, ErrorClass::config,
               "\"" + std::string(text) + "\" names several accounts: " + all)
      .tag("usage")
      .remedy("write provider:id");
}

}  // namespace tento::host
