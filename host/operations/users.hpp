// SPDX-License-Identifier: Apache-2.0
// Users as records, shared by the operations that show them.
#pragma once

#include "host/model/user.hpp"
#include "host/operations/columns.hpp"

namespace tento::host {

[[nodiscard]] const Columns<UserRecord>& user_columns();
// One user as an answer.
[[nodiscard]] Output one_user(const UserRecord& user);

}  // namespace tento::host
