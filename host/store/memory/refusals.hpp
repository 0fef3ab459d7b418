// SPDX-License-Identifier: Apache-2.0
// The errors that a store in memory gives, with the codes and tags that the interfaces promise.
#pragma once

#include <string_view>

#include "host/base/error.hpp"
#include "host/model/account.hpp"

namespace tento::host::memory {

[[nodiscard]] ErrorBuilder no_such_account(const AccountKey& account);
[[nodiscard]] ErrorBuilder no_such_row(const Uuid& row);
[[nodiscard]] ErrorBuilder no_such_user();
// `what` is a token or a grant.
[[nodiscard]] ErrorBuilder no_such(std::string_view what, std::string_view id, std::string_view tag);
// The caller gave what names a record that is not there, or names one twice: a defect above the store.
[[nodiscard]] ErrorBuilder broken_rule(std::string_view what);

}  // namespace tento::host::memory
