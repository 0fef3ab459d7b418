// SPDX-License-Identifier: Apache-2.0
// Accounts as records.
#pragma once

#include <string>
#include <vector>

#include "host/operations/context.hpp"
#include "host/services/directory.hpp"

namespace tento::host {

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

Result<Output> account_connect(HostContext& ctx, const Args& args);

}  // namespace tento::host
