// SPDX-License-Identifier: Apache-2.0
// Finding the account that a person means, and accounts as records.
#pragma once

#include <string_view>
#include <vector>

#include "host/operations/context.hpp"

namespace tento::host {

// An account by id, by `provider:id`, or by any key of its rows; unambiguous or an error that lists the candidates.
// Works for accounts of providers that are not loaded.
[[nodiscard]] Result<AccountRecord> find_account(const std::vector<AccountRecord>& accounts, std::string_view text);

[[nodiscard]] std::string_view account_state_name(tento_account_state state);
// One account as it is shown.
struct AccountView {
  AccountRecord account;
  std::vector<std::string> keys = {};
  std::string state = {};  // in place of the account's own
  std::string next = {};   // what to do about it
  std::string link = {};   // of a connection under way
  std::string user_code = {};
};
[[nodiscard]] Output one_account(const AccountView& view);
// The account's row of a pattern; nothing where it is another integration's, or needs further params.
[[nodiscard]] std::optional<std::string> account_key(const Route& route, const AccountRecord& account);
// The keys of an account's rows that need no further param.
[[nodiscard]] std::vector<std::string> account_keys(const RouteTable& table, const AccountRecord& account);

Result<Output> account_connect(HostContext& ctx, const Args& args);

}  // namespace tento::host
