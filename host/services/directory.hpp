// SPDX-License-Identifier: Apache-2.0
// What a store has of users, accounts, rows and runs. Works without any provider, and changes nothing.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <tento/sdk/result.hpp>

#include "host/dispatch/account_keys.hpp"
#include "host/model/account.hpp"
#include "host/model/row.hpp"
#include "host/model/run.hpp"
#include "host/model/user.hpp"
#include "host/schema/route_table.hpp"
#include "host/store/store.hpp"

namespace tento::host {

// Any thread; the store outlives it.
class Directory {
 public:
  explicit Directory(Store& store) : store_(store) {}

  // The first user that was made.
  [[nodiscard]] Result<UserRecord> default_user() const;
  // not_found `no_such_user` with the nearest name.
  [[nodiscard]] Result<UserRecord> user_named(std::string_view name) const;
  [[nodiscard]] Result<std::vector<UserRecord>> users() const;  // oldest first

  // Of all providers, or one.
  [[nodiscard]] Result<std::vector<AccountRecord>> accounts(const Uuid& user, std::string_view provider = {}) const;
  [[nodiscard]] Result<std::optional<AccountRecord>> account(const AccountKey& key) const;

  // Without those that are not to be listed.
  [[nodiscard]] Result<std::vector<RowRecord>> rows(const Uuid& user) const;
  // How rows ended last that were ever synced.
  [[nodiscard]] Result<std::vector<RowEnds>> row_ends(const Uuid& user) const;

  // Newest first.
  [[nodiscard]] Result<std::vector<RunRecord>> runs_of_row(const Uuid& row, std::size_t limit) const;
  using RunFilter = std::function<bool(const RunRecord&)>;
  // Of the user's latest runs those that pass; older ones than the latest 5000 are not looked at.
  [[nodiscard]] Result<std::vector<RunRecord>> runs(const Uuid& user, std::size_t limit, const RunFilter& pass) const;
  // not_found where there is none, it is another user's, or it does not pass.
  [[nodiscard]] Result<RunRecord> run(const Uuid& user, std::int64_t id, const RunFilter& pass) const;

 private:
  Store& store_;
};

[[nodiscard]] std::string_view account_state_name(tento_account_state state);
// An account by id, by `provider:id`, or by any key of its rows; unambiguous or an error that lists the candidates.
// Works for accounts of providers that are not loaded.
[[nodiscard]] Result<AccountRecord> find_account(const std::vector<AccountRecord>& accounts, std::string_view text);

}  // namespace tento::host
